//! A line: one account's connection to WhatsApp. It runs a client of the library over the sealed session. Only the
//! account's actor holds the line, except for a logout, which has a line of its own. A client is built once, and runs
//! again for each connection. After [`Line::close`], a new client is built.

use std::collections::HashSet;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use linekeeper_model::account::{DeviceIcon, DeviceProfile};
use linekeeper_model::clock::Clock;
use linekeeper_model::connection::{End, Epoch, Failure, Loss};
use linekeeper_model::id::AccountId;
use linekeeper_model::phone::{Identity, PhoneNumber};
use linekeeper_model::proxy::ProxyUrl;
use linekeeper_storage::{Fault, SessionStore, VaultError};
use tokio::sync::mpsc::UnboundedSender;
use tokio::task::{JoinHandle, JoinSet};
use tokio_util::sync::CancellationToken;
use whatsapp_rust::Client;
use whatsapp_rust::cache_config::CacheConfig;
use whatsapp_rust::store::Device;
use whatsapp_rust::store::persistence_manager::PersistenceManager;
use whatsapp_rust::wacore::appstate::patch_decode::WAPatchName;
use whatsapp_rust::wacore::store::DevicePropsOverride;
use whatsapp_rust::wacore::store::error::StoreError;
use whatsapp_rust::waproto::whatsapp::device_props::PlatformType;

use super::custody::Custody;
use super::goodbye;
use super::observer::{Observer, identity};
use super::own_name;
use super::run::Run;
use super::signal::Signal;
use crate::whatsapp::messages::{
    Backpressure, Hook, Listener, PacedRuntime, ReceiptHold, Resender, chat_at, report_lost,
};
use crate::whatsapp::network::connector::Connector;
use crate::whatsapp::network::http_client::RouteError;
use crate::whatsapp::network::route::Route;
use crate::whatsapp::network::transport::WebSockets;
use crate::whatsapp::network::version::Version;

/// How often the library tries again after a write of its device record failed. Normally it writes the record after
/// each change.
const SAVE_EVERY: Duration = Duration::from_secs(30);

/// The library handles the inbound messages of each chat in a separate task. This is the number of tasks that it keeps
/// for one account. By default, it keeps up to 5,000 tasks of some 10 KB until the connection ends. When a message of
/// another chat arrives, the library removes tasks without work until only this number of tasks is left. It never
/// removes a task that has work, so the messages of a chat stay in their order (whatsapp-rust 0.7.0, `evict_guard` in
/// src/client/lifecycle.rs).
const CHATS_AT_ONCE: u64 = 2;

/// The time limit for closing. `Client::disconnect` limits its own steps to 15 s in total.
const CLOSE_WITHIN: Duration = Duration::from_secs(20);

/// The time limit for a small stanza that nobody waits for.
const SAY_WITHIN: Duration = Duration::from_secs(5);

/// Why a connection could not be opened.
#[derive(Debug, thiserror::Error)]
pub enum LineError {
    /// The session cannot be opened.
    #[error(transparent)]
    Vault(#[from] VaultError),
    /// The account's proxy cannot be used.
    #[error(transparent)]
    Route(#[from] RouteError),
    /// The library's client could not be built with the session.
    #[error("setting up the client: {0}")]
    Client(String),
}

/// A line: one account's connection to WhatsApp. The account's actor opens and closes it. A logout uses a line of its
/// own.
pub struct Line {
    pub(in crate::whatsapp) account: AccountId,
    connector: Arc<Connector>,
    pub(in crate::whatsapp) clock: Arc<dyn Clock>,
    signals: UnboundedSender<Signal>,
    pub(in crate::whatsapp) open: Option<Open>,
    /// The phone numbers for which WhatsApp has given a pairing code. If WhatsApp gave a code for a number, WhatsApp
    /// knows the number.
    pub(in crate::whatsapp) codes_given: Arc<Mutex<HashSet<PhoneNumber>>>,
}

pub(in crate::whatsapp) struct Open {
    pub(in crate::whatsapp) client: Arc<Client>,
    /// The observer of this client. Each client has its own observer, so that a late signal of a closed client does not
    /// look like a signal of the next client.
    pub(in crate::whatsapp) observer: Arc<Observer>,
    listener: Option<Arc<Listener>>,
    receipts: Arc<ReceiptHold>,
    session: Arc<SessionStore>,
    /// Whether the session was linked to a phone by this client. Otherwise it was linked by an earlier client.
    paired_here: bool,
    run: Option<JoinHandle<()>>,
    /// Cancelled when the client can no longer be used. A client cannot be used again after `disconnect`.
    spent: CancellationToken,
    /// The version of WhatsApp Web that the client reports.
    version: Version,
    /// The client's route to WhatsApp.
    pub(in crate::whatsapp) route: Arc<Route>,
    transports: Arc<WebSockets>,
    /// The task that asks WhatsApp for a pairing code.
    pub(in crate::whatsapp) asking: Option<JoinHandle<()>>,
    /// The task that looks up the account's details in the background.
    pub(in crate::whatsapp) errand: Option<JoinHandle<()>>,
    /// The tasks that read settings in the background, because the library skipped these settings.
    pub(in crate::whatsapp) reading: JoinSet<()>,
}

/// What a client is built from, besides the session.
struct Parts<'a> {
    version: Version,
    route: &'a Route,
    transports: Arc<WebSockets>,
    backpressure: Arc<Backpressure>,
    receipts: Arc<ReceiptHold>,
}

/// How an account connects to WhatsApp, and how the phone shows the device.
#[derive(Debug, Clone)]
pub struct Way {
    /// How the phone shows this device after it is linked.
    pub device: DeviceProfile,
    /// The proxy. Without one, the account connects directly.
    pub proxy: Option<ProxyUrl>,
}

impl Line {
    /// Creates a line (a connection to WhatsApp) that has no client yet. It sends its signals through `signals`.
    pub fn new(
        account: AccountId,
        connector: Arc<Connector>,
        clock: Arc<dyn Clock>,
        signals: UnboundedSender<Signal>,
    ) -> Self {
        Self { account, connector, clock, signals, open: None, codes_given: Arc::default() }
    }

    /// Whether a client exists. A client uses memory, and may have an open socket.
    pub const fn is_active(&self) -> bool {
        self.open.is_some()
    }

    /// Opens a connection. Signals with `epoch` report the progress of the connection. `session` is a future that
    /// takes the account's lease and returns the stored session. It is awaited only if there is no client yet.
    pub async fn open<F>(&mut self, epoch: Epoch, way: &Way, session: F) -> Result<(), LineError>
    where
        F: Future<Output = Result<SessionStore, VaultError>>,
    {
        if self.open.as_ref().is_some_and(|open| open.spent.is_cancelled()) {
            self.close().await;
        }
        if self.open.is_none() {
            let session = Arc::new(session.await?);
            let observer = Arc::new(Observer::new(self.signals.clone()));
            let route = self.connector.route(way.proxy.as_ref())?;
            let transports = Arc::new(WebSockets::new(route.clone()));
            let version = self.connector.versions.current(&route.http()).await;
            let backpressure = Arc::new(Backpressure::new(self.connector.busy.clone()));
            let receipts: Arc<ReceiptHold> = Arc::default();
            let listener = self.listener(&session, &backpressure, &receipts);
            let parts = Parts {
                version,
                route: &route,
                transports: transports.clone(),
                backpressure,
                receipts: receipts.clone(),
            };
            let client = self
                .client(&way.device, parts, session.clone(), (observer.clone(), listener.clone()))
                .await?;
            self.open = Some(Open {
                paired_here: client.pn().is_none(),
                client,
                observer,
                listener,
                receipts,
                session,
                run: None,
                spent: CancellationToken::new(),
                version,
                route,
                transports,
                asking: None,
                errand: None,
                reading: JoinSet::new(),
            });
        }
        let Some(open) = &mut self.open else { return Ok(()) };
        if let Some(previous) = open.run.take() {
            // The previous run has already reported its end, but its task may still be running. Wait until the task has
            // ended.
            let _its_end_was_told = previous.await;
        }
        own_name::keep_harmless(&open.client.persistence_manager()).await;
        let nameless = !open.paired_here && open.client.push_name().is_empty();
        open.observer.begin(epoch, nameless);
        if let Some(listener) = &open.listener {
            listener.begin();
        }
        let run = Run {
            epoch,
            client: open.client.clone(),
            session: open.session.clone(),
            observer: open.observer.clone(),
            listener: open.listener.clone(),
            transports: open.transports.clone(),
            connector: self.connector.clone(),
            route: open.route.clone(),
            version: open.version,
            spent: open.spent.clone(),
            clock: self.clock.clone(),
        };
        #[expect(clippy::disallowed_methods, reason = "the handle is kept and joined by close()")]
        let run = tokio::spawn(run.play_out());
        open.run = Some(run);
        Ok(())
    }

    /// The phone that the session belongs to, as far as this is known.
    pub fn identity(&self) -> Identity {
        let Some(open) = &self.open else {
            return Identity::default();
        };
        identity(open.client.pn().as_ref(), open.client.lid().as_ref())
    }

    /// The account's own name at WhatsApp, if it has one.
    pub fn push_name(&self) -> Option<String> {
        let held = self.open.as_ref()?.client.push_name();
        Some(own_name::original(&held)).filter(|name| !name.is_empty())
    }

    /// Writes the library's device record to disk. The caller does this before it reports a link or a login. So if the
    /// process is killed right after the report, neither the link nor the first key share is lost.
    pub async fn settle(&self) {
        let Some(open) = &self.open else { return };
        // The library's `flush` cannot be used for this, because it returns while its background task is still
        // writing.
        let device = open.client.persistence_manager().get_device_snapshot();
        if let Err(error) = open.session.keep(&device.core).await {
            tracing::warn!(account = %self.account, %error, "the device record could not be written yet");
        }
        if let Err(error) = open.client.flush_pending_signal_state().await {
            tracing::warn!(account = %self.account, %error, "the ratchets could not be written yet");
        }
    }

    /// Tells WhatsApp that nobody uses this device at the moment. Otherwise the phone would no longer notify its
    /// owner.
    pub async fn stay_unavailable(&self) {
        let Some(open) = &self.open else { return };
        stay_unavailable(&open.client).await;
    }

    /// Closes the connection and drops the client. The session is kept.
    pub async fn close(&mut self) {
        let Some(open) = self.open.take() else { return };
        for task in [&open.asking, &open.errand].into_iter().flatten() {
            task.abort();
        }
        open.transports.give_up();
        open.receipts.close();
        if tokio::time::timeout(CLOSE_WITHIN, open.client.disconnect()).await.is_err() {
            tracing::warn!(account = %self.account, "the connection did not close in time");
        }
        if let Some(mut run) = open.run
            && tokio::time::timeout(CLOSE_WITHIN, &mut run).await.is_err()
        {
            run.abort();
        }
    }

    /// Removes this device at WhatsApp over the open connection, then closes the connection. Returns whether
    /// WhatsApp confirmed the removal.
    pub async fn log_out(&mut self) -> bool {
        let told = match &self.open {
            Some(open) if open.client.is_logged_in() => goodbye::remove(self.account, &open.client).await,
            _ => false,
        };
        self.close().await;
        told
    }

    fn listener(
        &self,
        session: &SessionStore,
        backpressure: &Arc<Backpressure>,
        receipts: &Arc<ReceiptHold>,
    ) -> Option<Arc<Listener>> {
        let (port, signals) = (self.connector.message_port()?, self.signals.clone());
        let (backpressure, receipts) = (backpressure.clone(), receipts.clone());
        let listener = Listener::new(self.account, session.epoch(), port, signals, backpressure, receipts);
        Some(Arc::new(listener))
    }

    async fn client(
        &self,
        profile: &DeviceProfile,
        parts: Parts<'_>,
        session: Arc<SessionStore>,
        (observer, listener): (Arc<Observer>, Option<Arc<Listener>>),
    ) -> Result<Arc<Client>, LineError> {
        let fault = session.clone();
        let failed = |error: String| match fault.fault() {
            Some(kind) => LineError::Vault(kind.into()),
            None => LineError::Client(error),
        };
        let device =
            PersistenceManager::new(session.clone()).await.map_err(|error| failed(error.to_string()))?;
        let device = Arc::new(device);
        read_name_anew(&device.get_device_snapshot(), &session)
            .await
            .map_err(|error| failed(error.to_string()))?;
        let Parts {
            version: Version(primary, secondary, tertiary),
            route,
            transports,
            backpressure,
            receipts,
        } = parts;
        let resender = self
            .connector
            .message_port()
            .map(|port| Arc::new(Resender::new(self.account, fault.clone(), port)));
        let mut builder = Client::builder()
            .with_runtime_arc(Arc::new(PacedRuntime::new(
                self.connector.runtime.clone(),
                backpressure.clone(),
            )))
            .with_persistence_manager(device.clone())
            .with_transport_factory_arc(Arc::new(Custody::new(transports, receipts, device.clone(), session)))
            .with_http_client_arc(route.http())
            .with_version_override((primary, secondary, tertiary))
            .with_background_saver_interval(SAVE_EVERY)
            .with_cache_config(CacheConfig { chat_lanes_capacity: CHATS_AT_ONCE, ..CacheConfig::default() })
            // The history of messages is skipped, because the server does not use it yet, and one part of it can
            // take tens of megabytes.
            .with_skip_history_sync(true);
        if let Some(port) = self.connector.message_port() {
            let (account, source) = (self.account, port.clone());
            fault.find_sent_in(Arc::new(move |chat, id| {
                let source = source.clone();
                Box::pin(async move { source.sent(account, &chat_at(&chat)?, &id).await.ok()? })
            }));
            let hook = Hook { account: self.account, epoch: fault.epoch(), port, backpressure };
            builder = builder.with_inbound_durability_hook_arc(Arc::new(hook));
        }
        let client = builder.build().await.map_err(|error| failed(error.to_string()))?.into_client();
        if let Some(port) = self.connector.message_port() {
            let (account, epoch, weak) = (self.account, fault.epoch(), Arc::downgrade(&client));
            fault.report_lost_to(Arc::new(move |key| {
                let reporting = report_lost(account, epoch, port.clone(), weak.clone(), key);
                Box::pin(async move { reporting.await.map_err(Into::into) })
            }));
        }
        // The account's state machine decides about reconnecting, not the library.
        client.enable_auto_reconnect.store(false, std::sync::atomic::Ordering::Relaxed);
        if client.pn().is_none() {
            let props = DevicePropsOverride::new()
                .with_os(profile.name.as_str())
                .with_platform_type(platform(profile.icon));
            client.set_device_props(props).await;
        }
        client.subscribe_handler(Arc::new(own_name::NewNames(device))).detach();
        client.subscribe_handler(observer).detach();
        if let Some(listener) = listener {
            listener.listen_to(&client);
            client.subscribe_handler(listener).detach();
        }
        if let Some(resender) = resender {
            resender.listen_to(&client);
            client.subscribe_handler(resender).detach();
        }
        Ok(client)
    }
}

/// Tells WhatsApp that nobody uses this device at the moment, and then sends the account's true name if necessary.
pub(super) async fn stay_unavailable(client: &Client) {
    match tokio::time::timeout(SAY_WITHIN, client.presence().set_unavailable()).await {
        Ok(Ok(())) => match tokio::time::timeout(SAY_WITHIN, own_name::say(client)).await {
            Ok(Ok(())) => {}
            Ok(Err(error)) => tracing::debug!(%error, "could not say the name"),
            Err(_) => tracing::debug!("saying the name took too long"),
        },
        Ok(Err(error)) => tracing::debug!(%error, "could not set the presence"),
        Err(_) => tracing::debug!("setting the presence took too long"),
    }
}

/// Makes the library read the account's settings again if the library has no name for the account. The library first
/// notes that it has read the settings, and then stores the name from the settings. If the process is killed between
/// these two steps, the name is lost: the library then asks only for newer settings, finds no name, and waits for a
/// name at each login.
async fn read_name_anew(device: &Device, session: &SessionStore) -> Result<(), StoreError> {
    if device.pn.is_some() && device.push_name.is_empty() {
        session.read_anew(WAPatchName::CriticalBlock.as_str()).await?;
    }
    Ok(())
}

const fn platform(icon: DeviceIcon) -> PlatformType {
    match icon {
        DeviceIcon::Chrome => PlatformType::CHROME,
        DeviceIcon::Firefox => PlatformType::FIREFOX,
        DeviceIcon::Safari => PlatformType::SAFARI,
        DeviceIcon::Edge => PlatformType::EDGE,
        DeviceIcon::Desktop => PlatformType::DESKTOP,
    }
}

impl LineError {
    /// What this error means for the connection.
    pub const fn end(&self) -> End {
        match self {
            Self::Vault(error) => match error.fault() {
                Fault::Unreadable => End::Refused(Failure::SessionUnreadable),
                Fault::Fenced => End::Refused(Failure::Replaced),
                Fault::Unavailable => End::Lost(Loss::Network),
            },
            Self::Route(_) => End::Refused(Failure::ProxyFailed),
            Self::Client(_) => End::Lost(Loss::Network),
        }
    }
}

/// If an actor panics, its `Line` is dropped. Then the client must stop, because nobody else closes its socket.
impl Drop for Line {
    fn drop(&mut self) {
        if let Some(open) = &self.open {
            open.client.signal_shutdown_sync();
        }
    }
}
