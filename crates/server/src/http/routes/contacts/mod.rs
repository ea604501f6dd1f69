//! The people of an account over HTTP.

pub(in crate::http) mod check;
pub(in crate::http) mod erase;
pub(in crate::http) mod list;
pub(in crate::http) mod show;
