//! The HTTP front: routes, the shape of requests and answers, who may call what. It decides nothing about
//! accounts: it asks `accounts` and `credentials`. Sole user of axum; nobody but `app` imports it.

mod accept;
mod accounts;
mod api_keys;
mod audit;
mod auth;
mod body;
mod buckets;
mod client_address;
mod cursor;
mod docs;
mod entity_tag;
mod envelope;
mod error;
mod events;
mod examples;
mod fields;
mod idempotency;
mod invitations;
mod landing;
mod members;
mod metrics;
mod openapi;
mod pages;
mod paging;
mod pair;
mod path;
mod probes;
mod problem;
mod query;
mod router;
mod schema;
mod serve;
mod setup;
mod state;
mod workspaces;

pub use idempotency::prune_idempotency_keys;
pub use metrics::{Scrape, metrics_router};
pub use openapi::openapi;
pub use router::router;
pub use serve::serve;
pub use setup::{SETUP_LINK_LIFETIME, Setup};
pub use state::{Services, Settings};
