//! How events leave: how far readers of the log are behind, and what came of requests.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

use linekeeper_model::id::WebhookId;
use linekeeper_model::webhook::{Attempt, Outcome};

use prometheus_client::encoding::EncodeLabelSet;
use prometheus_client::metrics::counter::Counter;
use prometheus_client::metrics::family::Family;
use prometheus_client::metrics::histogram::Histogram;
use prometheus_client::registry::Registry;

use super::asked::{ask, gauges};

/// Up to the longest that an endpoint may take.
const DURATIONS: [f64; 9] = [0.005, 0.01, 0.025, 0.1, 0.25, 1.0, 5.0, 15.0, 30.0];

/// Cheap to clone.
#[derive(Debug, Clone)]
pub struct DeliveryMetrics {
    attempts: Family<OutcomeLabel, Counter>,
    durations: Histogram,
    lags: Arc<Mutex<HashMap<WebhookId, u64>>>,
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
            let most =
                lags.lock().unwrap_or_else(PoisonError::into_inner).values().copied().max().unwrap_or(0);
            let lag = [(ReaderLabel { reader: "webhooks" }, most)];
            let help = "Events behind the cursor of the slowest reader of a kind, wanted or not";
            gauges(encoder, "delivery_lag_events", help, lag)
        });
        metrics
    }

    /// A request ended.
    pub fn attempted(&self, attempt: &Attempt) {
        let outcome = match (attempt.outcome(), attempt.failure) {
            (Outcome::Delivered, _) => "delivered",
            (_, Some(failure)) => failure.code(),
            (_, None) => "status",
        };
        self.attempts.get_or_create(&OutcomeLabel { outcome }).inc();
        self.durations.observe(std::time::Duration::from_millis(attempt.duration_ms).as_secs_f64());
    }

    /// So many events are behind the cursor of an endpoint.
    pub fn lags(&self, webhook: WebhookId, events: u64) {
        self.lags.lock().unwrap_or_else(PoisonError::into_inner).insert(webhook, events);
    }

    /// The endpoint is gone.
    pub fn forget(&self, webhook: WebhookId) {
        self.lags.lock().unwrap_or_else(PoisonError::into_inner).remove(&webhook);
    }
}
