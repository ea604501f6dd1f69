//! Live events: what listeners get, in which order, and what ends it. With the official client of Socket.IO over both
//! transports, and with bare sockets where a test must be rude.

mod bare;
mod limits;
mod listen;
mod official;
mod rights;
mod sse;
pub mod world;
