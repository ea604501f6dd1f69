//! Finds the actor of an account, and starts one where there is none.

use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;

use linekeeper_model::account::{Account, Desired, DisplayName, Kind};
use linekeeper_model::id::{AccountId, UserId, WorkspaceId};
use linekeeper_model::limits::{DailyLimit, Usage};
use linekeeper_model::phone::{Identity, PhoneNumber};
use linekeeper_model::status::{Reason, Status};
use linekeeper_storage::{Conflict, StorageError};
use tokio::sync::{RwLock, mpsc, oneshot, watch};

use super::command::{Command, Reply};
use super::counters::Counters;
use super::dependencies::Dependencies;
use super::error::AccountError;
use super::live::Live;
use super::pairing::Pairing;
use super::supervisor::supervise;

/// Commands that wait for a busy actor before callers are told to come back.
const WAITING_COMMANDS: usize = 16;

/// All accounts of this process. Cheap to clone.
#[derive(Clone)]
pub struct Registry {
    dependencies: Arc<Dependencies>,
    handles: Arc<std::sync::RwLock<HashMap<AccountId, Handle>>>,
    /// Taken for reading by whoever starts an account, so that stopping sees all of them.
    restored: Arc<RwLock<bool>>,
}

#[derive(Clone)]
struct Handle {
    commands: mpsc::Sender<Command>,
    live: watch::Receiver<Live>,
}

/// What a new account starts with.
#[derive(Debug, Clone)]
pub struct NewAccount {
    /// The tenant.
    pub workspace_id: WorkspaceId,
    /// Whose account it is.
    pub user_id: UserId,
    /// What to call it.
    pub display_name: DisplayName,
    /// The only number that may be linked, where one is expected.
    pub phone: Option<PhoneNumber>,
    /// Messages a day.
    pub daily_limit: DailyLimit,
}

impl Registry {
    /// No account runs yet.
    pub fn new(dependencies: Dependencies) -> Self {
        Self {
            dependencies: Arc::new(dependencies),
            handles: Arc::default(),
            restored: Arc::new(RwLock::new(false)),
        }
    }

    /// Starts the actors of all stored accounts; those that were wanted online connect.
    pub async fn restore(&self) -> Result<usize, StorageError> {
        let now = self.dependencies.clock.now();
        let mut tx = self.dependencies.storage.read().await?;
        let mut zones = HashMap::new();
        let mut found = Vec::new();
        for workspace in tx.workspaces().all().await? {
            let day = Counters::day_of(&workspace.time_zone, now);
            found.extend(tx.accounts().all(workspace.id, &day).await?);
            zones.insert(workspace.id, workspace.time_zone);
        }
        drop(tx);
        let count = found.len();
        for account in found {
            let zone = zones.get(&account.workspace_id).cloned().unwrap_or_default();
            self.start(account, zone);
        }
        *self.restored.write().await = true;
        Ok(count)
    }

    /// Whether [`Registry::restore`] is done.
    pub async fn is_restored(&self) -> bool {
        *self.restored.read().await
    }

    /// Stores a new account and begins its pairing.
    pub async fn create(&self, new: NewAccount) -> Result<Account, AccountError> {
        if self.dependencies.lifecycle.stopping().is_cancelled() {
            return Err(AccountError::ShuttingDown);
        }
        let now = self.dependencies.clock.now();
        let account = Account {
            id: AccountId::generate(now, &mut rand::rng()),
            workspace_id: new.workspace_id,
            user_id: new.user_id,
            kind: Kind::LinkedDevice,
            display_name: new.display_name,
            identity: Identity { phone: new.phone, lid: None },
            push_name: None,
            desired: Desired::Online,
            linked: false,
            status: Status::of(Reason::NotLinked, now),
            daily_limit: new.daily_limit,
            usage: Usage::default(),
            last_connected_at: None,
            last_disconnected_at: None,
            created_at: now,
            updated_at: now,
        };
        let zone = self.insert(&account).await?;
        self.start(account.clone(), zone);
        self.link(account.id).await
    }

    /// Brings an account online: with its session where there is one, else by pairing.
    pub async fn link(&self, id: AccountId) -> Result<Account, AccountError> {
        self.tell(id, Command::Link).await
    }

    /// Logs an account out and clears its session. Does nothing where that is done.
    pub async fn disconnect(&self, id: AccountId) -> Result<Account, AccountError> {
        self.tell(id, Command::Disconnect).await
    }

    /// The account as it is at this moment.
    pub fn live(&self, stored: Account) -> Account {
        match self.handle(stored.id) {
            Some(handle) => handle.live.borrow().account.clone(),
            None => Live::before_its_actor(stored).account,
        }
    }

    /// How its pairing stands.
    pub fn pairing(&self, id: AccountId) -> Pairing {
        self.handle(id).map_or(Pairing::NotPairing, |handle| handle.live.borrow().pairing.clone())
    }

    /// How its pairing stands, once WhatsApp has sent a code or `patience` is over.
    pub async fn first_code(&self, id: AccountId, patience: Duration) -> Pairing {
        let Some(mut handle) = self.handle(id) else {
            return Pairing::NotPairing;
        };
        let opened = handle.live.wait_for(|live| live.pairing != Pairing::Opening);
        let _too_late = tokio::time::timeout(patience, opened).await.is_err();
        self.pairing(id)
    }

    /// Whether a client runs for it.
    pub fn client_active(&self, id: AccountId) -> bool {
        self.handle(id).is_some_and(|handle| handle.live.borrow().client_active)
    }

    /// Checks the limit and the number, and stores the account, in one transaction.
    async fn insert(&self, account: &Account) -> Result<String, AccountError> {
        let limit = self.dependencies.max_accounts;
        let mut tx = self.dependencies.storage.begin().await?;
        if tx.accounts().count().await? >= u64::from(limit) {
            return Err(AccountError::LimitReached { limit });
        }
        let workspace = tx.workspaces().get(account.workspace_id).await?.ok_or(AccountError::NotFound)?;
        match tx.accounts().insert(account).await {
            Err(StorageError::Conflict(Conflict::PhoneNumber)) => return Err(AccountError::PhoneNumberTaken),
            other => other?,
        }
        tx.commit().await?;
        Ok(workspace.time_zone)
    }

    fn start(&self, account: Account, zone: String) {
        let (commands, inbox) = mpsc::channel(WAITING_COMMANDS);
        let id = account.id;
        let (sender, live) = watch::channel(Live::before_its_actor(account.clone()));
        self.handles
            .write()
            .unwrap_or_else(std::sync::PoisonError::into_inner)
            .insert(id, Handle { commands, live });
        let task = supervise(account, zone, self.dependencies.clone(), sender, inbox);
        self.dependencies.lifecycle.spawn("account", task);
    }

    async fn tell(&self, id: AccountId, command: fn(Reply) -> Command) -> Result<Account, AccountError> {
        if self.dependencies.lifecycle.stopping().is_cancelled() {
            return Err(AccountError::ShuttingDown);
        }
        let handle = self.handle(id).ok_or(AccountError::NotFound)?;
        let (reply, answer) = oneshot::channel();
        handle.commands.try_send(command(reply)).map_err(|_| AccountError::Busy)?;
        answer.await.unwrap_or(Err(AccountError::Busy))
    }

    fn handle(&self, id: AccountId) -> Option<Handle> {
        self.handles.read().unwrap_or_else(std::sync::PoisonError::into_inner).get(&id).cloned()
    }
}
