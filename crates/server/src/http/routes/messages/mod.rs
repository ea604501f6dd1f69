//! Messages of an account over HTTP.

pub(in crate::http) mod batch;
mod body;
pub(in crate::http) mod cancel;
pub(in crate::http) mod list;
pub(super) mod message_json;
pub(in crate::http) mod queue;
pub(in crate::http) mod receipts;
mod refusal;
pub(in crate::http) mod retry;
pub(in crate::http) mod send;
pub(in crate::http) mod show;
