//! Files of messages on disk: sealed piece by piece, written and read in constant memory. Knows neither rows nor HTTP: who
//! may have a file, and under which key, is said by the caller.

mod draft;
mod file;
mod kind;
mod store;

pub use draft::{Draft, Written};
pub use file::File;
pub use kind::{WrongType, type_of};
pub use store::Store;
