//! The admin API over HTTP, as curl sees it: what it answers to good and to bad input. What clients see is tested
//! with real ones, elsewhere.

mod faults;
mod http;
mod messages;
mod outage;
mod passkey;
mod phones;
mod profile;
mod startup;
