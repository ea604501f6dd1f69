//! What all handlers share: the services that `app` passes in, and data that only HTTP needs.

use std::sync::{Arc, LazyLock};

use linekeeper_model::clock::Clock;
use linekeeper_model::network::Network;
use linekeeper_storage::Storage;
use tokio_util::sync::CancellationToken;
use url::Url;

use super::auth::strangers::Strangers;
use super::auth::{Throttle, Writes};
use super::document::Document;
use super::request::client_address::Behind;
use super::request::under_way::Requests;
use super::routes::metrics::Scrape;
use super::routes::pair::sessions::Sessions;
use super::routes::setup::Setup;
use super::settings::Settings;
use super::socket_io;
use crate::accounts::Registry;
use crate::credentials::foreign_token::ForeignTokens;
use crate::credentials::{KeyUses, Passwords, Tokens};
use crate::delivery::email::Mailer;
use crate::delivery::live::Live;
use crate::delivery::streams::Streams;
use crate::delivery::webhooks::Webhooks;
use crate::events::Log;
use crate::lifecycle::Lifecycle;
use crate::messages::Messages;
use crate::telemetry::metrics::HttpMetrics;

/// Everything that the HTTP front needs.
#[derive(Clone)]
pub struct Services {
    /// The database.
    pub storage: Storage,
    /// The accounts that this process runs.
    pub accounts: Registry,
    /// Messages in both directions.
    pub messages: Messages,
    /// Wakes callers that wait for events.
    pub log: Log,
    /// The time.
    pub clock: Arc<dyn Clock>,
    /// Access tokens.
    pub tokens: Arc<Tokens>,
    /// Checks the tokens of a CRM, if the server trusts one.
    pub foreign_tokens: Option<ForeignTokens>,
    /// Records when API keys are used.
    pub key_uses: KeyUses,
    /// The one-time link of the first start.
    pub setup: Arc<Setup>,
    /// Puts e-mails into the queue, and wakes the worker that sends them. Knows whether mail is configured.
    pub mailer: Mailer,
    /// Sends events to endpoints.
    pub webhooks: Webhooks,
    /// Sends events to live listeners.
    pub live: Live,
    /// Whether the brokers accept events.
    pub streams: Streams,
    /// The settings of the HTTP server.
    pub config: Arc<Settings>,
    /// The address of this server for people. Links to this server begin with it.
    pub base_url: Url,
    /// The metrics of the HTTP server.
    pub metrics: HttpMetrics,
    /// The metrics endpoint, if it is served here.
    pub scrape: Option<Scrape>,
    /// Cancelled when the server begins to stop.
    pub stopping: CancellationToken,
    /// Runs tasks that must not end with their connection.
    pub tasks: Lifecycle,
}

/// The state of all routes.
pub(super) type Shared = Arc<Http>;

/// The OpenAPI document. It is built when it is first needed, because building it takes some time.
pub(super) type LateDocument = Arc<LazyLock<Document, Box<dyn FnOnce() -> Document + Send>>>;

pub(super) struct Http {
    pub storage: Storage,
    pub accounts: Registry,
    pub messages: Messages,
    pub log: Log,
    pub clock: Arc<dyn Clock>,
    pub tokens: Arc<Tokens>,
    pub foreign_tokens: Option<ForeignTokens>,
    pub key_uses: KeyUses,
    pub setup: Arc<Setup>,
    pub mailer: Mailer,
    pub webhooks: Webhooks,
    pub live: Live,
    pub streams: Streams,
    pub config: Arc<Settings>,
    pub base_url: Url,
    pub metrics: HttpMetrics,
    pub stopping: CancellationToken,
    pub tasks: Lifecycle,
    pub passwords: Passwords,
    pub throttle: Throttle,
    pub requests: Arc<Requests>,
    pub writes: Arc<Writes>,
    pub strangers: Strangers,
    pub document: LateDocument,
    pub pair_sessions: Sessions,
    pub socket_sessions: socket_io::Sessions,
}

impl Http {
    pub fn new(services: Services, document: LateDocument) -> Shared {
        let Services {
            storage,
            accounts,
            messages,
            log,
            clock,
            tokens,
            foreign_tokens,
            key_uses,
            setup,
            mailer,
            webhooks,
            live,
            streams,
            config,
            base_url,
            metrics,
            scrape: _,
            stopping,
            tasks,
        } = services;
        let passwords = Passwords::new(&mut rand::rng());
        let throttle = Throttle::default();
        let requests = Requests::new(config.capacity);
        let writes = Arc::new(Writes::new(Arc::clone(&clock)));
        let strangers = Strangers::default();
        let pair_sessions = Sessions::default();
        let socket_sessions = socket_io::Sessions::default();
        Arc::new(Self {
            storage,
            accounts,
            messages,
            log,
            clock,
            tokens,
            foreign_tokens,
            key_uses,
            setup,
            mailer,
            webhooks,
            live,
            streams,
            config,
            base_url,
            metrics,
            stopping,
            tasks,
            passwords,
            throttle,
            requests,
            writes,
            strangers,
            document,
            pair_sessions,
            socket_sessions,
        })
    }
}

impl Behind for Shared {
    fn trusted_proxies(&self) -> &[Network] {
        &self.config.trusted_proxies
    }
}
