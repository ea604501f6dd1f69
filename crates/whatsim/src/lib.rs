//! A simulated WhatsApp server and phones that speak the real protocol. A client (whatsapp-rust, Baileys) can tell
//! the simulator from the real server only by its Noise root key.
//!
//! ```no_run
//! # async fn demo() -> Result<(), Box<dyn std::error::Error>> {
//! let server = whatsim::Server::builder().start().await?;
//! let phone = server.phones().create(whatsim::NewPhone::default())?;
//! println!("point a client at {}, then scan its QR code with {}", server.ws_url(), phone.number);
//! # Ok(())
//! # }
//! ```

#![forbid(unsafe_code)]

mod acts;
mod clock;
mod codec;
mod conn;
pub mod content;
mod control;
mod faults;
mod media;
mod metrics;
mod noise;
mod phone;
mod port;
mod server;
mod stanza;
mod world;

pub use clock::Clock;
pub use control::{
    AddedFault, ControlError, DeviceState, FaultControl, FaultState, GroupInfo, GroupMember, LinkedDevice,
    MockPhone, NewGroup, NewPhone, PasskeyStage, PasskeyState, PhoneInfo, PhoneState, Phones, PictureChange,
    PictureState, ProfileChange, ProfileState, ReceiptKind, SentMessage, State,
};
pub use faults::{
    AckError, Capping, CappingLevel, Cut, Failure, FaultId, FaultKind, MediaTruncated, NewFault, NoAck,
    PasskeyRequired, PasskeyStep, ReachoutTimelock, RefuseCode, Reorder, Scope, ScopeError, Slow, SlowAck,
    StreamError,
};
pub use metrics::{Counters, Handshakes};
pub use phone::PasskeyAssertion;
pub use server::{Builder, Server, StartError};
pub use world::{DeviceAddress, InboxMessage};
