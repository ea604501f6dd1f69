//! Keys for programs, for whoever manages them. A key never gives more than whoever makes or changes it has.

pub(in crate::http) mod create;
pub(in crate::http) mod delete;
mod key_json;
mod limits;
pub(in crate::http) mod list;
mod rights;
pub(in crate::http) mod show;
pub(in crate::http) mod update;
