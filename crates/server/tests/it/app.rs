//! A server without sockets: the real router over a real database. Tests move its clock. In place of WhatsApp, there
//! is a socket that accepts connections and never answers.

use std::collections::BTreeSet;
use std::num::NonZeroU32;
use std::sync::Arc;
use std::time::Duration;

use futures_util::future::BoxFuture;
use http::{Method, Request, header};
use linekeeper::accounts::{Dependencies, Limits, Pace, Registry};
use linekeeper::credentials::api_key::{self, NewApiKey};
use linekeeper::credentials::foreign_token::{ForeignTokens, Trusted};
use linekeeper::credentials::{KeyUses, Password, Passwords, Tokens};
use linekeeper::delivery::email::Mailer;
use linekeeper::delivery::live::Live;
use linekeeper::delivery::streams::Streams;
use linekeeper::delivery::webhooks::{self, Webhooks};
use linekeeper::events::Log;
use linekeeper::guard::Guard;
use linekeeper::http::{Admission, Services, Settings, Setup};
use linekeeper::lifecycle::Lifecycle;
use linekeeper::media::Store;
use linekeeper::messages::{self, MediaSettings, Messages, Web};
use linekeeper::telemetry::Build;
use linekeeper::telemetry::metrics::{DeliveryMetrics, Exposition, LogFigures, Metrics};
use linekeeper::whatsapp::{self, Connector};
use linekeeper_model::access::{Permission, Role};
use linekeeper_model::account::{Account, Desired};
use linekeeper_model::audit::By;
use linekeeper_model::clock::Clock as _;
use linekeeper_model::destination::Allowed;
use linekeeper_model::event::Seq;
use linekeeper_model::id::{AccountId, UserId, WorkspaceId};
use linekeeper_model::mail::Mail;
use linekeeper_model::secret::Secret;
use linekeeper_model::status::{Reason, Status};
use linekeeper_model::user::{Member, Workspace};
use linekeeper_storage::Storage;
use linekeeper_storage::testing::{Databases, Inspector, TestDatabase};
use serde_json::{Value, json};
use tempfile::TempDir;
use tokio::net::TcpListener;
use tower::ServiceExt as _;
use url::Url;

use crate::answer::Answer;
use crate::time::MovableClock;

/// The password of all users in tests.
pub const PASSWORD: &str = "correct horse battery";

/// A server under test.
pub struct App {
    pub storage: Storage,
    pub registry: Registry,
    pub log: Log,
    pub clock: Arc<MovableClock>,
    pub setup_token: Option<String>,
    services: Services,
    kept: Option<Kept>,
    pub lifecycle: Lifecycle,
    pub exposition: Exposition,
    pub delivery_metrics: DeliveryMetrics,
    _silent_whatsapp: TcpListener,
    database: TestDatabase,
    files: TempDir,
}

/// A router that answers every request of a test.
type Kept = Box<dyn Fn(Request<String>) -> BoxFuture<'static, Answer> + Send + Sync>;

/// A user with a credential.
pub struct Caller<'a> {
    app: &'a App,
    header: (&'static str, String),
    pub user: Member,
}

impl App {
    /// A server that has never been started and offers a setup link.
    pub async fn fresh() -> Self {
        Self::with(true, Settings::default()).await
    }

    /// A server without a setup link. Tests add the users directly.
    pub async fn new() -> Self {
        Self::with(false, Settings::default()).await
    }

    /// A server that allows more accounts than tests usually need.
    pub async fn with_room_for(accounts: u32) -> Self {
        Self::build(false, Settings::default(), accounts).await.restored().await
    }

    /// A server that has not restored its accounts yet.
    pub async fn starting() -> Self {
        Self::build(false, Settings::default(), 3).await
    }

    pub async fn with(fresh: bool, settings: Settings) -> Self {
        Self::build(fresh, settings, 3).await.restored().await
    }

    async fn restored(self) -> Self {
        self.registry.restore().await.unwrap();
        self
    }

    async fn build(fresh: bool, settings: Settings, max_accounts: u32) -> Self {
        whatsapp::install_crypto_provider();
        let clock = Arc::new(MovableClock::default());
        // scripts/test.sh runs the whole suite on each database.
        let database = match std::env::var("TEST_DATABASE").as_deref() {
            Ok("postgres") => Databases::postgres_with_tables().await,
            _ => Databases::sqlite(),
        };
        let mut metrics = Metrics::new(Build::of_commit("0123456789ab"));
        let storage =
            Storage::open_observed(database.options("test"), clock.clone(), metrics.storage()).await.unwrap();
        let lifecycle = Lifecycle::new();
        let silent = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let endpoint = Url::parse(&format!("ws://{}/ws/chat", silent.local_addr().unwrap())).unwrap();
        let connector =
            Connector::new(Some(endpoint), whatsapp::client_config(), storage.clone(), clock.clone())
                .unwrap();
        let log = Log::new(Seq::START);
        let registry = Registry::new(Dependencies {
            storage: storage.clone(),
            log: log.clone(),
            connector: Arc::new(connector),
            clock: clock.clone(),
            metrics: metrics.accounts.clone(),
            lifecycle: lifecycle.clone(),
            pace: Arc::new(Pace::new(Limits {
                at_once: NonZeroU32::MAX,
                burst: NonZeroU32::MAX,
                per_second: NonZeroU32::MAX,
                pairings: NonZeroU32::MAX,
            })),
            probe_every: None,
            max_accounts,
        });
        let files = tempfile::tempdir().unwrap();
        let messages = Messages::new(messages::Dependencies {
            storage: storage.clone(),
            log: log.clone(),
            clock: clock.clone(),
            accounts: registry.clone(),
            lifecycle: lifecycle.clone(),
            messages_per_minute: 0,
            media: MediaSettings {
                store: Store::in_folder(files.path().join("media"), None),
                ffmpeg: None,
                most: 1_000_000,
                keep: Some(Duration::from_secs(2 * 24 * 60 * 60)),
                base: Url::parse("http://127.0.0.1:8080").unwrap(),
                web: Web::new(Guard::default(), &whatsapp::client_config()).unwrap(),
            },
        });
        let setup = if fresh { Setup::offer(clock.now()) } else { Setup::done() };
        let link = setup.link(&Url::parse("http://127.0.0.1:8080").unwrap());
        let base_url = Url::parse("http://127.0.0.1:8080").unwrap();
        let webhooks = Webhooks::new(webhooks::Dependencies {
            storage: storage.clone(),
            log: log.clone(),
            clock: clock.clone(),
            guard: Guard::new(Allowed::new(vec!["127.0.0.0/8".parse().unwrap()])),
            tls: whatsapp::client_config(),
            mailer: Mailer::on(),
            base_url: base_url.clone(),
            metrics: metrics.delivery.clone(),
        });
        let services = Services {
            storage: storage.clone(),
            accounts: registry.clone(),
            messages,
            log: log.clone(),
            clock: clock.clone(),
            tokens: Arc::new(Tokens::open(&storage).await.unwrap()),
            foreign_tokens: None,
            key_uses: KeyUses::default(),
            setup: Arc::new(setup),
            mailer: Mailer::off(),
            webhooks: webhooks.unwrap(),
            streams: Streams::default(),
            live: Live::new(
                storage.clone(),
                log.clone(),
                clock.clone(),
                metrics.live.clone(),
                Live::MOST_BEHIND,
            ),
            config: Arc::new(settings),
            base_url,
            metrics: metrics.http.clone(),
            scrape: None,
            stopping: lifecycle.stopping().clone(),
            tasks: lifecycle.clone(),
        };
        let (accounts, figures, databases) = (registry.clone(), log.clone(), storage.clone());
        metrics.count_accounts(move || accounts.census());
        metrics.watch_log(move || LogFigures { last_seq: figures.last().get(), readers: 0 });
        metrics.watch_databases(move || databases.connections());
        Self {
            storage,
            registry,
            log,
            clock,
            setup_token: link.map(|link| link.expose().rsplit_once('=').unwrap().1.to_owned()),
            services,
            kept: None,
            lifecycle,
            delivery_metrics: metrics.delivery.clone(),
            exposition: metrics.exposition(),
            _silent_whatsapp: silent,
            database,
            files,
        }
    }

    /// From now on, the server disconnects a live listener that is this many events behind.
    pub fn cut_off_behind(&mut self, events: u32) {
        let metrics = self.services.live.metrics().clone();
        self.services.live =
            Live::new(self.storage.clone(), self.log.clone(), self.clock.clone(), metrics, events);
    }

    /// From now on, tokens of this issuer are also accepted.
    pub fn trust(&mut self, trusted: Trusted) {
        let tokens = ForeignTokens::new(trusted, &whatsapp::client_config(), self.clock.clone()).unwrap();
        self.lifecycle.spawn("token keys", tokens.clone().keep_keys(self.lifecycle.stopping().clone()));
        self.services.foreign_tokens = Some(tokens);
    }

    /// From now on, the server reports the health of these streams.
    pub fn publish_to(&mut self, streams: Streams) {
        self.services.streams = streams;
    }

    /// From now on, the server has mail configured, but no mail is delivered. Mails stay in the queue.
    pub fn send_mail(&mut self) {
        self.services.mailer = Mailer::on();
    }

    /// Takes all waiting mails out of the queue and returns them, oldest first.
    pub async fn mails(&self) -> Vec<Mail> {
        let mut found = Vec::new();
        let mut tx = self.storage.begin().await.unwrap();
        while let Some(next) = tx.mail().next().await.unwrap() {
            found.extend(tx.mail().message(next.id).await.unwrap());
            tx.mail().delete(next.id).await.unwrap();
        }
        tx.commit().await.unwrap();
        found
    }

    /// Direct access to the rows of the database, without the server.
    pub async fn rows(&self) -> Inspector {
        self.database.inspect_product().await
    }

    /// The services for a new router. A new router remembers nothing of earlier requests.
    pub fn services(&self) -> Services {
        self.services.clone()
    }

    /// The files of messages that are on disk.
    pub async fn files(&self) -> Vec<String> {
        let mut found = Vec::new();
        for account in std::fs::read_dir(self.files.path().join("media")).into_iter().flatten() {
            for file in std::fs::read_dir(account.unwrap().path()).unwrap() {
                found.push(file.unwrap().path().to_str().unwrap().to_owned());
            }
        }
        found
    }

    /// The limits on connections, as configured.
    pub fn admission(&self) -> Arc<Admission> {
        let Settings { capacity, trusted_proxies, .. } = &*self.services.config;
        Admission::new(*capacity, trusted_proxies.clone())
    }

    /// From now on, one router answers all requests, so that it remembers data between requests.
    pub fn keep_router(&mut self) {
        let router = linekeeper::http::router(self.services());
        self.kept = Some(Box::new(move |request| {
            let answered = router.clone().oneshot(request);
            Box::pin(async move { Answer::of(answered.await.unwrap()).await })
        }));
    }

    pub async fn send(&self, request: Request<String>) -> Answer {
        match &self.kept {
            Some(kept) => kept(request).await,
            None => send(self.services(), request).await,
        }
    }

    pub async fn get(&self, path: &str) -> Answer {
        self.send(request(Method::GET, path).body(String::new()).unwrap()).await
    }

    pub async fn post(&self, path: &str, body: Value) -> Answer {
        self.send(json_request(Method::POST, path, &body).body(text_of(&body)).unwrap()).await
    }

    /// Adds a user with this role to `workspace`, or to a new workspace.
    pub async fn add_user(&self, email: &str, role: Role, workspace: Option<WorkspaceId>) -> Member {
        let now = self.clock.now();
        let id = UserId::generate(now, &mut rand::rng());
        let made = workspace.is_none().then(|| Workspace {
            id: WorkspaceId::generate(now, &mut rand::rng()),
            name: "Test".to_owned(),
            time_zone: "UTC".to_owned(),
            external_id: None,
            created_at: now,
        });
        let workspace_id = made.as_ref().map_or_else(|| workspace.unwrap(), |made| made.id);
        let email = email.parse().unwrap();
        let password = Password::new(Secret::new(PASSWORD.to_owned())).unwrap();
        let passwords = Passwords::new(&mut rand::rng());
        let hash = passwords.hash(password).await.unwrap();
        let mut tx = self.storage.begin().await.unwrap();
        if let Some(workspace) = &made {
            tx.workspaces().insert(workspace).await.unwrap();
        }
        tx.users().insert(id, &email, &hash).await.unwrap();
        tx.members().insert(workspace_id, id, role, role == Role::Owner).await.unwrap();
        let member = tx.members().get(workspace_id, id).await.unwrap().unwrap();
        tx.commit().await.unwrap();
        member
    }

    /// A caller with an API key of `user`.
    pub async fn with_key(
        &self,
        user: &Member,
        scopes: &[Permission],
        expires_in: Option<Duration>,
    ) -> Caller<'_> {
        let new = NewApiKey {
            name: "test".parse().unwrap(),
            scopes: BTreeSet::from_iter(scopes.iter().copied()),
            accounts: None,
            networks: Vec::new(),
            expires_at: expires_in.map(|time| self.clock.now() + time),
        };
        self.with_new_key(user, new).await
    }

    /// A caller with a new API key of `user`, as described by `new`.
    pub async fn with_new_key(&self, user: &Member, new: NewApiKey) -> Caller<'_> {
        let (key, text) = api_key::mint(user, new, self.clock.now(), &mut rand::rng());
        let mut tx = self.storage.begin().await.unwrap();
        api_key::store(&mut tx, &key, &text, &By::command_line()).await.unwrap();
        tx.commit().await.unwrap();
        Caller { app: self, header: ("x-api-key", text.expose().clone()), user: user.clone() }
    }

    /// A new user with `role`, in `workspace` or a new one, with an API key that has every scope.
    pub async fn member(&self, email: &str, role: Role, workspace: Option<WorkspaceId>) -> Caller<'_> {
        let user = self.add_user(email, role, workspace).await;
        self.with_key(&user, &Permission::ALL, None).await
    }

    /// The Owner of a new workspace.
    pub async fn owner(&self) -> Caller<'_> {
        self.member("ana@example.org", Role::Owner, None).await
    }

    /// A person who signed in with the password of all test users.
    pub async fn signed_in(&self, user: &Member) -> Caller<'_> {
        let email = user.user.login.email().unwrap();
        let session = self.post("/api/v1/auth/sign-in", sign_in_body(email.as_str())).await;
        self.with_session(user, &session)
    }

    /// A caller with the access token from the answer to a sign-in.
    pub fn with_session(&self, user: &Member, session: &Answer) -> Caller<'_> {
        let token =
            session.json()["accessToken"].as_str().unwrap_or_else(|| panic!("{}", session.text())).to_owned();
        Caller { app: self, header: ("authorization", format!("Bearer {token}")), user: user.clone() }
    }

    /// A caller with an existing credential, sent in this header.
    pub fn with_header(&self, user: &Member, name: &'static str, value: &str) -> Caller<'_> {
        Caller { app: self, header: (name, value.to_owned()), user: user.clone() }
    }

    /// Stores an account of `user` that was created earlier and is not linked.
    pub async fn add_account(&self, user: &Member, name: &str, phone: Option<&str>) -> AccountId {
        let now = self.clock.now();
        let id = AccountId::generate(now, &mut rand::rng());
        let mut account = Account::new(id, user.workspace_id, user.user.id, name.parse().unwrap(), now);
        account.identity.phone = phone.map(|phone| phone.parse().unwrap());
        account.desired = Desired::Disconnected;
        account.status = Status::of(Reason::UserDisconnected, now);
        let mut tx = self.storage.begin().await.unwrap();
        tx.accounts().insert(&account).await.unwrap();
        tx.commit().await.unwrap();
        // Ids are ordered by their time in milliseconds. The clock moves, so that the next id is later.
        self.clock.advance(Duration::from_millis(1));
        account.id
    }
}

impl Caller<'_> {
    pub async fn get(&self, path: &str) -> Answer {
        self.send(request(Method::GET, path), String::new()).await
    }

    pub async fn get_as(&self, path: &str, accept: &str) -> Answer {
        self.send(request(Method::GET, path).header(header::ACCEPT, accept), String::new()).await
    }

    pub async fn post(&self, path: &str, body: Value) -> Answer {
        self.send(json_request(Method::POST, path, &body), text_of(&body)).await
    }

    pub async fn patch(&self, path: &str, body: Value) -> Answer {
        self.send(json_request(Method::PATCH, path, &body), text_of(&body)).await
    }

    pub async fn put(&self, path: &str) -> Answer {
        self.send(request(Method::PUT, path), String::new()).await
    }

    pub async fn delete(&self, path: &str) -> Answer {
        self.send(request(Method::DELETE, path), String::new()).await
    }

    pub async fn send(&self, request: http::request::Builder, body: String) -> Answer {
        let request = request.header(self.header.0, &self.header.1);
        self.app.send(request.body(body).unwrap()).await
    }

    pub fn credential(&self) -> &str {
        &self.header.1
    }
}

/// The body of a sign-in with the password of all test users.
pub fn sign_in_body(email: &str) -> Value {
    json!({ "email": email, "password": PASSWORD })
}

pub fn request(method: Method, path: &str) -> http::request::Builder {
    Request::builder().method(method).uri(path)
}

/// The body as text. `null` means that there is no body.
fn text_of(body: &Value) -> String {
    if body.is_null() { String::new() } else { body.to_string() }
}

fn json_request(method: Method, path: &str, body: &Value) -> http::request::Builder {
    let request = request(method, path);
    if body.is_null() { request } else { request.header(header::CONTENT_TYPE, "application/json") }
}

/// Sends one request to a new router.
pub async fn send(services: Services, request: Request<String>) -> Answer {
    let response = linekeeper::http::router(services).oneshot(request).await.unwrap();
    Answer::of(response).await
}
