//! The event log: where it stands and who waits for it. How long its writes take is told with storage's figures.

use prometheus_client::registry::Registry;

use super::asked::{ask, gauge};

/// The log at one moment.
#[derive(Debug, Clone, Copy)]
pub struct LogFigures {
    /// The place of the last event.
    pub last_seq: u64,
    /// How many wait for the next one.
    pub readers: u64,
}

pub(super) fn register(registry: &mut Registry, figures: impl Fn() -> LogFigures + Send + Sync + 'static) {
    ask(registry, move |encoder| {
        let LogFigures { last_seq, readers } = figures();
        gauge(encoder, "event_log_last_seq", "The place of the last event in the log", last_seq)?;
        gauge(encoder, "event_log_readers", "Readers that wait for the next event", readers)
    });
}
