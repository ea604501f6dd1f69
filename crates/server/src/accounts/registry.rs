//! Finds the actor of an account, and starts one if there is none.

use std::collections::hash_map::Entry;
use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::sync::Arc;
use std::time::Duration;

use jiff::Timestamp;
use linekeeper_model::account::{Account, DeviceProfile, DisplayName, Metadata, Tags};
use linekeeper_model::audit::NewEntry;
use linekeeper_model::event::{NewEvent, Payload};
use linekeeper_model::health::Deliveries;
use linekeeper_model::id::{AccountId, UserId, WorkspaceId};
use linekeeper_model::limits::DailyLimit;
use linekeeper_model::pairing::Method;
use linekeeper_model::phone::PhoneNumber;
use linekeeper_model::proxy::ProxyUrl;
use linekeeper_model::user::Workspace;
use linekeeper_storage::{Conflict, Reach, RuntimeEpoch, StorageError, Tx};
use tokio::sync::mpsc::error::TrySendError;
use tokio::sync::{mpsc, oneshot, watch};

use super::command::{Command, Wish};
use super::dependencies::Dependencies;
use super::error::AccountError;
use super::live::Live;
use super::logouts::Logouts;
use super::pairing::Pairing;
use super::settings::{self, Look};
use super::supervisor::{Loaded, supervise};
use super::usage::{Zone, Zones};
use crate::events::Append;
use crate::whatsapp::{Checked, ListedDevice};

/// The maximum number of commands that wait for a busy actor. When it is reached, further callers get
/// [`AccountError::Busy`].
const WAITING_COMMANDS: usize = 16;

/// How long a caller waits for the accounts to be restored before it gets [`AccountError::Starting`].
const RESTORED_WITHIN: Duration = Duration::from_secs(2);

/// All accounts of this process. Cloning it is cheap.
#[derive(Clone)]
pub struct Registry {
    pub(super) dependencies: Arc<Dependencies>,
    pub(super) handles: Arc<std::sync::RwLock<HashMap<AccountId, Handle>>>,
    pub(super) logouts: Arc<Logouts>,
    pub(super) zones: Zones,
    /// Whether the stored accounts have been started. Until then the registry neither looks up nor creates an
    /// account, so that only [`Registry::restore`] starts accounts.
    restored: Arc<watch::Sender<bool>>,
}

/// The handle of an account's actor.
#[derive(Clone)]
pub(super) struct Handle {
    commands: mpsc::Sender<Command>,
    pub(super) live: watch::Receiver<Live>,
    pub(super) look: Arc<Look>,
}

/// The data with which an account is created.
#[derive(Debug, Clone)]
pub struct NewAccount {
    /// The workspace that the account belongs to.
    pub workspace_id: WorkspaceId,
    /// The user that the account belongs to.
    pub user_id: UserId,
    /// The account's name.
    pub display_name: DisplayName,
    /// The expected phone number. If it is given, only a phone with this number may be linked.
    pub phone: Option<PhoneNumber>,
    /// How to pair.
    pub method: Method,
    /// The maximum number of messages per day.
    pub daily_limit: DailyLimit,
    /// How a phone shows the account in its list of devices.
    pub device: DeviceProfile,
    /// The proxy. Without one, the account connects directly.
    pub proxy: Option<ProxyUrl>,
    /// Labels that help people to find the account.
    pub tags: Tags,
    /// Ids that other programs use for the account.
    pub metadata: Metadata,
}

impl Registry {
    /// A registry without running accounts.
    pub fn new(dependencies: Dependencies) -> Self {
        Self {
            logouts: Arc::new(Logouts::new(&dependencies)),
            dependencies: Arc::new(dependencies),
            handles: Arc::default(),
            zones: Zones::default(),
            restored: Arc::new(watch::Sender::new(false)),
        }
    }

    /// Starts the actors of all stored accounts. The accounts that the operator wants online connect.
    pub async fn restore(&self) -> Result<usize, StorageError> {
        let now = self.dependencies.clock.now();
        self.logouts.load().await?;
        let mut tx = self.dependencies.storage.begin().await?;
        let workspaces = tx.workspaces().all().await?;
        let epochs = self.take_over(&mut tx, &workspaces).await?;
        let (mut count, mut found) = (0, Vec::new());
        for workspace in workspaces {
            let zone = self.zones.of(workspace.id, &workspace.time_zone);
            let accounts = tx.accounts().all(workspace.id, &zone.day_of(now)).await?;
            count += accounts.len();
            found.extend(accounts.into_iter().filter_map(|account| {
                let epoch = *epochs.get(&account.id)?;
                Some((Loaded { account, epoch, at: now }, zone.clone()))
            }));
        }
        tx.commit().await?;
        for (loaded, zone) in found {
            self.start(loaded, zone);
        }
        if !self.restored.send_replace(true) {
            let stopping = self.dependencies.lifecycle.stopping().clone();
            self.dependencies.lifecycle.spawn("logouts", self.logouts.clone().run(stopping));
        }
        Ok(count)
    }

    /// Takes over all accounts that do not run in this process yet.
    async fn take_over(
        &self,
        tx: &mut Tx,
        workspaces: &[Workspace],
    ) -> Result<BTreeMap<AccountId, RuntimeEpoch>, StorageError> {
        let running: BTreeSet<AccountId> = {
            let handles = self.handles.read().unwrap_or_else(std::sync::PoisonError::into_inner);
            handles.keys().copied().collect()
        };
        if running.is_empty() {
            return tx.accounts().take_over_all().await;
        }
        let mut epochs = BTreeMap::new();
        for workspace in workspaces {
            for id in tx.accounts().ids(Reach::all_of(workspace.id)).await?.difference(&running) {
                epochs.extend(tx.accounts().take_over(*id).await?.map(|epoch| (*id, epoch)));
            }
        }
        Ok(epochs)
    }

    /// Whether [`Registry::restore`] is done.
    pub fn is_restored(&self) -> bool {
        *self.restored.borrow()
    }

    /// Waits up to 2 s for [`Registry::restore`]. Returns [`AccountError::Starting`] if the restore takes longer.
    async fn restored(&self) -> Result<(), AccountError> {
        let mut restored = self.restored.subscribe();
        let restored = restored.wait_for(|restored| *restored);
        match tokio::time::timeout(RESTORED_WITHIN, restored).await {
            Ok(Ok(_)) => Ok(()),
            Ok(Err(_)) | Err(_) => Err(AccountError::Starting),
        }
    }

    /// Stores a new account and begins its pairing. `entry` is the audit entry for both.
    pub async fn create(&self, new: NewAccount, entry: NewEntry) -> Result<Account, AccountError> {
        self.ready().await?;
        let now = self.dependencies.clock.now();
        let id = AccountId::generate(now, &mut rand::rng());
        let mut account = Account::new(id, new.workspace_id, new.user_id, new.display_name, now);
        account.number_given = new.phone.is_some();
        account.identity.phone = new.phone;
        account.daily_limit = new.daily_limit;
        account.device = new.device;
        account.proxy = new.proxy;
        account.tags = new.tags;
        account.metadata = new.metadata;
        let zone = self.insert(&account, entry).await?;
        self.start(Loaded { account, epoch: RuntimeEpoch::default(), at: now }, zone);
        // The audit entry was written with the account, and covers the pairing too.
        let linking = self.tell(id, Wish::Link(new.method), None).await;
        if linking.is_err() {
            // The pairing could not begin, and the caller gets an error. So the account is removed again.
            let _the_first_error_counts = self.remove(id, None).await;
        }
        linking
    }

    /// Returns the devices of an online account as WhatsApp lists them. The actor only sends the request and then
    /// continues its loop. This function waits for WhatsApp's answer, for at most 10 s.
    pub async fn devices(&self, id: AccountId) -> Result<Vec<ListedDevice>, AccountError> {
        let (asker, question) = oneshot::channel();
        self.tell(id, Wish::ListDevices(asker), None).await?;
        let question = question.await.map_err(|_| AccountError::Busy)?;
        Ok(question.await?)
    }

    /// Tests whether WhatsApp can be reached through `proxy`, or directly if there is none. The account's own
    /// connection does not change.
    pub async fn check_way(&self, proxy: Option<&ProxyUrl>) -> Result<Checked, AccountError> {
        self.dependencies.connector.check(proxy).await.ok_or(AccountError::Busy)
    }

    /// Sets the workspace's time zone. From now on its days begin at midnight in that zone.
    pub fn move_to_zone(&self, workspace: WorkspaceId, name: &str) {
        self.zones.set(workspace, name);
    }

    /// The current state of the account.
    pub fn live(&self, stored: Account) -> Account {
        match self.handle(stored.id) {
            // The owner and the settings are taken from the row, because the actor may not have read them yet.
            Some(handle) => {
                let mut account = handle.live.borrow().account.clone();
                account.user_id = stored.user_id;
                settings::take_over(stored, &mut account);
                account
            }
            None => Live::before_its_actor(stored).account,
        }
    }

    /// The state of the account's pairing.
    pub fn pairing(&self, id: AccountId) -> Pairing {
        self.handle(id).map_or(Pairing::NotPairing, |handle| handle.live.borrow().pairing.clone())
    }

    /// Returns the state of the account's pairing as soon as WhatsApp has sent a code, or when `patience` is over.
    pub async fn first_code(&self, id: AccountId, patience: Duration) -> Result<Pairing, AccountError> {
        self.restored().await?;
        let Some(mut handle) = self.handle(id) else {
            return Ok(Pairing::NotPairing);
        };
        let opened = handle.live.wait_for(|live| live.pairing != Pairing::Opening);
        let _too_late = tokio::time::timeout(patience, opened).await.is_err();
        Ok(self.pairing(id))
    }

    /// What happened to the messages that the account sent in the hour before `now`.
    pub fn last_hour(&self, id: AccountId, now: Timestamp) -> Deliveries {
        let handle = self.handle(id);
        handle.map_or_else(Deliveries::default, |handle| handle.live.borrow().last_hour.deliveries(now))
    }

    /// Whether the account's client is running.
    pub fn client_active(&self, id: AccountId) -> bool {
        self.handle(id).is_some_and(|handle| handle.live.borrow().client_active)
    }

    /// Checks the limit of accounts and the phone number, and stores the account. All this happens in one
    /// transaction.
    async fn insert(&self, account: &Account, entry: NewEntry) -> Result<Zone, AccountError> {
        let limit = self.dependencies.max_accounts;
        let mut append = Append::begin(&self.dependencies.storage, &self.dependencies.log).await?;
        let tx = append.tx();
        if tx.accounts().count().await? >= u64::from(limit) {
            return Err(AccountError::LimitReached { limit });
        }
        let workspace = tx.workspaces().get(account.workspace_id).await?.ok_or(AccountError::NotFound)?;
        match tx.accounts().insert(account).await {
            Err(StorageError::Conflict(Conflict::PhoneNumber)) => return Err(AccountError::PhoneNumberTaken),
            other => other?,
        }
        tx.audit().append(&entry.on(account.id)).await?;
        let display_name = account.display_name.clone();
        let created = Payload::AccountCreated { display_name };
        let event =
            NewEvent::of_account(workspace.id, account.id, created, account.created_at, &mut rand::rng());
        append.tell(event);
        append.commit().await?;
        Ok(self.zones.of(workspace.id, &workspace.time_zone))
    }

    /// Starts the account's actor, unless it already runs. Two actors would compete for the same session.
    fn start(&self, loaded: Loaded, zone: Zone) {
        let mut handles = self.handles.write().unwrap_or_else(std::sync::PoisonError::into_inner);
        let Entry::Vacant(place) = handles.entry(loaded.account.id) else { return };
        let (commands, inbox) = mpsc::channel(WAITING_COMMANDS);
        let (sender, live) = watch::channel(Live::before_its_actor(loaded.account.clone()));
        let look = Arc::new(Look::default());
        place.insert(Handle { commands, live, look: look.clone() });
        drop(handles);
        let (dependencies, logouts) = (self.dependencies.clone(), self.logouts.clone());
        let (id, handles) = (loaded.account.id, self.handles.clone());
        let task = async move {
            let stopping = dependencies.lifecycle.stopping().clone();
            supervise(loaded, zone, dependencies, logouts, sender, inbox, look).await;
            if stopping.is_cancelled() {
                return;
            }
            // The account was deleted, or another server runs it. If another server runs the account, this server shows
            // the account from its database row from now on.
            handles.write().unwrap_or_else(std::sync::PoisonError::into_inner).remove(&id);
        };
        self.dependencies.lifecycle.spawn("account", task);
    }

    /// Returns the error for a command to an account that has no actor in this process. Either the account was deleted,
    /// or another server runs it.
    async fn without_actor(&self, id: AccountId) -> AccountError {
        let found = async { self.dependencies.storage.read().await?.accounts().workspace_of(id).await };
        match found.await {
            Ok(Some(_)) => AccountError::Busy,
            Ok(None) => AccountError::NotFound,
            Err(error) => error.into(),
        }
    }

    /// Whether commands are accepted: the accounts are restored, and the server is not stopping.
    pub(super) async fn ready(&self) -> Result<(), AccountError> {
        if self.dependencies.lifecycle.stopping().is_cancelled() {
            return Err(AccountError::ShuttingDown);
        }
        self.restored().await
    }

    pub(super) async fn tell(
        &self,
        id: AccountId,
        wish: Wish,
        entry: Option<NewEntry>,
    ) -> Result<Account, AccountError> {
        self.ready().await?;
        let Some(handle) = self.handle(id) else { return Err(self.without_actor(id).await) };
        let (reply, answer) = oneshot::channel();
        match handle.commands.try_send(Command { wish, entry, reply }) {
            Ok(()) => {}
            Err(TrySendError::Full(_)) => return Err(AccountError::Busy),
            // A restart of the actor does not close the channel. So a closed channel means that the actor ended or that
            // the server stops.
            Err(TrySendError::Closed(_)) if self.dependencies.lifecycle.stopping().is_cancelled() => {
                return Err(AccountError::ShuttingDown);
            }
            Err(TrySendError::Closed(_)) => return Err(self.without_actor(id).await),
        }
        answer.await.unwrap_or(Err(AccountError::Busy))
    }

    pub(super) fn handle(&self, id: AccountId) -> Option<Handle> {
        self.handles.read().unwrap_or_else(std::sync::PoisonError::into_inner).get(&id).cloned()
    }
}
