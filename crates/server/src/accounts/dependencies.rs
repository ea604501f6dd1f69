//! What every actor gets when it starts.

use std::sync::Arc;
use std::time::Duration;

use linekeeper_model::clock::Clock;
use linekeeper_storage::Storage;

use super::pace::Pace;
use crate::events::Log;
use crate::lifecycle::Lifecycle;
use crate::telemetry::metrics::AccountMetrics;
use crate::whatsapp::Connector;

/// What all accounts share.
pub struct Dependencies {
    /// Accounts and their sessions.
    pub storage: Storage,
    /// The event log.
    pub log: Log,
    /// Opens connections to WhatsApp.
    pub connector: Arc<Connector>,
    /// The wall clock.
    pub clock: Arc<dyn Clock>,
    /// Counters for metrics.
    pub metrics: AccountMetrics,
    /// Starts tasks and stops them when the server stops.
    pub lifecycle: Lifecycle,
    /// Limits how fast accounts connect.
    pub pace: Arc<Pace>,
    /// How often to try again to connect an account whose retries are exhausted.
    pub probe_every: Option<Duration>,
    /// The maximum number of accounts in this deployment.
    pub max_accounts: u32,
}
