//! Metrics of the event log: the number of its last event, and the readers that wait for new events. The duration
//! of writes is among the metrics of the storage.

use prometheus_client::registry::Registry;

use super::asked::{ask, gauge};

/// The values of the log at the time when the metrics are fetched.
#[derive(Debug, Clone, Copy)]
pub struct LogFigures {
    /// The number (`seq`) of the last event.
    pub last_seq: u64,
    /// The number of readers that wait for the next event.
    pub readers: u64,
}

pub(super) fn register(registry: &mut Registry, figures: impl Fn() -> LogFigures + Send + Sync + 'static) {
    ask(registry, move |encoder| {
        let LogFigures { last_seq, readers } = figures();
        gauge(encoder, "event_log_last_seq", "The place of the last event in the log", last_seq)?;
        gauge(encoder, "event_log_readers", "Readers that wait for the next event", readers)
    });
}
