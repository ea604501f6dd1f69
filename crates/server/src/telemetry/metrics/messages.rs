//! Messages that came in and went out.

use prometheus_client::encoding::EncodeLabelSet;
use prometheus_client::metrics::counter::Counter;
use prometheus_client::metrics::family::Family;
use prometheus_client::registry::Registry;

/// Cheap to clone.
#[derive(Debug, Clone)]
pub struct MessageMetrics {
    received: Counter,
    sent: Counter,
}

#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
struct DirectionLabel {
    direction: &'static str,
}

impl MessageMetrics {
    pub(super) fn new(registry: &mut Registry) -> Self {
        let messages = Family::<DirectionLabel, Counter>::default();
        registry.register("messages", "Messages of all accounts", messages.clone());
        let counter = |direction| messages.get_or_create_owned(&DirectionLabel { direction });
        Self { received: counter("received"), sent: counter("sent") }
    }

    /// So many messages came in.
    pub fn received(&self, messages: u32) {
        self.received.inc_by(messages.into());
    }

    /// So many messages left for WhatsApp.
    pub fn sent(&self, messages: u32) {
        self.sent.inc_by(messages.into());
    }
}
