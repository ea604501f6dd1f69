//! Live events: which events listeners get, in which order, and what ends a connection. With the official Socket.IO
//! client over both transports, and with raw sockets for invalid behaviour.

mod bare;
mod limits;
mod listen;
mod official;
mod rights;
mod sse;
pub mod world;
