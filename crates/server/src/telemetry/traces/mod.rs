//! Sends spans to an OpenTelemetry collector, by OTLP over HTTP. If no endpoint is configured, nothing of this is
//! started. Spans wait in a queue of limited size. Spans that do not fit into the queue, or that the collector
//! does not accept, are dropped. Only this module uses opentelemetry.

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

/// The target of spans that are only for traces. No log filter includes this target, so without a collector these
/// spans are off.
pub const TARGET: &str = "spans";

/// The time limit for exporting the last spans when the server stops.
const FLUSH_WITHIN: Duration = Duration::from_secs(5);

/// Why traces cannot be sent.
#[derive(Debug, thiserror::Error)]
#[error("OTEL_EXPORTER_OTLP_ENDPOINT: {0}")]
pub struct TracesError(String);

/// Exports spans until [`Traces::finish`] is called.
pub struct Traces(SdkTracerProvider);

impl Traces {
    /// Starts the export if an endpoint is configured. Call this on the runtime that will carry out the requests.
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
            // A batch that the collector does not accept is dropped and not sent again.
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

    /// The layer of the log subscriber that passes spans to the exporter.
    pub(super) fn layer(&self) -> impl Layer<Registry> + use<> {
        layer(&self.0)
    }

    /// Exports the remaining spans, if the network allows this within a few seconds.
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

/// Whether a span is exported. Log lines are never exported, because they contain more than a collector should
/// know.
fn is_wanted(metadata: &Metadata<'_>) -> bool {
    let target = metadata.target();
    let is_request = metadata.name() == "request" && target.starts_with("linekeeper::http");
    metadata.is_span() && (target == TARGET || is_request)
}
