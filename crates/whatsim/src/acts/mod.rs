//! What a person does with a phone, as far as the server and other devices hear of it: one act per file. Stanzas of
//! clients are answered in `stanza`, not here.

pub mod pairing_code;
mod rename;
pub mod scan;

pub use rename::rename;
