//! Traces as a collector receives them, and what happens without a collector.

mod collector;

use std::collections::BTreeSet;

use opentelemetry_proto::tonic::common::v1::any_value::Value;
use opentelemetry_proto::tonic::trace::v1::Span;
use reqwest::Client;
use whatsim::{FaultKind, StreamError};

use self::collector::Collector;
use super::installation::Installation;
use crate::sim::Sim;

/// A text that must not be exported. One request contains it in its query, and another request uses it as its
/// method.
const PLANTED: &str = "PLANTED15550100200";

fn attribute(span: &Span, name: &str) -> String {
    let found = span.attributes.iter().find(|attribute| attribute.key == name);
    match found.and_then(|attribute| attribute.value.clone()?.value) {
        Some(Value::StringValue(text)) => text,
        Some(Value::IntValue(number)) => number.to_string(),
        other => format!("{other:?}"),
    }
}

#[tokio::test]
async fn the_collector_gets_traces_of_requests_accounts_and_connection_attempts() -> anyhow::Result<()> {
    let sim = Sim::start().await?;
    let collector = Collector::start().await?;
    let mut installation = Installation::new(&sim).await?;
    installation.set("OTEL_EXPORTER_OTLP_ENDPOINT", &collector.endpoint);
    installation.set("OTEL_SERVICE_NAME", "front-desk-1");
    let (server, account, number) = installation.online(&sim).await?;
    sim.fault(&number, FaultKind::StreamError(StreamError { code: 503 }), 2)?;
    server.api.reaches(&account, "service_unavailable").await?;
    server.api.reaches(&account, "online").await?;
    let client = Client::builder().no_proxy().build()?;
    let asked = format!("{}/healthz?q={PLANTED}", server.base);
    client.get(&asked).header("x-request-id", "asked-by-the-test").send().await?;
    client.request(PLANTED.parse()?, format!("{}/{PLANTED}", server.base)).body(PLANTED).send().await?;
    assert_eq!(server.stop().await?, Some(0));

    let (services, spans, raw) = collector.all()?;
    assert_eq!(services, BTreeSet::from(["front-desk-1".to_owned()]));
    let names: BTreeSet<&str> = spans.iter().map(|span| span.name.as_str()).collect();
    for name in ["GET /healthz", "POST /api/v1/whatsapp/connect", "account", "connect", "_OTHER -"] {
        assert!(names.contains(name), "{name} is not among {names:?}");
    }
    let healthz = spans.iter().find(|span| span.name == "GET /healthz");
    let healthz = healthz.map(|span| {
        ["linekeeper.request.id", "http.route", "http.response.status_code"].map(|name| attribute(span, name))
    });
    assert_eq!(healthz, Some(["asked-by-the-test", "/healthz", "200"].map(str::to_owned)));
    let attempts: BTreeSet<[String; 2]> = spans
        .iter()
        .filter(|span| span.name == "connect")
        .map(|span| {
            assert_eq!(attribute(span, "linekeeper.account.id"), account);
            assert!(span.parent_span_id.is_empty(), "a trace of its own");
            ["linekeeper.connect.kind", "linekeeper.outcome"].map(|name| attribute(span, name))
        })
        .collect();
    for attempt in [["pairing", "ended"], ["linking", "connected"], ["login", "connected"]] {
        assert!(attempts.contains(&attempt.map(str::to_owned)), "{attempt:?} is not among {attempts:?}");
    }
    let secrets = [PLANTED, &number, "Ann", "Front desk", "owner@", installation.api_key(), "s.whatsapp.net"];
    for secret in secrets {
        let found = raw.windows(secret.len()).any(|window| window == secret.as_bytes());
        assert!(!found, "{secret} was sent");
    }
    sim.finish().await?;
    Ok(())
}

#[tokio::test]
async fn an_unreachable_collector_causes_one_warning_and_does_not_stop_requests() -> anyhow::Result<()> {
    let sim = Sim::start().await?;
    let mut installation = Installation::new(&sim).await?;
    // No program can listen on this port without special rights, so no collector answers.
    installation.set("OTEL_EXPORTER_OTLP_ENDPOINT", "http://127.0.0.1:1");
    installation.set("OTEL_BSP_SCHEDULE_DELAY", 20);
    installation.set("OTEL_BSP_MAX_QUEUE_SIZE", 16);
    let (server, account, _) = installation.online(&sim).await?;
    for _ in 0..200 {
        server.api.account(&account).await?;
    }
    let log = server.log().await?;
    assert_eq!(log.matches("takes no traces").count(), 1, "{log}");
    sim.finish().await?;
    Ok(())
}
