//! The event log inside this process. Writers announce their commits, and readers wake. Each reader has its own
//! cursor. This module also notices events of other processes, and removes old events. It must know neither who
//! reads nor what events mean.

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
