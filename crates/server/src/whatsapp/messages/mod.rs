//! Messages at the border to WhatsApp's protocol. Inbound messages are translated and passed to a port before they
//! are acknowledged. Outbound messages are composed and sent through an outlet. This module makes no decisions and
//! stores nothing.

mod backpressure;
mod compose;
mod files;
mod hook;
mod listener;
mod lost;
mod outlet;
mod port;
mod receipt_hold;
mod resender;
mod translate;

pub(super) use backpressure::{Backpressure, Busy, PacedRuntime};
pub use compose::{Compose, QuotedWire, compose, edit, forward, reaction, revoke};
pub use files::{
    Again, Carried, FileTrouble, Look, Place, Plain, Sink, WhereAsked, attach, captioned, carried, detach,
    family,
};
pub(super) use hook::Hook;
pub(super) use listener::Listener;
pub(super) use lost::report as report_lost;
pub use outlet::{AskedFor, LookedUp, Outlet, SendTrouble, Sent};
pub use port::{Acknowledgement, MessagePort, NotRead, NotStored, Note, ReceiptNote};
pub use receipt_hold::Unstored;
pub(super) use receipt_hold::{AfterReceipts, ReceiptHold};
pub(super) use resender::{Resender, chat_at};
