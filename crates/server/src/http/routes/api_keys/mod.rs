//! Managing API keys, which are for programs. An API key never has more rights than the caller who creates it or
//! changes its rights.

pub(in crate::http) mod create;
pub(in crate::http) mod delete;
mod key_json;
mod limits;
pub(in crate::http) mod list;
mod rights;
pub(in crate::http) mod show;
pub(in crate::http) mod update;
