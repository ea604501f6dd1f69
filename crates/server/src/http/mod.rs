//! The HTTP front: reads requests, checks the caller's rights, calls `accounts` and the other domains, writes
//! answers, and describes all of it in the OpenAPI document. It decides nothing about accounts. It is the only user
//! of axum, and only `app` imports it.

mod answer;
mod auth;
mod connections;
mod document;
mod request;
mod router;
mod routes;
mod settings;
mod socket_io;
mod state;

pub use connections::{Admission, Capacity, listen, serve, serve_with_probe_thread};
pub use request::idempotency::prune_idempotency_keys;
pub use router::{document as openapi, router, router_with};
pub use routes::metrics::{Scrape, metrics_router};
pub use routes::setup::{SETUP_LINK_LIFETIME, Setup};
pub use settings::Settings;
pub use state::Services;
