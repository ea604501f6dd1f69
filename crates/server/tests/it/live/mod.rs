//! Live events: which events listeners get, in which order, and what ends a connection. The tests use the official
//! Socket.IO client over both transports, and raw sockets for invalid packets.

mod bare;
mod limits;
mod listen;
mod official;
mod rights;
mod sse;
pub mod world;
