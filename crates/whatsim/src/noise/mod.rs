//! The server's side of WhatsApp's Noise handshake: the patterns XX, IK and XXfallback, and the certificate chain
//! that the client checks. This module does not know sockets, stanzas or accounts.

mod keys;
mod responder;

pub use keys::{KeyRing, NoiseKeys, SeedError};
pub use responder::{Established, Greeting, HandshakeError, Pattern, greet};
