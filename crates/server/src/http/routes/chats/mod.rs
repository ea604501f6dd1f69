//! The chats of an account over HTTP.

pub(super) mod chat_json;
pub(in crate::http) mod list;
pub(in crate::http) mod read;
pub(in crate::http) mod show;
