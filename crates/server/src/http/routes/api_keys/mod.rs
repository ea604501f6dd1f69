//! Keys for programs, for callers who manage keys. A key never has more rights than the caller who creates or changes
//! it.

pub(in crate::http) mod create;
pub(in crate::http) mod delete;
mod key_json;
mod limits;
pub(in crate::http) mod list;
mod rights;
pub(in crate::http) mod show;
pub(in crate::http) mod update;
