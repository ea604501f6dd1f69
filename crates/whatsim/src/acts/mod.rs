//! What a person does with a phone, as far as the server and other devices notice it. There is one file for each
//! act. The module `stanza` answers the stanzas of clients.

pub mod pairing_code;
mod rename;
pub mod scan;

pub use rename::rename;
