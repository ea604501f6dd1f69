//! One-time links to a page that shows one account's pairing to whoever holds the phone: made, listed, taken back. The
//! page itself is `routes/pair`.

pub(in crate::http) mod create;
pub(in crate::http) mod list;
pub(in crate::http) mod revoke;
