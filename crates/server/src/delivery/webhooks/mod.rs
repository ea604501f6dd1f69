//! Webhooks: every endpoint is a reader of the log with its own task, cursor and rows. Events are delivered at least
//! once, in order within each account, and no endpoint waits for another. docs/WEBHOOKS.md says what is promised to
//! receivers.

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

/// The pause after an error that no endpoint caused.
const REST: Duration = Duration::from_secs(2);

/// What webhooks work with.
pub struct Dependencies {
    /// Endpoints, deliveries, events.
    pub storage: Storage,
    /// Says when something happened.
    pub log: Log,
    /// The time.
    pub clock: Arc<dyn Clock>,
    /// Where requests may go.
    pub guard: Guard,
    /// Whom to trust.
    pub tls: Arc<ClientConfig>,
    /// Mails members about failing endpoints.
    pub mailer: Mailer,
    /// The address of the links in mails.
    pub base_url: Url,
    /// What is counted.
    pub metrics: DeliveryMetrics,
}

/// Webhooks as the API uses them. Cheap to clone.
#[derive(Clone)]
pub struct Webhooks {
    engine: Arc<Engine>,
    guard: Guard,
    told: watch::Sender<u64>,
}

/// Why an address cannot be used for an endpoint.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum UnreachableUrl {
    /// The address has no TLS, so that others could read the requests.
    #[error("must begin with https://, unless WEBHOOK_ALLOW_NETWORKS names its network")]
    PlainHttp,
    /// The address is on this machine, in a private network, or otherwise not public.
    #[error("must not lead into a private network, unless WEBHOOK_ALLOW_NETWORKS names it")]
    Inside,
}

impl Webhooks {
    /// Fails if no HTTP client can be created.
    pub fn new(dependencies: Dependencies) -> Result<Self, Box<dyn std::error::Error + Send + Sync>> {
        let Dependencies { storage, log, clock, guard, tls, mailer, base_url, metrics } = dependencies;
        let sender = Sender::new(guard.clone(), &tls, clock.clone())?;
        let engine = Engine { storage, log, clock, sender, mailer, base_url, metrics };
        Ok(Self { engine: Arc::new(engine), guard, told: watch::Sender::new(0) })
    }

    /// Sends events until `stopping`.
    pub async fn run(self, stopping: CancellationToken) {
        Arc::clone(&self.engine).run(self.told.subscribe(), stopping).await;
    }

    /// An endpoint was changed, or there is something to send again. Call this after the commit.
    pub fn changed(&self) {
        self.told.send_modify(|times| *times += 1);
    }

    /// Refuses an address to which no request would be sent. Host names of `https` addresses are resolved only when
    /// something is sent.
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

    /// Sends a test event now. `None` if the endpoint's secret cannot be opened.
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
