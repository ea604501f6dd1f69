//! The sieve: it exports only those fields of spans that a collector may know, under the names of OpenTelemetry's
//! conventions. A new field of a span is not exported until it is listed here.

use std::borrow::Cow;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use opentelemetry::trace::{SpanKind, Status};
use opentelemetry::{KeyValue, Value};
use opentelemetry_sdk::Resource;
use opentelemetry_sdk::error::OTelSdkResult;
use opentelemetry_sdk::trace::{SpanData, SpanExporter};

/// linekeeper's names of the fields, and the names under which they are exported.
const FIELDS: [(&str, &str); 9] = [
    ("id", "linekeeper.request.id"),
    ("method", METHOD),
    ("route", ROUTE),
    ("status", STATUS),
    ("account", "linekeeper.account.id"),
    ("kind", "linekeeper.connect.kind"),
    ("outcome", "linekeeper.outcome"),
    ("reason", "linekeeper.reason"),
    ("attempt", "linekeeper.connect.attempt"),
];
const METHOD: &str = "http.request.method";
const ROUTE: &str = "http.route";
const STATUS: &str = "http.response.status_code";

/// The known methods. A caller may send any text as a method, so all others are exported as `_OTHER`.
const METHODS: [&str; 7] = ["GET", "POST", "PUT", "PATCH", "DELETE", "HEAD", "OPTIONS"];

/// An exporter that removes fields before it passes spans to the real exporter.
#[derive(Debug)]
pub(super) struct Sieve<E> {
    exporter: E,
    collector: String,
    failing: AtomicBool,
}

impl<E> Sieve<E> {
    /// Creates the sieve. `collector` is the collector's name in log lines.
    pub(super) fn new(exporter: E, collector: String) -> Self {
        Self { exporter, collector, failing: AtomicBool::new(false) }
    }
}

impl<E: SpanExporter> SpanExporter for Sieve<E> {
    async fn export(&self, batch: Vec<SpanData>) -> OTelSdkResult {
        let sent = self.exporter.export(batch.into_iter().map(sifted).collect()).await;
        // A failure is logged once per outage. The error is not logged, because its text may contain an address or the
        // collector's answer.
        if sent.is_err() && !self.failing.swap(true, Ordering::Relaxed) {
            let collector = &self.collector;
            tracing::warn!(collector, "the collector takes no traces; they are dropped until it does");
        }
        if sent.is_ok() {
            self.failing.store(false, Ordering::Relaxed);
        }
        sent
    }

    fn shutdown_with_timeout(&self, timeout: Duration) -> OTelSdkResult {
        self.exporter.shutdown_with_timeout(timeout)
    }

    fn set_resource(&mut self, resource: &Resource) {
        self.exporter.set_resource(resource);
    }
}

fn sifted(mut span: SpanData) -> SpanData {
    span.attributes = span.attributes.into_iter().filter_map(renamed).collect();
    span.events = Default::default();
    span.links = Default::default();
    if span.name == "request" {
        span.span_kind = SpanKind::Server;
        span.name = Cow::Owned(format!("{} {}", text(&span, METHOD), text(&span, ROUTE)));
        let status = span.attributes.iter().find(|attribute| attribute.key.as_str() == STATUS);
        if matches!(status.map(|status| &status.value), Some(Value::I64(500..))) {
            span.status = Status::error("");
        }
    }
    span
}

fn renamed(attribute: KeyValue) -> Option<KeyValue> {
    let (_, name) = FIELDS.iter().find(|(field, _)| *field == attribute.key.as_str())?;
    let value = match attribute.value {
        Value::String(method) if *name == METHOD && !METHODS.contains(&method.as_str()) => {
            Value::from("_OTHER")
        }
        value => value,
    };
    Some(KeyValue::new(*name, value))
}

fn text(span: &SpanData, name: &str) -> String {
    let found = span.attributes.iter().find(|attribute| attribute.key.as_str() == name);
    found.map_or_else(String::new, |attribute| attribute.value.as_str().into_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_listed_attributes_are_exported() {
        assert_eq!(renamed(KeyValue::new("phone", "15550100200")), None);
        assert_eq!(renamed(KeyValue::new("status", 503)), Some(KeyValue::new(STATUS, 503)));
        let made_up = renamed(KeyValue::new("method", "SECRET15550100200"));
        assert_eq!(made_up, Some(KeyValue::new(METHOD, "_OTHER")));
        assert_eq!(renamed(KeyValue::new("method", "GET")), Some(KeyValue::new(METHOD, "GET")));
    }
}
