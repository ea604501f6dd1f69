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
mod request_id;
mod router;
mod schema;
mod serve;
mod settings;
mod setup;
mod state;
mod workspaces;

pub use idempotency::prune_idempotency_keys;
pub use metrics::{Scrape, metrics_router};
pub use router::{document as openapi, router};
pub use serve::serve;
pub use settings::Settings;
pub use setup::{SETUP_LINK_LIFETIME, Setup};
pub use state::Services;
