//! The durable outbound queue of one account: what waits lies in the database, its order in memory. It sends while the
//! account is connected, one message of a chat at a time, and follows each one to WhatsApp's answer.

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
