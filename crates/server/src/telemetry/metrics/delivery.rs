//! Metrics of the delivery of events: how far the readers of the log are behind, and the results of requests.

use std::collections::{BTreeMap, HashMap};
use std::sync::{Arc, Mutex, PoisonError};

use jiff::SignedDuration;
use linekeeper_model::id::WebhookId;
use linekeeper_model::webhook::{Attempt, Outcome};

use prometheus_client::encoding::EncodeLabelSet;
use prometheus_client::metrics::counter::Counter;
use prometheus_client::metrics::family::Family;
use prometheus_client::metrics::histogram::Histogram;
use prometheus_client::registry::Registry;

use super::asked::{ask, gauges};

/// The histogram bounds for requests, in seconds. The last bound is the maximum time that an endpoint may take.
const DURATIONS: [f64; 9] = [0.005, 0.01, 0.025, 0.1, 0.25, 1.0, 5.0, 15.0, 30.0];

/// The metrics of delivery. Cloning them is cheap.
#[derive(Debug, Clone)]
pub struct DeliveryMetrics {
    attempts: Family<OutcomeLabel, Counter>,
    durations: Histogram,
    lags: Arc<Mutex<HashMap<Lagging, Lag>>>,
}

/// A reader of the log whose delay is measured.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
enum Lagging {
    Webhook(WebhookId),
    Stream(&'static str),
}

#[derive(Debug, Clone, Copy, Default)]
struct Lag {
    events: u64,
    /// How long the oldest event has been waiting.
    waits: SignedDuration,
}

impl Lagging {
    const fn kind(self) -> &'static str {
        match self {
            Self::Webhook(_) => "webhooks",
            Self::Stream(broker) => broker,
        }
    }
}

#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
struct OutcomeLabel {
    outcome: &'static str,
}

#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
struct ReaderLabel {
    reader: &'static str,
}

impl DeliveryMetrics {
    pub(super) fn new(registry: &mut Registry) -> Self {
        let metrics =
            Self { attempts: Family::default(), durations: Histogram::new(DURATIONS), lags: Arc::default() };
        registry.register("delivery_attempts", "Requests to webhooks", metrics.attempts.clone());
        registry.register(
            "delivery_duration_seconds",
            "From the beginning of a request to a webhook to its end",
            metrics.durations.clone(),
        );
        let lags = Arc::clone(&metrics.lags);
        ask(registry, move |encoder| {
            let mut most = BTreeMap::from([("webhooks", Lag::default())]);
            for (reader, lag) in lags.lock().unwrap_or_else(PoisonError::into_inner).iter() {
                let of_kind = most.entry(reader.kind()).or_default();
                of_kind.events = of_kind.events.max(lag.events);
                of_kind.waits = of_kind.waits.max(lag.waits);
            }
            let of_each = |value: fn(&Lag) -> u64| {
                most.iter().map(|(reader, lag)| (ReaderLabel { reader }, value(lag))).collect::<Vec<_>>()
            };
            let help = "Events behind the cursor of the slowest reader of a kind, wanted or not";
            gauges(encoder, "delivery_lag_events", help, of_each(|lag| lag.events))?;
            let help = "How long the oldest event has waited that a reader of a kind is not done with";
            let seconds = |lag: &Lag| u64::try_from(lag.waits.as_secs()).unwrap_or(0);
            gauges(encoder, "delivery_lag_seconds", help, of_each(seconds))
        });
        metrics
    }

    /// Counts a request that has ended.
    pub fn attempted(&self, attempt: &Attempt) {
        let outcome = match (attempt.outcome(), attempt.failure) {
            (Outcome::Delivered, _) => "delivered",
            (_, Some(failure)) => failure.code(),
            (_, None) => "status",
        };
        self.attempts.get_or_create(&OutcomeLabel { outcome }).inc();
        self.durations.observe(std::time::Duration::from_millis(attempt.duration_ms).as_secs_f64());
    }

    /// Sets the number of events after an endpoint's cursor, and how long the oldest unfinished event has been
    /// waiting.
    pub fn webhook_lags(&self, webhook: WebhookId, events: u64, waits: Option<SignedDuration>) {
        self.note(Lagging::Webhook(webhook), events, waits);
    }

    /// Sets how far the stream to this broker is behind.
    pub fn stream_lags(&self, broker: &'static str, events: u64, waits: Option<SignedDuration>) {
        self.note(Lagging::Stream(broker), events, waits);
    }

    fn note(&self, reader: Lagging, events: u64, waits: Option<SignedDuration>) {
        let lag = Lag { events, waits: waits.unwrap_or_default() };
        self.lags.lock().unwrap_or_else(PoisonError::into_inner).insert(reader, lag);
    }

    /// Removes the values of an endpoint that was deleted.
    pub fn forget(&self, webhook: WebhookId) {
        self.lags.lock().unwrap_or_else(PoisonError::into_inner).remove(&Lagging::Webhook(webhook));
    }
}
