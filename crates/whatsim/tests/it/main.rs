//! The admin API over HTTP, as people use it with curl: the answers to valid and to invalid input. The demo crate has
//! tests with real WhatsApp clients.

mod faults;
mod groups;
mod http;
mod media;
mod messages;
mod numbers;
mod outage;
mod passkey;
mod phones;
mod profile;
mod startup;
