//! Accounts over HTTP: connect, pair, show, change, disconnect, delete.

mod account_json;
pub(super) mod connect;
pub(super) mod delete;
mod details;
pub(super) mod devices;
pub(super) mod disconnect;
pub(super) mod health;
pub(super) mod health_history;
mod history;
pub(super) mod list;
pub(super) mod pairing_code;
mod pairing_json;
pub(super) mod pairing_links;
pub(super) mod passkey;
pub(super) mod pause;
pub(super) mod picture;
pub(super) mod qr_code;
pub(super) mod qr_image;
pub(super) mod reach;
pub(super) mod resume;
pub(super) mod shares;
pub(super) mod show;
pub(super) mod timeline;
pub(super) mod update;
