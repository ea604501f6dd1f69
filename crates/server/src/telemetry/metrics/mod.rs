//! The metrics of the server in the format of Prometheus, one group per file. Labels take their values from closed
//! lists. A label never contains an account, a person, a phone number, an address or a token. Only this module
//! uses prometheus-client.

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

/// The prefix of the names of all linekeeper metrics.
const PREFIX: &str = "linekeeper";

/// All groups of metrics. Each part of the server gets its own group. The composition root (`app`) adds the values
/// that are only read when somebody fetches the metrics.
pub struct Metrics {
    /// The metrics for the module `accounts`.
    pub accounts: AccountMetrics,
    /// The metrics for the module `delivery`.
    pub delivery: DeliveryMetrics,
    /// The metrics for the module `http`.
    pub http: HttpMetrics,
    /// The metrics for live connections.
    pub live: LiveMetrics,
    storage: Arc<StorageMetrics>,
    registry: Registry,
}

impl Metrics {
    /// Creates the metrics. All values are zero.
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

    /// The metrics for the storage.
    pub fn storage(&self) -> Arc<dyn Observer> {
        self.storage.clone()
    }

    /// Counts the accounts each time somebody fetches the metrics.
    pub fn count_accounts(&mut self, census: impl Fn() -> Census + Send + Sync + 'static) {
        accounts::register(self.ours(), census);
    }

    /// Reads the state of the event log each time somebody fetches the metrics.
    pub fn watch_log(&mut self, figures: impl Fn() -> LogFigures + Send + Sync + 'static) {
        events::register(self.ours(), figures);
    }

    /// Counts the database connections each time somebody fetches the metrics.
    pub fn watch_databases(&mut self, connections: impl Fn() -> Vec<Connections> + Send + Sync + 'static) {
        storage::register(self.ours(), connections);
    }

    /// Reads the disk usage each time somebody fetches the metrics.
    pub fn watch_disk(&mut self, figures: impl Fn() -> DiskFigures + Send + Sync + 'static) {
        disk::register(self.ours(), figures);
    }

    /// Ends the registration. Returns the metrics that scrapers fetch.
    pub fn exposition(self) -> Exposition {
        Exposition::new(self.registry)
    }

    fn ours(&mut self) -> &mut Registry {
        self.registry.sub_registry_with_prefix(PREFIX)
    }
}
