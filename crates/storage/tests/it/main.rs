//! Tests of the storage, on both databases and partly on the library's own store.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on stops, and says where")]

mod access;
mod agreement;
mod analytics;
mod asked_again;
mod audit;
mod calls;
mod concurrency;
mod conformance;
mod crash;
mod device_record;
mod dumps;
mod events;
mod fencing;
mod group;
mod idempotency_keys;
mod inbound;
mod key_rotation;
mod mail;
mod media;
mod messages;
mod migrations;
mod opening;
mod pairing_links;
mod people;
mod pictures;
mod repositories;
mod sealing;
mod session;
mod set_aside;
mod told;
mod webhooks;
