//! The event log's side of the process: who writes tells when it is committed, and readers wake, each with
//! its cursor; what other processes write is noticed; what is too old is removed. Must not know who reads, or what events
//! mean.

mod append;
mod log;
mod reader;
mod retention;
mod tail;

pub use append::{Append, append_with_others};
pub use log::Log;
pub use reader::{Mover, Page, Reader, ReaderError, Turn};
pub use retention::prune;
pub use tail::tail;
