//! `/api/v1/analytics`: statistics by hour, day or week in the workspace's time zone.

pub(in crate::http) mod account;
pub(in crate::http) mod accounts;
mod connection_json;
mod csv;
mod message_json;
pub(in crate::http) mod messages;
mod wanted;
