//! Tests of the server from the outside: its router over a real database, its sockets and its commands. Tests that
//! need a phone are in the demo crate.

#![expect(clippy::unwrap_used, reason = "a panic is how a test reports, in what several tests call too")]

mod access_matrix;
mod account_wishes;
mod accounts;
mod analytics;
mod answer;
mod api_keys;
mod app;
mod arrivals;
mod audit;
mod bodies;
mod brokers;
mod client_address;
mod command_line;
mod credentials;
mod crowds;
mod docs;
mod docs_page;
mod email;
mod events;
mod foreign_tokens;
mod grants;
mod health;
mod hostile;
mod idempotency;
mod invitations;
mod live;
mod master_keys;
mod media;
mod members;
mod metrics;
mod names;
mod openapi;
mod pages;
mod pairing;
mod pairing_links;
mod passwords;
mod picture;
mod probes;
mod process;
mod proxy;
mod samples;
mod second_factor;
mod sending;
mod settings;
mod setup;
mod shares;
mod sign_in;
mod sockets;
mod streams;
mod time;
mod webhooks;
mod workspaces;
