//! Making, listing and taking back pairing links. A pairing link opens, once, a page that shows the pairing of one
//! account to the person with the phone. The page itself is in `routes/pair`.

pub(in crate::http) mod create;
pub(in crate::http) mod list;
pub(in crate::http) mod revoke;
