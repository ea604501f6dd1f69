//! The admin API over HTTP, as curl uses it: the answers to good and to bad input. Other tests check with real
//! clients what clients see.

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
