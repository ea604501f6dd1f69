//! Accounts over HTTP: connect, pair, show, change, disconnect, delete.

pub(in crate::http) mod account_json;
pub(in crate::http) mod connect;
pub(in crate::http) mod delete;
pub(in crate::http) mod details;
pub(in crate::http) mod devices;
pub(in crate::http) mod disconnect;
pub(in crate::http) mod health;
pub(in crate::http) mod health_history;
pub(in crate::http) mod history;
pub(in crate::http) mod list;
pub(in crate::http) mod pacing;
mod pairing_json;
pub(in crate::http) mod pause;
pub(in crate::http) mod picture;
pub(in crate::http) mod proxy_test;
pub(in crate::http) mod qr_code;
pub(in crate::http) mod qr_image;
pub(in crate::http) mod reach;
pub(in crate::http) mod resume;
pub(in crate::http) mod show;
pub(in crate::http) mod timeline;
pub(in crate::http) mod update;
