//! The number of accounts in each state, and the counters of their actors.

use std::collections::HashMap;

use linekeeper_model::health::HealthStatus;
use linekeeper_model::status::Reason;
use prometheus_client::encoding::EncodeLabelSet;
use prometheus_client::metrics::counter::Counter;
use prometheus_client::registry::Registry;

use super::asked::{ask, gauge, gauges};
use super::connections::ConnectionMetrics;
use super::messages::MessageMetrics;

const LEVELS: [HealthStatus; 3] = [HealthStatus::Healthy, HealthStatus::Warning, HealthStatus::Critical];

/// The metrics that the actors of accounts report. Cloning it is cheap.
#[derive(Debug, Clone)]
pub struct AccountMetrics {
    /// The metrics of the accounts' connections.
    pub connections: ConnectionMetrics,
    /// The metrics of the accounts' messages.
    pub messages: MessageMetrics,
    panics: Counter,
}

/// The numbers of accounts of this process at one moment.
#[derive(Debug, Clone, Default)]
pub struct Census {
    reasons: HashMap<Reason, u64>,
    levels: HashMap<HealthStatus, u64>,
    pairings: u64,
    logins: u64,
    logouts: u64,
}

#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
struct StatusLabels {
    state: String,
    reason: &'static str,
}

#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
struct LevelLabel {
    level: String,
}

impl AccountMetrics {
    pub(super) fn new(registry: &mut Registry) -> Self {
        let panics = Counter::default();
        registry.register("account_panics", "Times that an account had to be started again", panics.clone());
        Self {
            connections: ConnectionMetrics::new(registry),
            messages: MessageMetrics::new(registry),
            panics,
        }
    }

    /// Counts a panic of an account's actor.
    pub fn panicked(&self) {
        self.panics.inc();
    }
}

impl Census {
    /// Creates a census that counts no accounts yet, with these numbers of open pairings, logins in progress and
    /// unconfirmed logouts.
    pub fn new(pairings: u64, logins: u64, logouts: u64) -> Self {
        Self { pairings, logins, logouts, ..Self::default() }
    }

    /// Counts one more account.
    pub fn count(&mut self, reason: Reason, level: HealthStatus) {
        *self.reasons.entry(reason).or_default() += 1;
        *self.levels.entry(level).or_default() += 1;
    }
}

/// Registers the numbers of accounts. Every reason and every level always has a series, even if its value is 0. A
/// series that appears and disappears is hard to use in alerts.
pub(super) fn register(registry: &mut Registry, census: impl Fn() -> Census + Send + Sync + 'static) {
    ask(registry, move |encoder| {
        let Census { reasons, levels, pairings, logins, logouts } = census();
        let by_reason = Reason::ALL.iter().map(|reason| {
            let labels = StatusLabels { state: format!("{:?}", reason.state()), reason: reason.code() };
            (labels, reasons.get(reason).copied().unwrap_or_default())
        });
        gauges(encoder, "accounts", "Accounts by state and reason", by_reason)?;
        let by_level = LEVELS.map(|level| {
            (LevelLabel { level: format!("{level:?}") }, levels.get(&level).copied().unwrap_or_default())
        });
        gauges(encoder, "accounts_health", "Accounts by level of health", by_level)?;
        gauge(encoder, "pairings_open", "Pairings that wait for a phone", pairings)?;
        gauge(encoder, "logins_under_way", "Logins that are under way", logins)?;
        gauge(encoder, "pending_logouts", "Logouts that WhatsApp has not confirmed yet", logouts)
    });
}
