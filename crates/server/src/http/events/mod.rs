//! The event log over HTTP.

mod event_json;
pub(super) mod list;
