//! Metrics of how fast the databases answer.

use std::time::Duration;

use linekeeper_storage::{Access, Connections, Observer, VaultOperation};
use prometheus_client::encoding::EncodeLabelSet;
use prometheus_client::metrics::counter::Counter;
use prometheus_client::metrics::family::Family;
use prometheus_client::metrics::histogram::Histogram;
use prometheus_client::registry::Registry;

use super::asked::{ask, gauges};

const LATENCIES: [f64; 12] = [0.0001, 0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.5, 2.5, 10.0];

/// The metrics of the storage.
#[derive(Debug)]
pub(super) struct StorageMetrics {
    vault: [Histogram; 2],
    vault_failures: [Counter; 2],
    waits: [Histogram; 2],
    appends: Histogram,
    commits: Histogram,
    appended: Counter,
}

#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
struct OperationLabel {
    operation: &'static str,
}

#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
struct ConnectionLabels {
    pool: &'static str,
    state: &'static str,
}

const OPERATIONS: [OperationLabel; 2] =
    [OperationLabel { operation: "read" }, OperationLabel { operation: "write" }];

impl StorageMetrics {
    pub(super) fn new(registry: &mut Registry) -> Self {
        let histogram = || Histogram::new(LATENCIES);
        let durations = || Family::<OperationLabel, Histogram, _>::new_with_constructor(histogram);
        let (vault, waits) = (durations(), durations());
        let failures = Family::<OperationLabel, Counter>::default();
        let (appends, commits, appended) = (histogram(), histogram(), Counter::default());
        registry.register(
            "vault_operation_duration_seconds",
            "Reads and writes of sealed sessions; a write until it is on disk",
            vault.clone(),
        );
        registry.register(
            "vault_failures",
            "Reads and writes of sealed sessions that failed",
            failures.clone(),
        );
        registry.register(
            "database_wait_seconds",
            "How long transactions waited for a connection and for other writers",
            waits.clone(),
        );
        registry.register("event_append_duration_seconds", "Appending to the event log", appends.clone());
        registry.register(
            "event_commit_duration_seconds",
            "Commits of transactions with events",
            commits.clone(),
        );
        registry.register("events_appended", "Events that were appended and committed", appended.clone());
        Self {
            vault: OPERATIONS.map(|label| vault.get_or_create_owned(&label)),
            vault_failures: OPERATIONS.map(|label| failures.get_or_create_owned(&label)),
            waits: OPERATIONS.map(|label| waits.get_or_create_owned(&label)),
            appends,
            commits,
            appended,
        }
    }
}

impl Observer for StorageMetrics {
    fn vault(&self, operation: VaultOperation, took: Duration, succeeded: bool) {
        let index = match operation {
            VaultOperation::Read => 0,
            VaultOperation::Write => 1,
        };
        self.vault[index].observe(took.as_secs_f64());
        if !succeeded {
            self.vault_failures[index].inc();
        }
    }

    fn transaction_began(&self, access: Access, waited: Duration) {
        let index = match access {
            Access::Read => 0,
            Access::Write => 1,
        };
        self.waits[index].observe(waited.as_secs_f64());
    }

    fn events_appended(&self, took: Duration) {
        self.appends.observe(took.as_secs_f64());
    }

    fn events_committed(&self, events: u64, took: Duration) {
        self.appended.inc_by(events);
        self.commits.observe(took.as_secs_f64());
    }
}

pub(super) fn register(
    registry: &mut Registry,
    connections: impl Fn() -> Vec<Connections> + Send + Sync + 'static,
) {
    ask(registry, move |encoder| {
        let counts = connections().into_iter().flat_map(|Connections { pool, open, idle }| {
            [("idle", idle), ("used", open.saturating_sub(idle))]
                .map(|(state, count)| (ConnectionLabels { pool, state }, u64::from(count)))
        });
        gauges(encoder, "database_connections", "Connections to the databases", counts)
    });
}
