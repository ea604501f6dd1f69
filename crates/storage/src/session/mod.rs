//! The session of one account, as the protocol library needs it. This module implements the library's `Backend`, with
//! one file for each trait. Every value is encrypted, and every key is a keyed hash. Each method is one transaction,
//! and its changes are on disk when it returns.

mod app_sync;
mod asked_again;
mod contact_tokens;
mod device;
mod group_keys;
mod inbound;
mod keyed;
mod lid_mappings;
mod messages;
mod msg_secret;
mod protocol;
mod signal;
mod taking;

use std::sync::atomic::{AtomicI64, Ordering};
use std::sync::{Arc, OnceLock};

use futures_util::future::BoxFuture;
use linekeeper_model::id::AccountId;
use tokio::sync::{Mutex, watch};
use wacore::store::error::StoreError;

pub use self::asked_again::AskedAgain;
use self::device::Recorded;
use self::inbound::InFlight;
pub use self::inbound::{InboundKey, LostInbound};
use crate::seal::{Cipher, Tag};
use crate::vault::{Change, Fault, Found, Kind, Lease, NewRow, OnConflict, Outcome, Shared, VaultError};

/// The result type that the library's traits use.
type Result<T, E = StoreError> = std::result::Result<T, E>;

/// The right to read and write the session of one account, until somebody else takes the session.
pub struct SessionStore {
    account: AccountId,
    lease: Lease,
    cipher: Cipher,
    vault: Arc<Shared>,
    /// Counts the writes that got a number from `next_write`. Only a write whose order matters later gets a number.
    writes: AtomicI64,
    device: Mutex<Recorded>,
    fault: watch::Sender<Option<Fault>>,
    /// Finds sent messages that the session has already deleted.
    sent: OnceLock<SentMessages>,
    in_flight: InFlight,
    /// Called for each message that was lost.
    lost: OnceLock<LostInbound>,
}

/// A function that finds the bytes of a sent message by the JID of its chat and by its id. The chat must match: other
/// people know ids, for example from quotes, and a device that asks in another chat must not get the message.
pub type SentMessages = Arc<dyn Fn(String, String) -> BoxFuture<'static, Option<Vec<u8>>> + Send + Sync>;

impl SessionStore {
    fn new(account: AccountId, lease: Lease, cipher: Cipher, vault: Arc<Shared>) -> Self {
        Self {
            account,
            lease,
            cipher,
            vault,
            writes: AtomicI64::new(0),
            device: Mutex::default(),
            fault: watch::Sender::new(None),
            sent: OnceLock::new(),
            in_flight: InFlight::default(),
            lost: OnceLock::new(),
        }
    }

    /// Sets where to find a message that the session has already deleted. A phone may ask for a message days after
    /// it was sent, and more than once.
    pub fn find_sent_in(&self, sent: SentMessages) {
        // A session sets this only once.
        let _already_set = self.sent.set(sent);
    }

    /// The account that the session belongs to.
    pub const fn account(&self) -> AccountId {
        self.account
    }

    /// The epoch of this holder. A later holder of the same session has a greater epoch.
    pub const fn epoch(&self) -> i64 {
        self.lease.epoch
    }

    /// What is wrong with the session, as far as calls on this store have shown. The library reports an error only
    /// as text or not at all. This value tells whether the database is not available, a value cannot be decrypted,
    /// or somebody else has taken the session.
    pub fn fault(&self) -> Option<Fault> {
        *self.fault.borrow()
    }

    /// Follows changes of [`SessionStore::fault`].
    pub fn watch_fault(&self) -> watch::Receiver<Option<Fault>> {
        self.fault.subscribe()
    }

    const fn session(&self) -> i64 {
        self.lease.session
    }

    fn tag(&self, kind: Kind, parts: &[&[u8]]) -> Tag {
        self.cipher.tag(kind.name(), parts)
    }

    /// Encrypts `plain` and returns a row with the encrypted value. If this kind of row uses other columns, the caller
    /// sets those columns.
    fn row(&self, kind: Kind, tag: Tag, plain: &[u8]) -> NewRow {
        let value = self.cipher.seal(kind.name(), &tag, plain);
        NewRow { kind, tag, group: None, member: None, number: None, stamp: None, mark: None, value }
    }

    fn open(&self, kind: Kind, found: &Found) -> Result<Vec<u8>, VaultError> {
        self.cipher.open(kind.name(), &found.tag, &found.value).map_err(VaultError::unsealed(kind.name()))
    }

    /// Returns the number of a new write. It is greater than the numbers of all earlier writes, including the writes of
    /// earlier holders.
    fn next_write(&self) -> i64 {
        (self.lease.epoch << 32) + self.writes.fetch_add(1, Ordering::Relaxed)
    }

    async fn find(&self, kind: Kind, tag: &Tag) -> Result<Option<Vec<u8>>, VaultError> {
        let found = self.in_the_end(|| self.vault.find(self.session(), kind, tag)).await?;
        found.map(|found| self.open(kind, &found)).transpose()
    }

    /// Writes rows, and replaces existing ones. If several rows have the same tag, the last one is stored.
    async fn put(&self, rows: Vec<NewRow>) -> Result<(), VaultError> {
        self.put_with(OnConflict::Replace, rows).await
    }

    async fn put_with(&self, on_conflict: OnConflict, mut rows: Vec<NewRow>) -> Result<(), VaultError> {
        if rows.is_empty() {
            return Ok(());
        }
        // A statement may contain a row only once, and all writers must lock rows in the same order. The sort is
        // stable. So after reversing, the last row with a tag comes before the others, and `dedup` keeps it.
        rows.reverse();
        rows.sort_by_key(|row| row.tag);
        rows.dedup_by_key(|row| row.tag);
        self.write(Change::Put { on_conflict, rows }).await.map(drop)
    }

    /// Deletes the rows with these tags. It is not an error if they do not exist.
    async fn delete(&self, kind: Kind, mut tags: Vec<Tag>) -> Result<(), VaultError> {
        if tags.is_empty() {
            return Ok(());
        }
        tags.sort_unstable();
        tags.dedup();
        self.write(Change::Delete { kind, tags }).await.map(drop)
    }

    /// Makes a change. Returns the number of rows that were changed.
    async fn write(&self, change: Change) -> Result<u64, VaultError> {
        match self.vault.write(self.lease, change).await? {
            Outcome::Rows(rows) => Ok(rows),
            Outcome::Taken(value) => Ok(u64::from(value.is_some())),
        }
    }

    /// Deletes a row and returns its value. If two calls do this at the same time, only one of them gets the value.
    async fn take(&self, kind: Kind, tag: Tag) -> Result<Option<Vec<u8>>, VaultError> {
        match self.vault.write(self.lease, Change::Take { kind, tag }).await? {
            Outcome::Taken(Some(value)) => self
                .cipher
                .open(kind.name(), &tag, &value)
                .map(Some)
                .map_err(VaultError::unsealed(kind.name())),
            _ => Ok(None),
        }
    }

    /// Notes the error for [`SessionStore::fault`], and converts it to the library's error type.
    fn tell<T>(&self, result: Result<T, VaultError>) -> Result<T, StoreError> {
        match result {
            Ok(value) => {
                self.fault
                    .send_if_modified(|known| known.take_if(|fault| *fault == Fault::Unavailable).is_some());
                Ok(value)
            }
            Err(error) => {
                let fault = error.fault();
                self.fault.send_if_modified(|known| {
                    let worse = known.is_none_or(|known| known < fault);
                    if worse {
                        *known = Some(fault);
                    }
                    worse
                });
                tracing::warn!(account = %self.account, error = &error as &dyn std::error::Error, "the session store failed");
                Err(store_error(error))
            }
        }
    }
}

impl std::fmt::Debug for SessionStore {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("SessionStore")
            .field("account", &self.account)
            .field("epoch", &self.lease.epoch)
            .finish_non_exhaustive()
    }
}

/// Converts an error to the library's error type. The library looks at the variant, and the [`VaultError`] is the
/// source of the error.
fn store_error(error: VaultError) -> StoreError {
    match error.fault() {
        Fault::Unavailable => StoreError::Connection(Box::new(error)),
        Fault::Unreadable => StoreError::Serialization(Box::new(error)),
        Fault::Fenced => StoreError::Database(Box::new(error)),
    }
}
