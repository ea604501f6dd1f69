//! `/api/v1/analytics`: what happened, as numbers, by hour, day or week of the workspace.

pub(in crate::http) mod account;
pub(in crate::http) mod accounts;
mod connection_json;
mod csv;
mod message_json;
pub(in crate::http) mod messages;
mod wanted;
