//! For tests, here and in the server: new databases of both kinds, and the conformance suite that any store for the
//! protocol library must pass. A failure panics with what was expected.

mod call;
pub mod conformance;
mod databases;
mod inspect;
mod link;
mod postgres;

pub use call::Call;
pub use databases::{Databases, TestDatabase};
pub use inspect::{Inspector, Refused};
pub use link::link;
