//! Spans for an OpenTelemetry collector, by OTLP over HTTP. Without an endpoint, nothing here is loaded. Spans wait
//! in a bounded queue. Spans that do not fit, or that the collector does not accept, are dropped. The only user of
//! opentelemetry.

mod client;
mod sieve;

use std::sync::Arc;
use std::time::Duration;

use opentelemetry::KeyValue;
use opentelemetry::trace::TracerProvider as _;
use opentelemetry_otlp::{RetryPolicy, SpanExporter, WithExportConfig as _, WithHttpConfig as _};
use opentelemetry_sdk::Resource;
use opentelemetry_sdk::trace::SdkTracerProvider;
use rustls::ClientConfig;
use tracing::{Metadata, Subscriber};
use tracing_subscriber::filter::FilterFn;
use tracing_subscriber::registry::LookupSpan;
use tracing_subscriber::{Layer, Registry};

use self::client::Client;
use self::sieve::Sieve;
use super::Build;
use crate::config;

/// The target of spans that are only for traces. No log filter knows it, so without a collector they are off.
pub const TARGET: &str = "spans";

/// The time limit for the final export.
const FLUSH_WITHIN: Duration = Duration::from_secs(5);

/// Traces cannot be sent.
#[derive(Debug, thiserror::Error)]
#[error("OTEL_EXPORTER_OTLP_ENDPOINT: {0}")]
pub struct TracesError(String);

/// Exports spans until this is finished.
pub struct Traces(SdkTracerProvider);

impl Traces {
    /// Begins to export, if an endpoint is configured. Must be called on the runtime that will carry out the
    /// requests.
    pub fn start(
        config: &config::Traces,
        build: Build,
        tls: &Arc<ClientConfig>,
    ) -> Result<Option<Self>, TracesError> {
        let Some(endpoint) = config.traces_endpoint() else { return Ok(None) };
        let client = Client::new(tls).map_err(|error| TracesError(error.to_string()))?;
        let exporter = SpanExporter::builder()
            .with_http()
            .with_http_client(client)
            .with_endpoint(endpoint.as_str())
            // Spans that the collector does not accept now are dropped. The next batch tries again.
            .with_retry_policy(RetryPolicy::disabled())
            .build()
            .map_err(|error| TracesError(error.to_string()))?;
        let collector = endpoint.host_str().unwrap_or_default().to_owned();
        let resource = Resource::builder()
            .with_service_name(config.service_name.clone())
            .with_attributes([
                KeyValue::new("service.version", build.version),
                KeyValue::new("vcs.ref.head.revision", build.commit),
            ])
            .build();
        let provider = SdkTracerProvider::builder()
            .with_batch_exporter(Sieve::new(exporter, collector))
            .with_resource(resource)
            .build();
        Ok(Some(Self(provider)))
    }

    /// The layer of the subscriber that passes spans to it.
    pub(super) fn layer(&self) -> impl Layer<Registry> + use<> {
        layer(&self.0)
    }

    /// Exports the remaining spans, as far as the network allows within a few seconds.
    pub async fn finish(self) {
        let flushing = tokio::task::spawn_blocking(move || self.0.shutdown_with_timeout(FLUSH_WITHIN));
        if !matches!(flushing.await, Ok(Ok(()))) {
            tracing::debug!("the last spans could not be sent");
        }
    }
}

fn layer<S>(provider: &SdkTracerProvider) -> impl Layer<S> + use<S>
where
    S: Subscriber + for<'span> LookupSpan<'span>,
{
    tracing_opentelemetry::layer()
        .with_tracer(provider.tracer("linekeeper"))
        .with_location(false)
        .with_threads(false)
        .with_target(false)
        .with_tracked_inactivity(false)
        .with_context_activation(false)
        .with_filter(FilterFn::new(is_wanted as fn(&Metadata<'_>) -> bool))
}

/// Log lines are never exported, because they contain more than a collector should know.
fn is_wanted(metadata: &Metadata<'_>) -> bool {
    let target = metadata.target();
    let is_request = metadata.name() == "request" && target.starts_with("linekeeper::http");
    metadata.is_span() && (target == TARGET || is_request)
}
