//! The composition root: the only module that knows all parts of the server. It opens them in order, starts the
//! server, and closes them in reverse order.

mod disk;
mod files;
mod opening;

use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use jiff::SignedDuration;
use linekeeper_model::clock::{Clock, SystemClock};
use linekeeper_model::destination::Allowed;
use linekeeper_model::id::WorkspaceId;
use linekeeper_model::secret::Secret;
use linekeeper_storage::{OpenError, Storage, StorageError};
use tokio::net::TcpListener;

use crate::accounts::{Dependencies, Limits, Pace, Registry};
use crate::analytics::{self, Counter};
use crate::backup::{self, Job, Reports};
use crate::config::{self, Config, ConfigError, JwtIssuer, JwtKeys};
use crate::credentials::external_name::{self, AssignError, ExternalName};
use crate::credentials::foreign_token::{ClaimNames, ForeignTokens, Trusted, TrustedKeys};
use crate::credentials::{KeyUses, Tokens};
use crate::delivery::email::{InvalidSmtp, Mailer, Notifier, Pauses, Queue, Sender, WeeklyReports};
use crate::delivery::live::Live;
use crate::delivery::streams::{self, Brokers, InvalidBroker, Streams};
use crate::delivery::webhooks::{self, Webhooks};
use crate::events::{self, Log};
use crate::guard::Guard;
use crate::http::{self, Admission, Capacity, Scrape, Services, Settings, Setup};
use crate::lifecycle::Lifecycle;
use crate::lock::{DataDirLock, LockError};
use crate::memory;
use crate::messages::{self, MediaSettings, Messages, Web};
use crate::open_files;
use crate::telemetry::Build;
use crate::telemetry::metrics::{Exposition, LogFigures, Metrics};
use crate::whatsapp::{self, CertificateCheckMissing, Connector};

/// Which WhatsApp server a build may connect to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Trust {
    /// Any server that has WhatsApp's certificate. The build must check certificates.
    WhatsAppCertificate,
    /// Only servers on this machine, because the build checks no certificates.
    LoopbackOnly,
}

/// Why the server cannot start.
#[derive(Debug, thiserror::Error)]
pub enum StartError {
    /// The configuration cannot be used.
    #[error(transparent)]
    Config(#[from] ConfigError),
    /// The build does not check WhatsApp's certificate. See [`Trust::WhatsAppCertificate`].
    #[error(transparent)]
    Certificate(#[from] CertificateCheckMissing),
    /// Another process uses this data directory.
    #[error(transparent)]
    Lock(#[from] LockError),
    /// The database or the vault (the encrypted store of sessions) cannot be opened.
    #[error(transparent)]
    Open(#[from] OpenError),
    /// The database failed.
    #[error(transparent)]
    Storage(#[from] StorageError),
    /// The workspace names in the configuration cannot be assigned to workspaces.
    #[error(transparent)]
    Names(#[from] AssignError),
    /// The HTTP client cannot be built.
    #[error(transparent)]
    Route(whatsapp::RouteError),
    /// The client that fetches the keys of the trusted token issuer (a CRM) cannot be built.
    #[error("the keys of the tokens' issuer cannot be asked for")]
    TokenKeys(#[source] Box<dyn std::error::Error + Send + Sync>),
    /// The client that sends webhooks cannot be built.
    #[error("webhooks cannot be sent")]
    Webhooks(#[source] Box<dyn std::error::Error + Send + Sync>),
    /// The address of a message broker is not usable.
    #[error(transparent)]
    Broker(#[from] InvalidBroker),
    /// The client that fetches files by URL cannot be built.
    #[error("files cannot be fetched by URL")]
    Files(#[source] Box<dyn std::error::Error + Send + Sync>),
    /// The server cannot listen on the address.
    #[error("cannot listen on {address}: {cause}")]
    Listen {
        /// The configured address.
        address: SocketAddr,
        /// The error of the operating system.
        cause: std::io::Error,
    },
}

/// A running server.
pub struct Running {
    /// The address that the server listens on.
    pub address: SocketAddr,
    /// The stored results of the last backups.
    pub backups: Reports,
    /// The one-time link that creates the Owner. `None` if there is an Owner already. The link is a secret.
    pub setup_link: Option<Secret<String>>,
    lifecycle: Lifecycle,
    storage: Storage,
    // The lock of the data directory. It is dropped last, because another process may use the directory only after
    // everything is closed.
    _lock: DataDirLock,
}

/// Opens everything and starts to serve. Accounts are restored in the background.
pub async fn start(
    config: &Config,
    trust: Trust,
    build: Build,
    lifecycle: &Lifecycle,
) -> Result<Running, StartError> {
    memory::return_large_blocks();
    whatsapp::install_crypto_provider();
    require_trust(config, trust)?;
    let trusted = trusted_tokens(config)?;
    let names = names_of_workspaces(config)?;
    let clock: Arc<dyn Clock> = Arc::new(SystemClock);
    let options = config.storage_options(holder())?;
    let smtp = mail_server(config)?;
    let lock = DataDirLock::take(&config.server.data_dir)?;
    let metrics = Metrics::new(build);
    let opening = async |options| Storage::open_observed(options, clock.clone(), metrics.storage()).await;
    let storage = opening::open(options, lifecycle.stopping(), opening).await?;

    external_name::apply(&storage, &names).await?;
    let owner_exists = storage.read().await?.members().owner_exists().await?;
    require_owner_off_loopback(config, owner_exists)?;
    let setup = if owner_exists { Setup::done() } else { Setup::offer(clock.now()) };

    let log = Log::new(storage.read().await?.events().last().await?);
    let tls = whatsapp::client_config();
    let foreign_tokens = trusted.map(|trusted| ForeignTokens::new(trusted, &tls, clock.clone())).transpose();
    let foreign_tokens = foreign_tokens.map_err(|cause| StartError::TokenKeys(cause.into()))?;
    let way = whatsapp_tls(config)?;
    let connector = Connector::new(config.whatsapp.endpoint.clone(), way, storage.clone(), clock.clone())
        .map_err(StartError::Route)?;
    let connector = Arc::new(connector);
    let accounts = Registry::new(Dependencies {
        storage: storage.clone(),
        log: log.clone(),
        connector: connector.clone(),
        clock: clock.clone(),
        metrics: metrics.accounts.clone(),
        lifecycle: lifecycle.clone(),
        pace: Arc::new(Pace::new(Limits {
            at_once: config.whatsapp.connect_at_once,
            burst: config.whatsapp.connect_burst,
            per_second: config.whatsapp.connect_rate,
            pairings: config.whatsapp.max_pairings,
        })),
        probe_every: config.whatsapp.probe_every(),
        max_accounts: config.whatsapp.max_connections,
    });

    let capacity = capacity(config);
    let (listener, address) = bind(config.server.listen)?;
    let base = config.base_url(address);
    let guard = Guard::new(Allowed::new(config.webhooks.allow_networks.clone()));
    let web = Web::new(guard.clone(), &tls).map_err(|cause| StartError::Files(cause.into()))?;
    let messages = Messages::new(messages::Dependencies {
        storage: storage.clone(),
        log: log.clone(),
        clock: clock.clone(),
        accounts: accounts.clone(),
        lifecycle: lifecycle.clone(),
        messages_per_minute: config.whatsapp.message_rate_limit,
        media: MediaSettings {
            store: files::store(config, lifecycle)?,
            most: config.media.most(),
            keep: config.media.keep(),
            base: base.clone(),
            web,
            ffmpeg: files::ffmpeg(),
        },
    });
    connector.deliver_to(Arc::new(messages.clone()));

    let http_metrics = metrics.http.clone();
    let delivery_metrics = metrics.delivery.clone();
    let stream_metrics = metrics.delivery.clone();
    let live =
        Live::new(storage.clone(), log.clone(), clock.clone(), metrics.live.clone(), Live::MOST_BEHIND);
    let scrape = Scrape::new(
        exposition(config, metrics, &accounts, &log, &storage, &messages),
        config.metrics.token.as_ref(),
    );
    let scrape = match config.metrics.listen {
        Some(listen) => {
            let (listener, address) = bind(listen)?;
            let router = http::metrics_router(scrape);
            let admission = Admission::new(Capacity::of_sockets(Capacity::FEWEST_SOCKETS), Vec::new());
            lifecycle
                .spawn("metrics", http::serve(listener, router, admission, lifecycle.stopping().clone()));
            tracing::info!(%address, "metrics are shown");
            None
        }
        // The metrics have no address of their own, so the API's address serves them if a token is configured.
        None => config.metrics.token.is_some().then_some(scrape),
    };
    let links = base.clone();
    let setup_link = setup.link(&base);
    let mailer = if smtp.is_some() { Mailer::on() } else { Mailer::off() };
    let webhooks = Webhooks::new(webhooks::Dependencies {
        storage: storage.clone(),
        log: log.clone(),
        clock: clock.clone(),
        guard,
        tls: whatsapp::client_config(),
        mailer: mailer.clone(),
        base_url: base.clone(),
        metrics: delivery_metrics,
    })
    .map_err(StartError::Webhooks)?;
    let streams = Streams::new(&Brokers {
        nats: config.streams.nats_url.clone(),
        amqp: config.streams.amqp_url.clone(),
        keep: config.events.keep(),
    })?;
    let of_streams = streams::Dependencies {
        storage: storage.clone(),
        log: log.clone(),
        clock: clock.clone(),
        metrics: stream_metrics,
    };
    let key_uses = KeyUses::default();
    let router = http::router(Services {
        storage: storage.clone(),
        accounts: accounts.clone(),
        messages: messages.clone(),
        log: log.clone(),
        clock: clock.clone(),
        tokens: Arc::new(Tokens::open(&storage).await?),
        foreign_tokens: foreign_tokens.clone(),
        key_uses: key_uses.clone(),
        setup: Arc::new(setup),
        mailer: mailer.clone(),
        webhooks: webhooks.clone(),
        live,
        streams: streams.clone(),
        config: Arc::new(Settings {
            public_url: config.server.public_url.clone(),
            trusted_proxies: config.server.trusted_proxies.clone(),
            capacity,
        }),
        base_url: base,
        metrics: http_metrics,
        scrape,
        stopping: lifecycle.stopping().clone(),
        tasks: lifecycle.clone(),
    });
    let backup_clock = clock.clone();
    let admission = Admission::new(capacity, config.server.trusted_proxies.clone());
    let serving = http::serve_with_probe_thread(listener, router, admission, lifecycle.stopping().clone())
        .map_err(|cause| StartError::Listen { address, cause })?;
    lifecycle.spawn_vital("http", serving);
    let pruning = http::prune_idempotency_keys(storage.clone(), lifecycle.stopping().clone());
    lifecycle.spawn("idempotency keys", pruning);
    lifecycle.spawn("restore", restore(accounts, lifecycle.clone()));
    lifecycle.spawn("media count", messages.clone().count_media());
    if let Some(keep) = config.messages.keep() {
        lifecycle.spawn("message retention", messages.clone().keep_few(keep));
    }
    lifecycle.spawn("media retention", messages.clone().keep_media_small());
    lifecycle.spawn("restore messages", restore_messages(messages, lifecycle.clone()));
    let stopping = || lifecycle.stopping().clone();
    if let Some(tokens) = foreign_tokens {
        lifecycle.spawn("token keys", tokens.keep_keys(stopping()));
    }
    lifecycle.spawn("webhooks", webhooks.run(stopping()));
    lifecycle.spawn("streams", streams.run(of_streams, stopping()));
    let counter = Counter {
        storage: storage.clone(),
        log: log.clone(),
        clock: clock.clone(),
        breath: Duration::from_secs(2),
    };
    lifecycle.spawn("analytics", counter.run(stopping()));
    let old_figures = analytics::prune(storage.clone(), clock.clone(), stopping());
    lifecycle.spawn("analytics retention", old_figures);
    lifecycle.spawn("memory", memory::keep_small(stopping()));
    lifecycle.spawn("key uses", key_uses.write(storage.clone(), stopping()));
    lifecycle.spawn("event tail", events::tail(log.clone(), storage.clone(), stopping()));
    if let Some(keep) = config.events.keep() {
        lifecycle.spawn("event retention", events::prune(storage.clone(), clock.clone(), keep, stopping()));
    }
    if let Some(sender) = smtp {
        let notifier = Notifier {
            storage: storage.clone(),
            clock: clock.clone(),
            log,
            mailer: mailer.clone(),
            base_url: links.clone(),
            pauses: Pauses {
                digest: SignedDuration::from_secs(config.notify.digest_seconds.into()),
                quiet: SignedDuration::from_secs(config.notify.quiet_seconds.into()),
            },
        };
        lifecycle.spawn("notifications", notifier.run(stopping()));
        let reports = WeeklyReports {
            storage: storage.clone(),
            clock: clock.clone(),
            mailer: mailer.clone(),
            base_url: links,
        };
        lifecycle.spawn("weekly reports", reports.run(stopping()));
        let queue = Queue { storage: storage.clone(), clock, sender, mailer };
        lifecycle.spawn("mail queue", queue.run(stopping()));
    }
    let backups = Reports::open(&storage).await?;
    if let (Some(place), Some(every)) = (config.backup.to.clone(), config.backup.period()) {
        let job = Job {
            storage: storage.clone(),
            data_dir: config.server.data_dir.clone(),
            place,
            s3: config.s3.clone(),
            keep: Some(config.backup.keep),
            is_noted: true,
            tls: whatsapp::client_config(),
            clock: backup_clock,
        };
        lifecycle.spawn("backup", backup::run(job, every, backups.clone(), stopping()));
    }
    Ok(Running { address, backups, setup_link, lifecycle: lifecycle.clone(), storage, _lock: lock })
}

impl Running {
    /// Runs until the server is asked to stop, then shuts down. Returns true if all tasks ended in time and no
    /// vital task ended early.
    pub async fn finish(self) -> bool {
        self.lifecycle.stopping().cancelled().await;
        tracing::info!("stopping");
        let in_order = self.lifecycle.drained().await;
        self.storage.close().await;
        in_order
    }
}

/// The TLS configuration for connections to WhatsApp.
fn whatsapp_tls(config: &Config) -> Result<Arc<rustls::ClientConfig>, ConfigError> {
    let Some(path) = &config.whatsapp.ca_file else { return Ok(whatsapp::client_config()) };
    let invalid = |reason: String| ConfigError::Invalid { setting: "WHATSAPP_CA_FILE".to_owned(), reason };
    let pem = std::fs::read(path).map_err(|error| invalid(format!("{}: {error}", path.display())))?;
    whatsapp::client_config_with(&pem).map_err(|error| invalid(error.to_string()))
}

/// The maximum number of simultaneous HTTP connections, within the process's limit of open files. Logs a warning
/// if it is lower than configured.
fn capacity(config: &Config) -> Capacity {
    /// The number of files reserved for databases, backups, mail and other outgoing connections, with a margin.
    const OTHERS: u64 = 256;
    /// The number of files reserved for each account. An account usually has one connection, and briefly two.
    const OF_AN_ACCOUNT: u64 = 2;
    let files = open_files::raise();
    let reserved = OTHERS + OF_AN_ACCOUNT * u64::from(config.whatsapp.max_connections);
    let capacity = Capacity::within(files, reserved, config.server.max_sockets);
    if capacity.sockets() < config.server.max_sockets as usize {
        tracing::warn!(
            open_files = files,
            http_connections = capacity.sockets(),
            wanted = config.server.max_sockets,
            "this process may open too few files for LINEKEEPER_MAX_SOCKETS and WHATSAPP_MAX_CONNECTIONS; raise its \
             hard limit (LimitNOFILE= of systemd, --ulimit nofile= of Docker, ulimit -Hn of a shell)"
        );
    }
    capacity
}

fn bind(address: SocketAddr) -> Result<(TcpListener, SocketAddr), StartError> {
    let unavailable = |cause| StartError::Listen { address, cause };
    let listener = http::listen(address).map_err(unavailable)?;
    let bound = listener.local_addr().map_err(unavailable)?;
    Ok((listener, bound))
}

/// The metrics, including the values that are read each time somebody fetches the metrics.
fn exposition(
    config: &Config,
    mut metrics: Metrics,
    accounts: &Registry,
    log: &Log,
    storage: &Storage,
    messages: &Messages,
) -> Exposition {
    metrics.watch_disk(disk::figures(config, messages));
    let (accounts, log, storage) = (accounts.clone(), log.clone(), storage.clone());
    metrics.count_accounts(move || accounts.census());
    metrics.watch_log(move || LogFigures { last_seq: log.last().get(), readers: log.subscribers() as u64 });
    metrics.watch_databases(move || storage.connections());
    metrics.exposition()
}

/// Restores all accounts. If the database is unreachable, waits and tries again.
async fn restore(accounts: Registry, lifecycle: Lifecycle) {
    const PAUSE: std::time::Duration = std::time::Duration::from_secs(2);
    loop {
        match accounts.restore().await {
            Ok(count) => return tracing::info!(accounts = count, "accounts restored"),
            Err(error) => tracing::error!(%error, "the accounts could not be read; trying again"),
        }
        tokio::select! {
            () = tokio::time::sleep(PAUSE) => {}
            () = lifecycle.stopping().cancelled() => return,
        }
    }
}

/// Starts the queues of the accounts that have waiting messages. If the database is unreachable, waits and tries
/// again.
async fn restore_messages(messages: Messages, lifecycle: Lifecycle) {
    const PAUSE: std::time::Duration = std::time::Duration::from_secs(2);
    loop {
        match messages.restore().await {
            Ok(count) => return tracing::info!(accounts = count, "message queues restored"),
            Err(error) => tracing::error!(%error, "the message queues could not be read; trying again"),
        }
        tokio::select! {
            () = tokio::time::sleep(PAUSE) => {}
            () = lifecycle.stopping().cancelled() => return,
        }
    }
}

fn require_trust(config: &Config, trust: Trust) -> Result<(), StartError> {
    match trust {
        Trust::WhatsAppCertificate => Ok(whatsapp::require_certificate_check()?),
        Trust::LoopbackOnly if config.whatsapp.endpoint.as_ref().is_some_and(config::is_loopback) => Ok(()),
        Trust::LoopbackOnly => Err(StartError::Config(ConfigError::Invalid {
            setting: "WHATSAPP_ENDPOINT".to_owned(),
            reason: "this build checks no certificate, so it must name a simulator on this machine, \
                     such as ws://127.0.0.1:7100/ws/chat"
                .to_owned(),
        })),
    }
}

/// The issuer whose tokens the server accepts besides its own tokens.
fn trusted_tokens(config: &Config) -> Result<Option<Trusted>, ConfigError> {
    let Some(JwtIssuer { issuer, audience, keys }) = config.jwt.trusted()? else { return Ok(None) };
    let keys = match keys {
        JwtKeys::Secret(secret) => TrustedKeys::Secret(secret),
        JwtKeys::Published(url) => TrustedKeys::Published(url),
    };
    let claims = ClaimNames {
        user: config.jwt.user_claim.clone(),
        workspace: config.jwt.workspace_claim.clone(),
        role: config.jwt.role_claim.clone(),
    };
    Ok(Some(Trusted { issuer, audience, keys, claims }))
}

/// The configured names by which tokens refer to workspaces.
fn names_of_workspaces(config: &Config) -> Result<BTreeMap<ExternalName, WorkspaceId>, ConfigError> {
    let invalid = |reason: String| ConfigError::Invalid { setting: "AUTH_JWT_WORKSPACES".to_owned(), reason };
    let mut names = BTreeMap::new();
    for (name, id) in &config.jwt.workspaces {
        let parsed: ExternalName = name.parse().map_err(|error| invalid(format!("`{name}` {error}")))?;
        if names.values().any(|named| named == id) || names.insert(parsed, *id).is_some() {
            return Err(invalid(format!("`{name}` or its workspace is given twice")));
        }
    }
    Ok(names)
}

/// A server without an Owner must listen only on loopback. Otherwise a stranger could be the first visitor and
/// become the Owner.
fn require_owner_off_loopback(config: &Config, owner_exists: bool) -> Result<(), ConfigError> {
    if owner_exists || config.server.listen.ip().is_loopback() {
        return Ok(());
    }
    Err(ConfigError::Invalid {
        setting: "LINEKEEPER_LISTEN".to_owned(),
        reason: format!(
            "{} can be reached from other machines, and there is no Owner yet; \
             first run `linekeeper owner create --email you@example.org --password-stdin`",
            config.server.listen
        ),
    })
}

/// The mail sender, if mail is configured.
fn mail_server(config: &Config) -> Result<Option<Sender>, ConfigError> {
    let (Some(url), Some(from)) = (&config.smtp.url, &config.smtp.from) else { return Ok(None) };
    let invalid = |InvalidSmtp { setting, reason }| ConfigError::Invalid {
        setting: setting.to_owned(),
        reason: reason.to_owned(),
    };
    Sender::new(url, from).map(Some).map_err(invalid)
}

/// The name under which this process holds leases. It is only for people who read the table.
fn holder() -> String {
    let host = std::fs::read_to_string("/proc/sys/kernel/hostname").unwrap_or_default();
    format!("{}:{}", host.trim(), std::process::id())
}
