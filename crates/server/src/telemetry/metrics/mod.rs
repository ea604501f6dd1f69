//! What is counted and measured, one group a file, in Prometheus' terms. Labels are closed lists: never an account, a
//! person, a number, an address or a token. Sole user of prometheus-client.

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

/// Before what everything here is called.
const PREFIX: &str = "linekeeper";

/// All groups. Each domain is handed its own; what is only looked at when somebody scrapes is added by the
/// composition root.
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
    /// Nothing has happened yet.
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

    /// Has the accounts counted at each scrape.
    pub fn count_accounts(&mut self, census: impl Fn() -> Census + Send + Sync + 'static) {
        accounts::register(self.ours(), census);
    }

    /// Has the event log looked at, at each scrape.
    pub fn watch_log(&mut self, figures: impl Fn() -> LogFigures + Send + Sync + 'static) {
        events::register(self.ours(), figures);
    }

    /// Has the connections to the databases looked at, at each scrape.
    pub fn watch_databases(&mut self, connections: impl Fn() -> Vec<Connections> + Send + Sync + 'static) {
        storage::register(self.ours(), connections);
    }

    /// Has the disk looked at, at each scrape.
    pub fn watch_disk(&mut self, figures: impl Fn() -> DiskFigures + Send + Sync + 'static) {
        disk::register(self.ours(), figures);
    }

    /// What scrapers are shown. Nothing can be added any more.
    pub fn exposition(self) -> Exposition {
        Exposition::new(self.registry)
    }

    fn ours(&mut self) -> &mut Registry {
        self.registry.sub_registry_with_prefix(PREFIX)
    }
}
