//! What a person does with a phone. Each file simulates one such action, as far as the server and other devices notice
//! it. The stanzas that clients send are handled in `stanza`.

pub mod pairing_code;
mod rename;
pub mod scan;

pub use rename::rename;
