//! The event log over HTTP.

mod event_json;
pub(in crate::http) mod list;
pub(in crate::http) mod stream;
mod wanted;
