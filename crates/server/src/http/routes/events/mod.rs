//! The event log over HTTP.

mod event_json;
pub(in crate::http) mod list;
mod wanted;
