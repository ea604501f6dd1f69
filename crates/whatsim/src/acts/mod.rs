//! What a person does with a phone, as far as the server and other devices notice it. Each file has one such
//! action. `stanza` handles what clients send.

pub mod pairing_code;
mod rename;
pub mod scan;

pub use rename::rename;
