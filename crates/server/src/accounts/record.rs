//! The stored row of one account and its counters, written by its actor alone. A database that is gone
//! keeps nobody from connecting: what could not be written is written later.

use jiff::Timestamp;
use linekeeper_model::account::Account;
use linekeeper_storage::{Conflict, Storage, StorageError};

use super::counters::Counters;

/// The account as it is, and what of it is not on disk yet.
pub(super) struct Record {
    pub(super) account: Account,
    storage: Storage,
    counters: Counters,
    dirty: bool,
}

impl Record {
    pub(super) const fn new(account: Account, storage: Storage, counters: Counters) -> Self {
        Self { account, storage, counters, dirty: false }
    }

    /// Changes the account and writes it.
    pub(super) async fn change(&mut self, now: Timestamp, change: impl FnOnce(&mut Account)) {
        self.note(now, change);
        self.save(now).await;
    }

    /// Changes the account; the next save writes it.
    pub(super) fn note(&mut self, now: Timestamp, change: impl FnOnce(&mut Account)) {
        change(&mut self.account);
        self.account.updated_at = now;
        self.dirty = true;
    }

    /// Counts messages that came in; they are written with the next save.
    pub(super) fn received(&mut self, now: Timestamp, messages: u32) {
        self.counters.received(now, messages);
        self.account.usage = self.counters.today(now);
    }

    /// Whether something waits to be written.
    pub(super) const fn is_dirty(&self) -> bool {
        self.dirty || self.counters.is_dirty()
    }

    /// Writes what is not on disk yet.
    pub(super) async fn save(&mut self, now: Timestamp) {
        self.account.usage = self.counters.today(now);
        match self.write().await {
            Ok(()) => {
                self.dirty = false;
                self.counters.written();
            }
            Err(error) => {
                tracing::warn!(account = %self.account.id, %error, "the account could not be stored; trying again");
            }
        }
    }

    /// Whether another account has the phone number that this one was just linked to.
    pub(super) async fn phone_is_taken(&self) -> bool {
        let Some(phone) = &self.account.identity.phone else {
            return false;
        };
        let found = async {
            let mut tx = self.storage.read().await?;
            tx.accounts().id_of_phone(phone).await
        };
        match found.await {
            Ok(owner) => owner.is_some_and(|owner| owner != self.account.id),
            // The unique index decides when the row is written.
            Err(error) => {
                tracing::warn!(account = %self.account.id, %error, "could not look for the phone number");
                false
            }
        }
    }

    async fn write(&self) -> Result<(), StorageError> {
        if !self.is_dirty() {
            return Ok(());
        }
        let mut tx = self.storage.begin().await?;
        if self.dirty {
            match tx.accounts().update(&self.account).await {
                // Two accounts linked to one phone at the same moment: the later one goes without the number.
                Err(StorageError::Conflict(Conflict::PhoneNumber)) => {
                    tracing::error!(account = %self.account.id, "its phone number belongs to another account");
                    return Err(StorageError::Conflict(Conflict::PhoneNumber));
                }
                other => other?,
            }
        }
        if let Some((day, received)) = self.counters.unwritten() {
            tx.accounts().add_received(self.account.id, &day, received).await?;
        }
        tx.commit().await
    }
}
