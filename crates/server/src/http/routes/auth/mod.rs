//! Signing in and out, refreshing, and what a credential may do.

pub(in crate::http) mod mails;
pub(in crate::http) mod me;
pub(in crate::http) mod refresh;
pub(in crate::http) mod session;
pub(in crate::http) mod sign_in;
pub(in crate::http) mod sign_out;
