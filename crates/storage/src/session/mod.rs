//! One account's session as the protocol library wants it: its whole `Backend`, one file per trait.
//! Names the library's store traits and nothing else of it. Every value is sealed, every key is a blind index,
//! every method is one transaction that is on disk when it returns.

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

/// What the library's traits answer.
type Result<T, E = StoreError> = std::result::Result<T, E>;

/// The right to read and write one account's session, until somebody else takes it.
pub struct SessionStore {
    account: AccountId,
    lease: Lease,
    cipher: Cipher,
    vault: Arc<Shared>,
    /// Counts the writes whose order matters later.
    writes: AtomicI64,
    device: Mutex<Recorded>,
    fault: watch::Sender<Option<Fault>>,
    /// Where messages are that were sent long ago.
    sent: OnceLock<SentMessages>,
    in_flight: InFlight,
    /// Whom to tell of messages that were lost.
    lost: OnceLock<LostInbound>,
}

/// Finds the bytes of a message that was sent, by its chat's JID and its id. Only for that chat: other people learn ids, from
/// quotes for example, and a device that asks in another chat must not get the message.
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

    /// Where to look for a message that a recipient asks for again, when the session has it no longer: a phone may ask days
    /// later, and more than once.
    pub fn find_sent_in(&self, sent: SentMessages) {
        // A session is set up once.
        let _already_set = self.sent.set(sent);
    }

    /// Whose session it is.
    pub const fn account(&self) -> AccountId {
        self.account
    }

    /// The fencing number: a later holder of the same account has a greater one.
    pub const fn epoch(&self) -> i64 {
        self.lease.epoch
    }

    /// What is wrong with the session, as far as calls on this store have met it. The library reports errors as
    /// text or not at all; this tells a full disk from a wrong key from a take-over.
    pub fn fault(&self) -> Option<Fault> {
        *self.fault.borrow()
    }

    /// [`SessionStore::fault`] as it changes.
    pub fn watch_fault(&self) -> watch::Receiver<Option<Fault>> {
        self.fault.subscribe()
    }

    const fn session(&self) -> i64 {
        self.lease.session
    }

    fn tag(&self, kind: Kind, parts: &[&[u8]]) -> Tag {
        self.cipher.tag(kind.name(), parts)
    }

    /// A row with a value alone; the caller fills in what else its kind has.
    fn row(&self, kind: Kind, tag: Tag, plain: &[u8]) -> NewRow {
        let value = self.cipher.seal(kind.name(), &tag, plain);
        NewRow { kind, tag, group: None, member: None, number: None, stamp: None, mark: None, value }
    }

    fn open(&self, kind: Kind, found: &Found) -> Result<Vec<u8>, VaultError> {
        self.cipher.open(kind.name(), &found.tag, &found.value).map_err(VaultError::unsealed(kind.name()))
    }

    /// Greater than that of every write before, also by earlier holders.
    fn next_write(&self) -> i64 {
        (self.lease.epoch << 32) + self.writes.fetch_add(1, Ordering::Relaxed)
    }

    async fn find(&self, kind: Kind, tag: &Tag) -> Result<Option<Vec<u8>>, VaultError> {
        let found = self.in_the_end(|| self.vault.find(self.session(), kind, tag)).await?;
        found.map(|found| self.open(kind, &found)).transpose()
    }

    /// Replaces rows; of several with one tag the last stands.
    async fn put(&self, rows: Vec<NewRow>) -> Result<(), VaultError> {
        self.put_with(OnConflict::Replace, rows).await
    }

    async fn put_with(&self, on_conflict: OnConflict, mut rows: Vec<NewRow>) -> Result<(), VaultError> {
        if rows.is_empty() {
            return Ok(());
        }
        // One statement may not touch a row twice, and all writers lock rows in one order. The sort is stable, so
        // that reversing puts the last of equal tags first, where `dedup` keeps it.
        rows.reverse();
        rows.sort_by_key(|row| row.tag);
        rows.dedup_by_key(|row| row.tag);
        self.write(Change::Put { on_conflict, rows }).await.map(drop)
    }

    /// Deletes the rows with these tags; fine where there are none.
    async fn delete(&self, kind: Kind, mut tags: Vec<Tag>) -> Result<(), VaultError> {
        if tags.is_empty() {
            return Ok(());
        }
        tags.sort_unstable();
        tags.dedup();
        self.write(Change::Delete { kind, tags }).await.map(drop)
    }

    /// Writes; answers how many rows it touched.
    async fn write(&self, change: Change) -> Result<u64, VaultError> {
        match self.vault.write(self.lease, change).await? {
            Outcome::Rows(rows) => Ok(rows),
            Outcome::Taken(value) => Ok(u64::from(value.is_some())),
        }
    }

    /// Deletes a row and answers what it held. Of two that ask at once, one gets it.
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

    /// Remembers what went wrong, and says it in the library's words.
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

/// The library tells its errors apart by their variants; the [`VaultError`] stays reachable as their source.
fn store_error(error: VaultError) -> StoreError {
    match error.fault() {
        Fault::Unavailable => StoreError::Connection(Box::new(error)),
        Fault::Unreadable => StoreError::Serialization(Box::new(error)),
        Fault::Fenced => StoreError::Database(Box::new(error)),
    }
}
