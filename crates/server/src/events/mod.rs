//! The event log inside this process. Writers announce commits, and readers wake, each with its own cursor. It
//! notices events of other processes, and removes old events. It must not know who reads, or what events mean.

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
