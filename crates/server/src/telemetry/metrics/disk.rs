//! What lies on disk, and how much room is left.

use prometheus_client::encoding::EncodeLabelSet;
use prometheus_client::registry::Registry;

use super::asked::{ask, gauge, gauges};

/// What lies on disk.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct DiskFigures {
    /// Bytes of each kind of thing.
    pub used: Vec<(&'static str, u64)>,
    /// Bytes that are left for the data directory; nothing where that cannot be told.
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
