//! What a person does with a phone, as far as the server and other devices notice it. There is one file for each act.
//! Stanzas of clients are answered in `stanza`, not here.

pub mod pairing_code;
mod rename;
pub mod scan;

pub use rename::rename;
