//! The domain of linekeeper: ids, accounts, the state machine of a connection, health, limits and access rules.
//! There are only types and decisions here, and no input or output.

#![forbid(unsafe_code)]

pub mod access;
pub mod account;
pub mod analytics;
pub mod api_key;
pub mod audit;
pub mod backoff;
pub mod clock;
pub mod connection;
pub mod destination;
pub mod event;
pub mod failure;
pub mod health;
pub mod id;
pub mod limits;
pub mod mail;
pub mod message;
pub mod name;
pub mod network;
pub mod pairing;
pub mod phone;
pub mod proxy;
pub mod reason;
pub mod reconnect_loop;
pub mod secret;
pub mod status;
pub mod user;
pub mod webhook;

pub use jiff::Timestamp;
