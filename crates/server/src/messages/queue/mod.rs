//! The durable queue of outbound messages of one account. The messages are in the database, and their order is in
//! memory. The queue sends while the account is connected. In each chat it sends one message at a time, and waits
//! for WhatsApp's answer to it.

mod acts;
mod file;
mod lineup;
mod look_up;
mod pacing;
mod progress;
mod receipts;
mod send;
mod told;
mod worker;

pub use acts::ActRefused;
pub(super) use progress::Step;
pub(super) use worker::{Word, run};
