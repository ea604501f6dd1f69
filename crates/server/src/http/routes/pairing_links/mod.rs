//! One-time links to a page that shows one account's pairing to the person with the phone: made, listed, taken back.
//! The page itself is in `routes/pair`.

pub(in crate::http) mod create;
pub(in crate::http) mod list;
pub(in crate::http) mod revoke;
