//! Accounts over HTTP: connect, show, disconnect.

mod account_json;
pub(super) mod connect;
pub(super) mod disconnect;
pub(super) mod health;
pub(super) mod health_history;
mod history;
pub(super) mod list;
pub(super) mod qr_code;
mod qr_image;
pub(super) mod reach;
pub(super) mod show;
pub(super) mod timeline;
