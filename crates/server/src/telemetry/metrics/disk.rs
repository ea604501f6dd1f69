//! Metrics of the used and the free space on disk.

use prometheus_client::encoding::EncodeLabelSet;
use prometheus_client::registry::Registry;

use super::asked::{ask, gauge, gauges};

/// The used and the free space at one moment.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct DiskFigures {
    /// The used bytes for each kind of data.
    pub used: Vec<(&'static str, u64)>,
    /// The free bytes on the disk of the data directory. `None` if unknown.
    pub available: Option<u64>,
}

#[derive(Debug, Clone, Hash, PartialEq, Eq, EncodeLabelSet)]
struct Labels {
    of: &'static str,
}

pub(super) fn register(registry: &mut Registry, figures: impl Fn() -> DiskFigures + Send + Sync + 'static) {
    ask(registry, move |encoder| {
        let DiskFigures { used, available } = figures();
        let used = used.into_iter().map(|(of, bytes)| (Labels { of }, bytes));
        gauges(encoder, "disk_used_bytes", "What lies on disk", used)?;
        match available {
            Some(bytes) => gauge(encoder, "disk_available_bytes", "Room for the data directory", bytes),
            None => Ok(()),
        }
    });
}
