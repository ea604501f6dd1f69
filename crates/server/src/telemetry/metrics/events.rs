//! The event log: its last place, and the readers that wait for it. The duration of its writes is among storage's
//! metrics.

use prometheus_client::registry::Registry;

use super::asked::{ask, gauge};

/// The log at the time of a scrape.
#[derive(Debug, Clone, Copy)]
pub struct LogFigures {
    /// The place of the last event.
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
