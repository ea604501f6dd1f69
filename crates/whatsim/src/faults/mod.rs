//! Faults: errors that the simulator makes on purpose. A fault says whom it hits, how often and until when. This
//! module only decides; the connections and the stanza handlers carry out its decisions.

mod board;
mod kind;
mod params;
mod scope;

pub use board::{Disturbances, Fault, FaultId, Faults, NewFault, Treatment};
pub use kind::{FaultKind, KindError};
pub use params::{
    AckError, Capping, CappingLevel, Cut, Failure, MediaTruncated, NoAck, PasskeyRequired, PasskeyStep,
    ReachoutTimelock, RefuseCode, Reorder, Slow, SlowAck, StreamError,
};
pub use scope::{Scope, ScopeError, Target};
