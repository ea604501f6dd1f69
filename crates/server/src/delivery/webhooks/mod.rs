//! Webhooks. Each endpoint (the target of a webhook) is a reader of the log, with its own task, cursor and database
//! rows. Events are delivered at least once, and in order within each account. No endpoint waits for another.
//! docs/WEBHOOKS.md says what receivers can rely on.

mod engine;
mod lanes;
mod letter;
mod outbox;
mod rights;
mod runner;
mod send;
mod sign;

pub use sign::{InvalidSecret, read_secret, secret_text, signature};

use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use linekeeper_model::clock::Clock;
use linekeeper_model::id::EventId;
use linekeeper_model::webhook::{Attempt, Endpoint, EndpointUrl};
use linekeeper_storage::Storage;
use rustls::ClientConfig;
use serde_json::json;
use tokio::sync::watch;
use tokio_util::sync::CancellationToken;
use url::{Host, Url};

use self::engine::Engine;
use self::send::{Letter, Sender};
use crate::delivery::email::Mailer;
use crate::events::Log;
use crate::guard::{Guard, Refused};
use crate::telemetry::metrics::DeliveryMetrics;

/// The pause after an error that was not caused by an endpoint.
const REST: Duration = Duration::from_secs(2);

/// What webhooks need.
pub struct Dependencies {
    /// The database with endpoints, deliveries and events.
    pub storage: Storage,
    /// Notifies about new events.
    pub log: Log,
    /// The clock.
    pub clock: Arc<dyn Clock>,
    /// Decides to which addresses requests may be sent.
    pub guard: Guard,
    /// The TLS configuration, which says which certificates are trusted.
    pub tls: Arc<ClientConfig>,
    /// Sends members emails about failing endpoints.
    pub mailer: Mailer,
    /// The base URL of the links in emails.
    pub base_url: Url,
    /// Counters for metrics.
    pub metrics: DeliveryMetrics,
}

/// The interface of webhooks for the API. Cloning it is cheap.
#[derive(Clone)]
pub struct Webhooks {
    engine: Arc<Engine>,
    guard: Guard,
    told: watch::Sender<u64>,
}

/// Why a URL cannot be used for an endpoint.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum UnreachableUrl {
    /// The URL has no TLS, so that others could read the requests.
    #[error("must begin with https://, unless WEBHOOK_ALLOW_NETWORKS names its network")]
    PlainHttp,
    /// The URL leads to this machine, into a private network, or to another address that is not public.
    #[error("must not lead into a private network, unless WEBHOOK_ALLOW_NETWORKS names it")]
    Inside,
}

impl Webhooks {
    /// Creates the webhooks. Returns an error if no HTTP client can be created.
    pub fn new(dependencies: Dependencies) -> Result<Self, Box<dyn std::error::Error + Send + Sync>> {
        let Dependencies { storage, log, clock, guard, tls, mailer, base_url, metrics } = dependencies;
        let sender = Sender::new(guard.clone(), &tls, clock.clone())?;
        let engine = Engine { storage, log, clock, sender, mailer, base_url, metrics };
        Ok(Self { engine: Arc::new(engine), guard, told: watch::Sender::new(0) })
    }

    /// Sends events until `stopping` is cancelled.
    pub async fn run(self, stopping: CancellationToken) {
        Arc::clone(&self.engine).run(self.told.subscribe(), stopping).await;
    }

    /// Announces that an endpoint was changed, or that events must be sent again. Call this after the commit.
    pub fn changed(&self) {
        self.told.send_modify(|times| *times += 1);
    }

    /// Checks the URL of an endpoint, and refuses a URL to which no request would be sent. The host name of an
    /// `https` URL is not checked here: it is resolved only when a request is sent.
    pub async fn check(&self, url: &EndpointUrl) -> Result<(), UnreachableUrl> {
        let is_name = matches!(url.as_url().host(), Some(Host::Domain(_)));
        if is_name && !url.is_plain_http() {
            return Ok(());
        }
        match self.guard.resolve(url.as_url()).await {
            Ok(found) if url.is_plain_http() && !found.is_named => Err(UnreachableUrl::PlainHttp),
            Ok(_) => Ok(()),
            Err(Refused::Inside) if !is_name => Err(UnreachableUrl::Inside),
            Err(_) => Err(UnreachableUrl::PlainHttp),
        }
    }

    /// Sends a test event now. Returns `None` if the endpoint's secret cannot be decrypted.
    pub async fn test(&self, endpoint: &Endpoint) -> Option<Attempt> {
        let private = endpoint.private.as_ref()?;
        let now = self.engine.clock.now();
        let id = EventId::generate(now, &mut rand::rng()).to_string();
        let envelope = json!({
            "id": id, "seq": null, "type": "webhook.test", "workspaceId": endpoint.workspace_id, "accountId": null,
            "occurredAt": now, "data": { "webhookId": endpoint.id },
        });
        let letter = Letter { id, body: Bytes::from(envelope.to_string()) };
        let within = Duration::from_secs(endpoint.timeout_seconds.into());
        let reply = self.engine.sender.send(private, &letter, within).await;
        self.engine.metrics.attempted(&reply.attempt);
        Some(reply.attempt)
    }
}
