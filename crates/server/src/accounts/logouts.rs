//! Logs out devices that could not be logged out at WhatsApp at once. Their accounts no longer use these devices. The
//! sessions of the devices stay encrypted, separate from the accounts, until WhatsApp has confirmed the logout. A
//! pending logout stores only two things of the account: its id and its proxy.

use std::collections::BTreeMap;
use std::panic::AssertUnwindSafe;
use std::sync::Arc;
use std::time::Duration;

use futures_util::FutureExt as _;
use linekeeper_model::account::DeviceProfile;
use linekeeper_model::backoff;
use linekeeper_model::clock::Clock;
use linekeeper_model::id::{AccountId, LogoutId};
use linekeeper_model::proxy::ProxyUrl;
use linekeeper_storage::{PendingLogout, Storage, StorageError, VaultError};
use tokio::sync::watch;
use tokio::task::JoinSet;
use tokio::time::Instant;
use tokio_util::sync::CancellationToken;

use super::dependencies::Dependencies;
use super::pace::Pace;
use crate::whatsapp::{Connector, Goodbye, Way, say_goodbye};

/// The maximum number of simultaneous logouts. A logout has to log in first, so it also waits in the queue for
/// logins.
const AT_ONCE: usize = 4;

/// The pauses after 1, 2, 3, 4 and 5 failed attempts in a row. After more attempts, the last pause repeats.
const PAUSES: [Duration; 5] = [
    Duration::from_secs(2),
    Duration::from_secs(5),
    Duration::from_secs(15),
    Duration::from_secs(60),
    Duration::from_secs(300),
];

/// All pending logouts of this process.
pub(super) struct Logouts {
    storage: Storage,
    connector: Arc<Connector>,
    clock: Arc<dyn Clock>,
    pace: Arc<Pace>,
    pending: watch::Sender<BTreeMap<LogoutId, Entry>>,
}

/// A pending logout and its attempts.
struct Entry {
    logout: PendingLogout,
    /// The number of attempts that failed in a row.
    failed: usize,
    /// When the next attempt is due. `None` while an attempt is in progress.
    due: Option<Instant>,
}

/// Why a session could not be set aside.
#[derive(Debug, thiserror::Error)]
pub(super) enum SetAsideError {
    /// The database could not store the logout.
    #[error(transparent)]
    Storage(#[from] StorageError),
    /// The vault, the encrypted store of sessions, could not move the session.
    #[error(transparent)]
    Vault(#[from] VaultError),
}

impl Logouts {
    /// Creates an empty list. [`Logouts::load`] then reads the stored logouts.
    pub(super) fn new(dependencies: &Dependencies) -> Self {
        Self {
            storage: dependencies.storage.clone(),
            connector: dependencies.connector.clone(),
            clock: dependencies.clock.clone(),
            pace: dependencies.pace.clone(),
            pending: watch::Sender::default(),
        }
    }

    /// Reads the logouts that an earlier process did not complete.
    pub(super) async fn load(&self) -> Result<(), StorageError> {
        let stored = self.storage.read().await?.pending_logouts().all().await?;
        stored.into_iter().for_each(|logout| self.add(logout));
        Ok(())
    }

    /// Whether a device of the account must still be logged out.
    pub(super) fn has(&self, account: AccountId) -> bool {
        self.pending.borrow().values().any(|entry| entry.logout.account_id == account)
    }

    /// The number of devices that must still be logged out.
    pub(super) fn count(&self) -> u64 {
        self.pending.borrow().len() as u64
    }

    /// Waits until no device of the account must be logged out any more.
    pub(super) async fn gone(&self, account: AccountId) {
        let none =
            |entries: &BTreeMap<_, Entry>| !entries.values().any(|entry| entry.logout.account_id == account);
        let _never_closed = self.pending.subscribe().wait_for(none).await.is_err();
    }

    /// Waits until each logout of the account has succeeded or failed once, but at most for `patience`.
    pub(super) async fn tried(&self, account: AccountId, patience: Duration) {
        let tried = |entries: &BTreeMap<_, Entry>| {
            entries.values().filter(|entry| entry.logout.account_id == account).all(|entry| entry.failed > 0)
        };
        let mut pending = self.pending.subscribe();
        let _too_late = tokio::time::timeout(patience, pending.wait_for(tried)).await.is_err();
    }

    /// Moves the account's session out of the account. The session is kept apart until WhatsApp has confirmed the
    /// logout. The logout is stored before the session is moved. If the process is killed between these two steps, the
    /// stored logout has no session and counts as done. The account still has its session, and sets the session aside
    /// again.
    pub(super) async fn set_aside(&self, logout: PendingLogout) -> Result<(), SetAsideError> {
        let mut tx = self.storage.begin().await?;
        tx.pending_logouts().insert(&logout).await?;
        tx.commit().await?;
        let moved = self.storage.vault().set_aside(logout.account_id, logout.id).await;
        self.add(logout);
        moved?;
        Ok(())
    }

    /// Adds a logout that is already stored in the database.
    pub(super) fn add(&self, logout: PendingLogout) {
        let entry = Entry { logout, failed: 0, due: Some(Instant::now()) };
        self.pending.send_modify(|entries| {
            entries.entry(entry.logout.id).or_insert(entry);
        });
    }

    /// Makes the account's logouts due now.
    pub(super) fn hurry(&self, account: AccountId) {
        self.pending.send_modify(|entries| {
            for entry in entries.values_mut().filter(|entry| entry.logout.account_id == account) {
                entry.due = entry.due.map(|_| Instant::now());
                entry.failed = 0;
            }
        });
    }

    /// Stores the account's new route to WhatsApp in its pending logouts. The old route may be the reason why the
    /// logouts fail.
    pub(super) async fn reroute(
        &self,
        account: AccountId,
        proxy: Option<&ProxyUrl>,
    ) -> Result<(), StorageError> {
        if !self.has(account) {
            return Ok(());
        }
        let mut tx = self.storage.begin().await?;
        tx.pending_logouts().reroute(account, proxy).await?;
        tx.commit().await?;
        self.pending.send_modify(|entries| {
            for entry in entries.values_mut().filter(|entry| entry.logout.account_id == account) {
                entry.logout.proxy = proxy.cloned();
            }
        });
        self.hurry(account);
        Ok(())
    }

    /// Destroys a device's session after the device was logged out at WhatsApp, then removes the logout.
    pub(super) async fn finish(&self, id: LogoutId) -> Result<(), SetAsideError> {
        self.storage.vault().destroy_aside(id).await?;
        let mut tx = self.storage.begin().await?;
        tx.pending_logouts().delete(id).await?;
        tx.commit().await?;
        self.pending.send_modify(|entries| {
            entries.remove(&id);
        });
        Ok(())
    }

    /// Carries out the logouts until the server stops.
    pub(super) async fn run(self: Arc<Self>, stopping: CancellationToken) {
        let mut changes = self.pending.subscribe();
        let mut attempts = JoinSet::new();
        loop {
            while attempts.len() < AT_ONCE
                && let Some(logout) = self.next_due()
            {
                attempts.spawn(self.clone().attempt(logout));
            }
            let next = if attempts.len() < AT_ONCE { self.earliest() } else { None };
            tokio::select! {
                () = stopping.cancelled() => break,
                Some(_) = attempts.join_next() => {}
                Ok(()) = changes.changed() => {}
                () = at(next) => {}
            }
        }
        attempts.shutdown().await;
    }

    /// Takes a logout that is due. From now on it counts as in progress.
    fn next_due(&self) -> Option<PendingLogout> {
        let now = Instant::now();
        let mut found = None;
        self.pending.send_if_modified(|entries| {
            let due = entries.values_mut().filter(|entry| entry.due.is_some_and(|due| due <= now));
            if let Some(entry) = due.min_by_key(|entry| entry.due) {
                entry.due = None;
                found = Some(entry.logout.clone());
            }
            // `false` means that nobody is notified. The code that waits for changes does not need to know that a
            // logout has started.
            false
        });
        found
    }

    fn earliest(&self) -> Option<Instant> {
        self.pending.borrow().values().filter_map(|entry| entry.due).min()
    }

    async fn attempt(self: Arc<Self>, logout: PendingLogout) {
        let id = logout.id;
        let is_gone = AssertUnwindSafe(self.is_gone(&logout)).catch_unwind().await.unwrap_or(false);
        if is_gone {
            match self.finish(id).await {
                Ok(()) => return tracing::info!(account = %logout.account_id, "logged out at WhatsApp"),
                Err(error) => {
                    tracing::warn!(account = %logout.account_id, %error, "a logout could not be closed")
                }
            }
        }
        self.pending.send_modify(|entries| {
            if let Some(entry) = entries.get_mut(&id) {
                let pause = PAUSES[entry.failed.min(PAUSES.len() - 1)];
                entry.failed += 1;
                entry.due = Some(Instant::now() + backoff::jittered(pause, rand::random()));
            }
        });
    }

    /// Tries to log out the device. Returns whether WhatsApp no longer knows the device.
    async fn is_gone(&self, logout: &PendingLogout) -> bool {
        let account = logout.account_id;
        match self.storage.vault().take_aside(logout.id).await {
            Ok(None) => true,
            Ok(Some(session)) => {
                let _turn = self.pace.clone().turn().await;
                let way = Way { device: DeviceProfile::default(), proxy: logout.proxy.clone() };
                let connector = self.connector.clone();
                say_goodbye(connector, self.clock.clone(), &way, session).await == Goodbye::Gone
            }
            Err(error) => {
                tracing::warn!(%account, %error, "the session of a device that is to be logged out cannot be opened");
                false
            }
        }
    }
}

/// Sleeps until `moment`. If `moment` is `None`, this never returns.
async fn at(moment: Option<Instant>) {
    match moment {
        Some(moment) => tokio::time::sleep_until(moment).await,
        None => std::future::pending().await,
    }
}
