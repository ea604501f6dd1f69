//! Helpers for tests of this crate and of the server: new databases of both kinds, and the conformance suite for
//! stores of the protocol library. A check that fails panics with what it expected.

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
