//! Metrics of live connections: how many there are, how many events were sent, and why the server closed
//! connections.

use prometheus_client::encoding::EncodeLabelSet;
use prometheus_client::metrics::counter::Counter;
use prometheus_client::metrics::family::Family;
use prometheus_client::metrics::gauge::Gauge;
use prometheus_client::registry::Registry;

/// How events are transported to a listener.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Transport {
    /// Socket.IO over a WebSocket.
    WebSocket,
    /// Socket.IO by long polling.
    Polling,
    /// A stream of server-sent events.
    Sse,
}

/// The metrics of live connections. Cloning them is cheap.
#[derive(Debug, Clone)]
pub struct LiveMetrics {
    connections: Family<TransportLabel, Gauge>,
    sent: Family<TransportLabel, Counter>,
    closed: Family<CodeLabel, Counter>,
}

/// An open connection. It is counted until this value is dropped.
#[derive(Debug)]
pub struct Listening(Gauge);

#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
struct TransportLabel {
    transport: &'static str,
}

#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
struct CodeLabel {
    code: &'static str,
}

impl LiveMetrics {
    pub(super) fn new(registry: &mut Registry) -> Self {
        let metrics =
            Self { connections: Family::default(), sent: Family::default(), closed: Family::default() };
        registry.register(
            "live_connections",
            "Live connections by how events are carried",
            metrics.connections.clone(),
        );
        registry.register("live_events", "Events sent over live connections", metrics.sent.clone());
        registry.register(
            "live_closed",
            "Live connections that the server closed, by the code that it gave",
            metrics.closed.clone(),
        );
        for transport in [Transport::WebSocket, Transport::Polling, Transport::Sse] {
            // The series exists before the first connection, with the value 0.
            drop(metrics.connections.get_or_create(&transport.label()));
        }
        metrics
    }

    /// Counts a connection that has begun.
    pub fn begin(&self, transport: Transport) -> Listening {
        let gauge = self.connections.get_or_create(&transport.label()).clone();
        gauge.inc();
        Listening(gauge)
    }

    /// Counts events that were sent.
    pub fn sent(&self, transport: Transport, events: usize) {
        self.sent.get_or_create(&transport.label()).inc_by(events as u64);
    }

    /// Counts a connection that the server closed.
    pub fn closed(&self, code: &'static str) {
        self.closed.get_or_create(&CodeLabel { code }).inc();
    }
}

impl Transport {
    const fn label(self) -> TransportLabel {
        let transport = match self {
            Self::WebSocket => "websocket",
            Self::Polling => "polling",
            Self::Sse => "sse",
        };
        TransportLabel { transport }
    }
}

impl Drop for Listening {
    fn drop(&mut self) {
        self.0.dec();
    }
}
