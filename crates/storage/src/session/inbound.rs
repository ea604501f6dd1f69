//! Inbound messages, from decryption until they are stored. When the library finds that a message was decrypted
//! before, it looks the message up here. The message is then pending (not stored yet), settled (stored), or lost.
//! Only a settled message may be acknowledged.

use std::collections::BTreeSet;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use futures_util::future::BoxFuture;
use linekeeper_model::backoff;
use wacore::store::error::StoreError;
use wacore::store::traits::{PendingInboundKey, PendingInboundRow};

use super::{Result, SessionStore};
use crate::error::Cause;
use crate::seal::Tag;
use crate::vault::{Change, Kind, NewRow, VaultError};

/// A function that records a lost message: a message that is not stored and cannot be decrypted again. When the
/// function returns without an error, the message is acknowledged.
pub type LostInbound = Arc<dyn Fn(InboundKey) -> BoxFuture<'static, Result<(), Cause>> + Send + Sync>;

/// Identifies an inbound message, with the names that the library uses.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct InboundKey {
    /// The chat's JID.
    pub chat: String,
    /// The sender's JID.
    pub sender: String,
    /// The message's id at WhatsApp.
    pub id: String,
}

/// The messages that clients are storing at this moment.
#[derive(Debug, Default)]
pub(super) struct InFlight(Mutex<BTreeSet<Tag>>);

impl InFlight {
    fn tags(&self) -> MutexGuard<'_, BTreeSet<Tag>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn enter(&self, rows: &[NewRow]) -> Entered<'_> {
        let tags: Vec<Tag> = rows.iter().map(|row| row.tag).collect();
        self.tags().extend(tags.iter().copied());
        Entered { room: self, tags }
    }
}

/// The messages that one call is storing. While this value exists, they are in the set of [`InFlight`]. The value is
/// dropped when the call ends, and also if the library cancels the call.
struct Entered<'a> {
    room: &'a InFlight,
    tags: Vec<Tag>,
}

impl Drop for Entered<'_> {
    fn drop(&mut self) {
        let mut tags = self.room.tags();
        for tag in &self.tags {
            tags.remove(tag);
        }
    }
}

impl SessionStore {
    /// Sets the function that is called for each lost message. The library first stores that the keys of a message are
    /// used. After that, this store writes the message. If the process ends between these two steps, the message is
    /// lost.
    ///
    /// From now on, the session waits while the database is not available, because the library would not try again.
    pub fn report_lost_to(&self, lost: LostInbound) {
        // A session sets this only once.
        let _already_set = self.lost.set(lost);
    }

    pub(super) fn pending_tag(&self, chat: &str, sender: &str, id: &str) -> Tag {
        self.tag(Kind::PendingInbound, &[chat.as_bytes(), sender.as_bytes(), id.as_bytes()])
    }

    pub(super) async fn store_pending(&self, messages: &[PendingInboundRow<'_>]) -> Result<()> {
        let stamp = Some(self.now());
        let mut rows = Vec::with_capacity(messages.len());
        for message in messages {
            let tag = self.pending_tag(message.chat, message.sender, message.id);
            rows.push(NewRow { stamp, ..self.row(Kind::PendingInbound, tag, message.message) });
        }
        let _in_flight = self.in_flight.enter(&rows);
        self.put_in_the_end(rows).await
    }

    pub(super) async fn put_in_the_end(&self, rows: Vec<NewRow>) -> Result<()> {
        let put = self.in_the_end(|| self.put(rows.clone())).await;
        self.tell(put)
    }

    /// Repeats a read or a write until the database is available, if [`Self::report_lost_to`] was called for this
    /// session. Stops when somebody else takes the session or the server stops. This is necessary because the library
    /// drops a message that it cannot store, and treats a key that it cannot read as missing.
    pub(super) async fn in_the_end<T, F>(&self, act: impl Fn() -> F) -> Result<T, VaultError>
    where
        F: Future<Output = Result<T, VaultError>>,
    {
        for tries in 0.. {
            match act().await {
                Err(error @ VaultError::Unavailable(_)) if self.lost.get().is_some() => {
                    let _told: Result<()> = self.tell(Err(error));
                }
                answer => return answer,
            }
            tokio::time::sleep(backoff::while_away(tries)).await;
        }
        unreachable!("the loop ends with an answer")
    }

    pub(super) async fn find_pending(&self, chat: &str, sender: &str, id: &str) -> Result<Option<Vec<u8>>> {
        let tag = self.pending_tag(chat, sender, id);
        // Check this set first. A client removes a message from it only after the message is written.
        if self.in_flight.tags().contains(&tag) {
            return Err(StoreError::Connection("the same message is being stored".into()));
        }
        if let Some(message) = self.tell(self.find(Kind::PendingInbound, &tag).await)? {
            return Ok(Some(message));
        }
        let Some(lost) = self.lost.get() else { return Ok(None) };
        let session = self.session();
        if self
            .tell(self.in_the_end(|| self.vault.find(session, Kind::SettledInbound, &tag)).await)?
            .is_some()
        {
            return Ok(None);
        }
        let key = InboundKey { chat: chat.to_owned(), sender: sender.to_owned(), id: id.to_owned() };
        lost(key).await.map_err(StoreError::Database)?;
        Ok(None)
    }

    /// Deletes messages that are stored elsewhere now. If the session reports lost messages, it keeps the keys of the
    /// deleted messages. So a message that arrives again is not mistaken for a lost message.
    pub(super) async fn settle_pending(&self, keys: &[PendingInboundKey<'_>]) -> Result<()> {
        let mut tags: Vec<Tag> =
            keys.iter().map(|key| self.pending_tag(key.chat, key.sender, key.id)).collect();
        if self.lost.get().is_none() {
            return self.tell(self.delete(Kind::PendingInbound, tags).await);
        }
        tags.sort_unstable();
        tags.dedup();
        let stamp = Some(self.now());
        let row = |tag| {
            let kind = Kind::SettledInbound;
            NewRow {
                kind,
                tag,
                group: None,
                member: None,
                number: None,
                stamp,
                mark: None,
                value: Vec::new(),
            }
        };
        let rows: Vec<NewRow> = tags.into_iter().map(row).collect();
        if rows.is_empty() {
            return Ok(());
        }
        self.tell(self.write(Change::Settle { kind: Kind::PendingInbound, rows }).await.map(drop))
    }

    pub(super) async fn sweep_pending(&self, before: i64) -> Result<u64> {
        let settled = Change::DeleteBefore { kind: Kind::SettledInbound, stamp: before };
        self.tell(self.write(settled).await)?;
        let pending = Change::DeleteBefore { kind: Kind::PendingInbound, stamp: before };
        self.tell(self.write(pending).await)
    }
}
