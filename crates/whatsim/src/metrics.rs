//! The counters and gauges, in Prometheus' text format. Counters only grow. Gauges also fall.

use crate::noise::Pattern;
use prometheus_client::encoding::EncodeLabelSet;
use prometheus_client::encoding::text::encode;
use prometheus_client::metrics::counter::Counter;
use prometheus_client::metrics::family::Family;
use prometheus_client::metrics::gauge::Gauge;
use prometheus_client::registry::Registry;

/// How a login ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum LoginOutcome {
    /// The device is logged in: `<success>`.
    Success,
    /// The login was refused: `<failure>`.
    Failure,
}

#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
struct PatternLabel {
    pattern: &'static str,
}

#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
struct OutcomeLabel {
    outcome: &'static str,
}

#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
struct DirectionLabel {
    direction: &'static str,
}

const IN: DirectionLabel = DirectionLabel { direction: "in" };
const OUT: DirectionLabel = DirectionLabel { direction: "out" };
const SUCCESS: OutcomeLabel = OutcomeLabel { outcome: "success" };
const FAILURE: OutcomeLabel = OutcomeLabel { outcome: "failure" };

/// All counters of a server.
pub struct Metrics {
    registry: Registry,
    open: Gauge,
    accepted: Counter,
    handshakes: Family<PatternLabel, Counter>,
    logins: Counter,
    failed_logins: Counter,
    stanzas_in: Counter,
    stanzas_out: Counter,
    relayed: Counter,
    retries: Counter,
    repeats: Counter,
    unhandled: Counter,
}

/// An open connection. The gauge of open connections decreases when this value is dropped.
pub struct OpenConnection(Gauge);

impl Drop for OpenConnection {
    fn drop(&mut self) {
        self.0.dec();
    }
}

impl Default for Metrics {
    fn default() -> Self {
        let mut registry = Registry::with_prefix("whatsim");
        let (open, accepted) = (Gauge::default(), Counter::default());
        let (relayed, retries, unhandled) = (Counter::default(), Counter::default(), Counter::default());
        let repeats = Counter::default();
        let handshakes = Family::default();
        let outcomes = Family::<OutcomeLabel, Counter>::default();
        let stanzas = Family::<DirectionLabel, Counter>::default();
        registry.register("connections", "Open WhatsApp connections", open.clone());
        registry.register("accepted_connections", "WhatsApp connections ever opened", accepted.clone());
        registry.register("handshakes", "Finished Noise handshakes", handshakes.clone());
        registry.register("logins", "Logins of linked devices", outcomes.clone());
        registry.register("stanzas", "Stanzas on the wire", stanzas.clone());
        registry.register("messages_relayed", "Encrypted copies of messages delivered", relayed.clone());
        registry.register(
            "retry_receipts",
            "Messages that a linked device could not decrypt",
            retries.clone(),
        );
        registry.register("repeats", "Messages that came again and were dropped", repeats.clone());
        registry.register("unhandled_stanzas", "Stanzas that nobody here knows", unhandled.clone());
        // Each call of `get_or_create` needs its own statement, because its result holds the family's read lock
        // until the statement ends. A second call in the same statement could wait for the write lock forever.
        let stanzas_in = stanzas.get_or_create(&IN).clone();
        let stanzas_out = stanzas.get_or_create(&OUT).clone();
        let logins = outcomes.get_or_create(&SUCCESS).clone();
        let failed_logins = outcomes.get_or_create(&FAILURE).clone();
        Self {
            registry,
            open,
            accepted,
            handshakes,
            logins,
            failed_logins,
            stanzas_in,
            stanzas_out,
            relayed,
            retries,
            repeats,
            unhandled,
        }
    }
}

impl Metrics {
    /// Counts a connection that was opened.
    pub fn connection(&self) -> OpenConnection {
        self.accepted.inc();
        self.open.inc();
        OpenConnection(self.open.clone())
    }

    /// Counts a handshake that has finished.
    pub fn handshake(&self, pattern: Pattern) {
        self.handshakes.get_or_create(&PatternLabel { pattern: pattern.name() }).inc();
    }

    fn handshakes_of(&self, pattern: Pattern) -> u64 {
        let label = PatternLabel { pattern: pattern.name() };
        self.handshakes.get(&label).map_or(0, |counter| counter.get())
    }

    /// Counts a login, by its outcome.
    pub fn login(&self, outcome: LoginOutcome) {
        match outcome {
            LoginOutcome::Success => self.logins.inc(),
            LoginOutcome::Failure => self.failed_logins.inc(),
        };
    }

    /// Counts a stanza from a client.
    pub fn stanza_in(&self) {
        self.stanzas_in.inc();
    }

    /// Counts a stanza to a client.
    pub fn stanza_out(&self) {
        self.stanzas_out.inc();
    }

    /// Counts the delivered copies of a message.
    pub fn relayed(&self, copies: u64) {
        self.relayed.inc_by(copies);
    }

    /// Counts a message that a linked device could not decrypt.
    pub fn retry(&self) {
        self.retries.inc();
    }

    /// Counts a repeated message.
    pub fn repeat(&self) {
        self.repeats.inc();
    }

    /// Counts a stanza that the simulator does not know.
    pub fn unhandled(&self) {
        self.unhandled.inc();
    }

    /// The counters as numbers.
    pub fn snapshot(&self) -> Counters {
        Counters {
            accepted_connections: self.accepted.get(),
            handshakes: Handshakes {
                xx: self.handshakes_of(Pattern::Xx),
                ik: self.handshakes_of(Pattern::Ik),
                xx_fallback: self.handshakes_of(Pattern::XxFallback),
            },
            logins: self.logins.get(),
            failed_logins: self.failed_logins.get(),
            stanzas_in: self.stanzas_in.get(),
            stanzas_out: self.stanzas_out.get(),
            messages_relayed: self.relayed.get(),
            retry_receipts: self.retries.get(),
            repeats: self.repeats.get(),
        }
    }

    /// The metrics as text for a scraper.
    pub fn expose(&self) -> String {
        let mut text = String::new();
        encode(&mut text, &self.registry).expect("writing to a string does not fail");
        text
    }
}

/// Finished Noise handshakes by pattern.
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Handshakes {
    /// The client did not know the server's key.
    pub xx: u64,
    /// The client knew the server's key.
    pub ik: u64,
    /// The client knew only an older key of the server.
    pub xx_fallback: u64,
}

/// Counters since the server started.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Counters {
    /// The number of connections that have been opened since the start.
    pub accepted_connections: u64,
    /// Handshakes by pattern.
    pub handshakes: Handshakes,
    /// Logins that succeeded.
    pub logins: u64,
    /// The number of logins that were refused, by a fault or because the device is not linked.
    pub failed_logins: u64,
    /// Stanzas from clients.
    pub stanzas_in: u64,
    /// Stanzas to clients.
    pub stanzas_out: u64,
    /// The number of encrypted copies of messages that were delivered.
    pub messages_relayed: u64,
    /// The number of retry receipts from linked devices, for messages that they could not decrypt.
    pub retry_receipts: u64,
    /// The number of messages that the server or a phone dropped, because the sender had already used the id in
    /// the same chat.
    pub repeats: u64,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_counter_is_exposed() {
        let metrics = Metrics::default();
        let open = metrics.connection();
        metrics.login(LoginOutcome::Failure);
        metrics.handshake(Pattern::Ik);
        let text = metrics.expose();
        for line in [
            "whatsim_connections 1",
            "whatsim_logins_total{outcome=\"failure\"} 1",
            "whatsim_logins_total{outcome=\"success\"} 0",
            "whatsim_handshakes_total{pattern=\"IK\"} 1",
        ] {
            assert!(text.contains(line), "{line} is missing in\n{text}");
        }
        drop(open);
        assert!(metrics.expose().contains("whatsim_connections 0"));
        assert_eq!((metrics.snapshot().logins, metrics.snapshot().failed_logins), (0, 1));
    }
}
