//! Metrics of attempts to connect, and of how connections end.

use std::time::Duration;

use linekeeper_model::connection::{End, Failure, Loss};
use prometheus_client::encoding::EncodeLabelSet;
use prometheus_client::metrics::counter::Counter;
use prometheus_client::metrics::family::Family;
use prometheus_client::metrics::histogram::Histogram;
use prometheus_client::registry::Registry;

/// The codes from WhatsApp that have their own series. WhatsApp can send any code, so all other codes share one series.
const KNOWN_CODES: [i32; 14] = [400, 401, 402, 403, 405, 406, 408, 409, 411, 415, 429, 500, 501, 503];
/// The histogram bounds for delays, in seconds. The first five bounds are the delays of 1, 2, 4, 8 and 16 s with the
/// maximum jitter of a fifth. The delay before a probe is not recorded.
const DELAYS: [f64; 9] = [1.2, 2.4, 4.8, 9.6, 19.2, 30.0, 60.0, 300.0, 360.0];
const CONNECTING: [f64; 10] = [0.1, 0.25, 0.5, 1.0, 2.0, 4.0, 8.0, 16.0, 30.0, 60.0];
const QUEUING: [f64; 9] = [0.01, 0.1, 0.5, 1.0, 5.0, 10.0, 30.0, 60.0, 300.0];

/// What a connection is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ConnectKind {
    /// To show a code that a phone scans.
    Pairing,
    /// To log in for the first time after a phone confirmed the link.
    Linking,
    /// To log in with a stored session.
    Login,
    /// To try again once after the retries were exhausted.
    Probe,
}

/// The metrics of connections. Cloning them is cheap.
#[derive(Debug, Clone)]
pub struct ConnectionMetrics {
    begun: Family<KindLabel, Counter>,
    connecting: Family<KindLabel, Histogram, fn() -> Histogram>,
    failed: Family<EndLabels, Counter>,
    lost: Family<EndLabels, Counter>,
    restarts: Counter,
    delays: Histogram,
    queuing: Histogram,
}

#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
struct KindLabel {
    kind: &'static str,
}

#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
struct EndLabels {
    reason: &'static str,
    /// WhatsApp's code, if WhatsApp refused the connection with a code. Otherwise `none`.
    code: String,
}

impl ConnectionMetrics {
    pub(super) fn new(registry: &mut Registry) -> Self {
        let metrics = Self {
            begun: Family::default(),
            connecting: Family::new_with_constructor(|| Histogram::new(CONNECTING)),
            failed: Family::default(),
            lost: Family::default(),
            restarts: Counter::default(),
            delays: Histogram::new(DELAYS),
            queuing: Histogram::new(QUEUING),
        };
        registry.register("connects", "Connections to WhatsApp begun", metrics.begun.clone());
        registry.register(
            "connect_duration_seconds",
            "From the dial to Connected",
            metrics.connecting.clone(),
        );
        registry.register(
            "connect_failures",
            "Connections that ended before they were Connected",
            metrics.failed.clone(),
        );
        registry.register("connections_lost", "Connections that ended while Connected", metrics.lost.clone());
        registry.register(
            "planned_restarts",
            "New connections that WhatsApp asked for (515)",
            metrics.restarts.clone(),
        );
        registry.register(
            "reconnect_delay_seconds",
            "Pauses before the next attempt",
            metrics.delays.clone(),
        );
        registry.register(
            "login_queue_seconds",
            "How long logins stood in line before they could begin",
            metrics.queuing.clone(),
        );
        metrics.begin_with_nothing();
        metrics
    }

    /// Creates all series with the value 0. If a series only appeared with its first event, this event would not
    /// count as an increase.
    fn begin_with_nothing(&self) {
        for kind in [ConnectKind::Pairing, ConnectKind::Linking, ConnectKind::Login, ConnectKind::Probe] {
            let _from_now_on = self.begun.get_or_create(&kind.label());
        }
        let _from_now_on = self.connecting.get_or_create(&ConnectKind::Login.label());
        for loss in [
            Loss::Network,
            Loss::ServerClosed,
            Loss::KeepaliveTimeout,
            Loss::ServiceUnavailable,
            Loss::RateLimited,
            Loss::Proxy,
        ] {
            for ends in [&self.failed, &self.lost] {
                let _from_now_on = ends.get_or_create(&lost(loss));
            }
        }
    }

    /// Counts a connection that is being opened.
    pub fn begun(&self, kind: ConnectKind) {
        self.begun.get_or_create(&kind.label()).inc();
    }

    /// Counts a connection that is logged in. `took` is the time from its beginning to the login.
    pub fn connected(&self, kind: ConnectKind, took: Duration) {
        self.connecting.get_or_create(&kind.label()).observe(took.as_secs_f64());
    }

    /// Counts a connection that ended before it was logged in.
    pub fn failed(&self, end: End) {
        self.ended(&self.failed, end);
    }

    /// Counts a connection that ended while it was logged in.
    pub fn lost(&self, end: End) {
        self.ended(&self.lost, end);
    }

    /// Records the delay before the next attempt.
    pub fn waits(&self, delay: Duration) {
        self.delays.observe(delay.as_secs_f64());
    }

    /// Records how long a login waited in the queue.
    pub fn queued(&self, waited: Duration) {
        self.queuing.observe(waited.as_secs_f64());
    }

    fn ended(&self, ends: &Family<EndLabels, Counter>, end: End) {
        let labels = match end {
            End::Restart => {
                self.restarts.inc();
                return;
            }
            End::Lost(loss) => lost(loss),
            End::NeverLinked | End::NoSession => EndLabels { reason: "not_linked", code: "none".to_owned() },
            End::QrExhausted => EndLabels { reason: "qr_expired", code: "none".to_owned() },
            End::Refused(failure) => EndLabels { reason: failure.reason().code(), code: code(failure) },
        };
        ends.get_or_create(&labels).inc();
    }
}

impl ConnectKind {
    /// The name of the purpose in the label.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Pairing => "pairing",
            Self::Linking => "linking",
            Self::Login => "login",
            Self::Probe => "probe",
        }
    }

    const fn label(self) -> KindLabel {
        KindLabel { kind: self.name() }
    }
}

fn lost(loss: Loss) -> EndLabels {
    let reason = match loss {
        // The reason in the status is `network_lost` until the retries are exhausted. The metrics show from the
        // beginning that the proxy could not be reached.
        Loss::Proxy => "proxy_failed",
        other => other.reason().code(),
    };
    EndLabels { reason, code: "none".to_owned() }
}

fn code(failure: Failure) -> String {
    match failure {
        Failure::Refused { code } if KNOWN_CODES.contains(&code) => code.to_string(),
        Failure::Refused { .. } => "other".to_owned(),
        _ => "none".to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use prometheus_client::encoding::text::encode;

    /// The series of failed connections whose value is not zero.
    fn failures(registry: &Registry) -> Vec<String> {
        let mut text = String::new();
        encode(&mut text, registry).unwrap();
        let lines = text.lines().filter(|line| {
            line.starts_with("connect_failures_total") || line.starts_with("connections_lost_total")
        });
        lines.filter(|line| !line.ends_with(" 0")).map(str::to_owned).collect()
    }

    #[test]
    fn unknown_failure_codes_are_counted_together_in_one_metric_series() {
        let mut registry = Registry::default();
        let metrics = ConnectionMetrics::new(&mut registry);
        for code in 10_000..10_100 {
            metrics.failed(End::Refused(Failure::Refused { code }));
        }
        metrics.failed(End::Refused(Failure::Refused { code: 403 }));
        let mut series = failures(&registry);
        series.sort();
        assert_eq!(
            series,
            [
                r#"connect_failures_total{reason="refused",code="403"} 1"#,
                r#"connect_failures_total{reason="refused",code="other"} 100"#,
            ]
        );
    }

    #[test]
    fn a_planned_restart_is_not_counted_as_a_failure() {
        let mut registry = Registry::default();
        let metrics = ConnectionMetrics::new(&mut registry);
        metrics.lost(End::Restart);
        assert_eq!((metrics.restarts.get(), failures(&registry)), (1, Vec::new()));
    }
}
