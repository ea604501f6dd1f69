//! The admin API over HTTP, as curl sees it: what it answers to good and to bad input. What clients see is tested
//! with real ones, elsewhere.

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
