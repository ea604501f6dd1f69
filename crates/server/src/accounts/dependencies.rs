//! What every actor gets at its start.

use std::sync::Arc;
use std::time::Duration;

use linekeeper_model::clock::Clock;
use linekeeper_storage::Storage;

use super::pace::Pace;
use crate::events::Log;
use crate::lifecycle::Lifecycle;
use crate::telemetry::metrics::AccountMetrics;
use crate::whatsapp::Connector;

/// Shared by all accounts.
pub struct Dependencies {
    /// Accounts and their sessions.
    pub storage: Storage,
    /// The event log.
    pub log: Log,
    /// The way to WhatsApp.
    pub connector: Arc<Connector>,
    /// The wall clock.
    pub clock: Arc<dyn Clock>,
    /// What is counted.
    pub metrics: AccountMetrics,
    /// Tasks and their end.
    pub lifecycle: Lifecycle,
    /// How fast accounts dial.
    pub pace: Arc<Pace>,
    /// How often to probe an account whose retries are exhausted.
    pub probe_every: Option<Duration>,
    /// The maximum number of accounts in this deployment.
    pub max_accounts: u32,
}
