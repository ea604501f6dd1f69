//! The metrics, one group per file, in Prometheus' terms. Labels are closed lists: never an account, a person, a
//! number, an address or a token. The only user of prometheus-client.

mod accounts;
mod asked;
mod build_info;
mod connections;
mod delivery;
mod disk;
mod events;
mod exposition;
mod http;
mod live;
mod messages;
mod process;
mod storage;

use std::sync::Arc;

use linekeeper_storage::{Connections, Observer};
use prometheus_client::registry::Registry;

use super::Build;
pub use accounts::{AccountMetrics, Census};
pub use connections::{ConnectKind, ConnectionMetrics};
pub use delivery::DeliveryMetrics;
pub use disk::DiskFigures;
pub use events::LogFigures;
pub use exposition::Exposition;
pub use http::HttpMetrics;
pub use live::{Listening, LiveMetrics, Transport};
pub use messages::MessageMetrics;
use storage::StorageMetrics;

/// The prefix of all our metrics.
const PREFIX: &str = "linekeeper";

/// All groups. Each domain gets its own group. The composition root adds what is only read at a scrape.
pub struct Metrics {
    /// For `accounts`.
    pub accounts: AccountMetrics,
    /// For `delivery`.
    pub delivery: DeliveryMetrics,
    /// For `http`.
    pub http: HttpMetrics,
    /// For live connections.
    pub live: LiveMetrics,
    storage: Arc<StorageMetrics>,
    registry: Registry,
}

impl Metrics {
    /// New metrics, all at zero.
    pub fn new(build: Build) -> Self {
        let mut registry = Registry::default();
        process::register(&mut registry);
        let ours = registry.sub_registry_with_prefix(PREFIX);
        build_info::register(build, ours);
        Self {
            accounts: AccountMetrics::new(ours),
            delivery: DeliveryMetrics::new(ours),
            http: HttpMetrics::new(ours),
            live: LiveMetrics::new(ours),
            storage: Arc::new(StorageMetrics::new(ours)),
            registry,
        }
    }

    /// For storage.
    pub fn storage(&self) -> Arc<dyn Observer> {
        self.storage.clone()
    }

    /// Counts the accounts at each scrape.
    pub fn count_accounts(&mut self, census: impl Fn() -> Census + Send + Sync + 'static) {
        accounts::register(self.ours(), census);
    }

    /// Reads the state of the event log at each scrape.
    pub fn watch_log(&mut self, figures: impl Fn() -> LogFigures + Send + Sync + 'static) {
        events::register(self.ours(), figures);
    }

    /// Counts the database connections at each scrape.
    pub fn watch_databases(&mut self, connections: impl Fn() -> Vec<Connections> + Send + Sync + 'static) {
        storage::register(self.ours(), connections);
    }

    /// Reads the disk usage at each scrape.
    pub fn watch_disk(&mut self, figures: impl Fn() -> DiskFigures + Send + Sync + 'static) {
        disk::register(self.ours(), figures);
    }

    /// Ends the registration, and returns what scrapers read.
    pub fn exposition(self) -> Exposition {
        Exposition::new(self.registry)
    }

    fn ours(&mut self) -> &mut Registry {
        self.registry.sub_registry_with_prefix(PREFIX)
    }
}
