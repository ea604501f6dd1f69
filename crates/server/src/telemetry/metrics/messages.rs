//! Metrics of inbound and outbound messages.

use prometheus_client::encoding::EncodeLabelSet;
use prometheus_client::metrics::counter::Counter;
use prometheus_client::metrics::family::Family;
use prometheus_client::registry::Registry;

/// The metrics of messages. Cloning them is cheap.
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

    /// Counts inbound messages.
    pub fn received(&self, messages: u32) {
        self.received.inc_by(messages.into());
    }

    /// Counts messages that were sent to WhatsApp.
    pub fn sent(&self, messages: u32) {
        self.sent.inc_by(messages.into());
    }
}
