//! What a credential allows now. Listeners with the same credential share the checks in the database. A listener
//! accepts the result of a shared check only if the check began after the listener asked for a result.

use std::collections::HashMap;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError, Weak};

use linekeeper_model::clock::Clock;
use linekeeper_model::id::AccountId;
use linekeeper_storage::{Storage, StorageError};

use super::Letter;
use crate::credentials::standing::{Credential, Lapsed, Standing};

/// The desks of all credentials that listeners use now. A desk is the shared checks of one credential.
pub(super) struct Rights {
    storage: Storage,
    clock: Arc<dyn Clock>,
    desks: Mutex<HashMap<Credential, Weak<Desk>>>,
}

/// A desk: the shared checks of one credential.
pub(super) struct Desk {
    storage: Storage,
    clock: Arc<dyn Clock>,
    credential: Credential,
    /// The number of the next ticket. Each request of a listener and each check takes a ticket. The lower ticket
    /// belongs to the one that began first.
    tickets: AtomicU64,
    last: tokio::sync::Mutex<(u64, Option<Arc<Look>>)>,
}

/// The result of a check: what the credential allowed at one moment.
pub(super) struct Look {
    storage: Storage,
    standing: Standing,
    /// For each account that an event was about: whether the credential gives access to the account.
    reached: tokio::sync::Mutex<HashMap<AccountId, bool>>,
}

impl Rights {
    pub(super) fn new(storage: Storage, clock: Arc<dyn Clock>) -> Self {
        Self { storage, clock, desks: Mutex::default() }
    }

    /// Returns the desk of a credential: the checks that its listeners share. A desk exists as long as a listener holds
    /// it.
    pub(super) fn desk(&self, credential: Credential) -> Arc<Desk> {
        // If another thread panicked, the table is still usable.
        let mut desks = self.desks.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(desk) = desks.get(&credential).and_then(Weak::upgrade) {
            return desk;
        }
        desks.retain(|_, desk| desk.strong_count() > 0);
        let desk = Arc::new(Desk {
            storage: self.storage.clone(),
            clock: self.clock.clone(),
            credential,
            tickets: AtomicU64::new(1),
            last: tokio::sync::Mutex::default(),
        });
        desks.insert(credential, Arc::downgrade(&desk));
        desk
    }
}

impl Desk {
    /// Returns what the credential allows now.
    pub(super) async fn look(&self) -> Result<Arc<Look>, Lapsed> {
        let asked = self.tickets.fetch_add(1, Ordering::SeqCst);
        let mut last = self.last.lock().await;
        if let (began, Some(look)) = &*last
            && *began > asked
        {
            return Ok(Arc::clone(look));
        }
        // The old result is removed first. So if this check fails, the next listener checks again.
        let began = self.tickets.fetch_add(1, Ordering::SeqCst);
        *last = (began, None);
        let mut tx = self.storage.read().await?;
        let standing = self.credential.standing(&mut tx, self.clock.now()).await?;
        drop(tx);
        let look = Arc::new(Look {
            storage: self.storage.clone(),
            standing,
            reached: tokio::sync::Mutex::default(),
        });
        *last = (began, Some(Arc::clone(&look)));
        Ok(look)
    }
}

impl Look {
    pub(super) const fn standing(&self) -> &Standing {
        &self.standing
    }

    /// Whether the bearer of the credential may get the letter. The bearer needs the permission for this type of event,
    /// and access to the account that the event is about.
    pub(super) async fn allows(&self, letter: &Letter) -> Result<bool, StorageError> {
        let standing = &self.standing;
        if letter.workspace_id() != standing.workspace_id || !standing.may(letter.needs()) {
            return Ok(false);
        }
        let sees_all = standing.role.sees_all_accounts() && !standing.lists_accounts();
        match letter.account_id() {
            // The account was deleted, so the server cannot check whether the bearer had access to it. Only a bearer
            // who sees all accounts gets the event.
            Some(_) if letter.outlives_its_account() => Ok(sees_all),
            Some(account) => self.reaches(account).await,
            None => Ok(sees_all),
        }
    }

    async fn reaches(&self, account: AccountId) -> Result<bool, StorageError> {
        let mut reached = self.reached.lock().await;
        if let Some(known) = reached.get(&account) {
            return Ok(*known);
        }
        let reach = self.standing.reach();
        let is_within = self.storage.read().await?.accounts().is_within(reach, account).await?;
        reached.insert(account, is_within);
        Ok(is_within)
    }
}
