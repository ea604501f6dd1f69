//! The stored row of one account and its counters, written by its actor alone. A database that is gone
//! keeps nobody from connecting: what could not be written is written later.

use jiff::Timestamp;
use linekeeper_model::account::Account;
use linekeeper_model::health::LastHour;
use linekeeper_model::limits::Usage;
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

    /// Changes the account only if that can be written; answers what `change` said is different now.
    pub(super) async fn commit(
        &mut self,
        now: Timestamp,
        change: impl FnOnce(&mut Account) -> Vec<&'static str>,
    ) -> Result<(), StorageError> {
        let before = self.account.clone();
        let _changed = change(&mut self.account);
        if self.account == before {
            return Ok(());
        }
        self.account.updated_at = now;
        let was_dirty = std::mem::replace(&mut self.dirty, true);
        if let Err(error) = self.write().await {
            (self.account, self.dirty) = (before, was_dirty);
            return Err(error);
        }
        self.dirty = false;
        self.counters.written();
        Ok(())
    }

    /// Removes the account's rows.
    pub(super) async fn delete(&self) -> Result<(), StorageError> {
        let mut tx = self.storage.begin().await?;
        tx.accounts().delete(self.account.id).await?;
        tx.commit().await
    }

    /// Counts messages that came in; they are written with the next save.
    pub(super) fn received(&mut self, now: Timestamp, messages: u32) {
        self.counters.received(now, messages);
        self.account.usage = self.counters.today(now);
    }

    /// Sends and failures of the last hour.
    pub(super) const fn last_hour(&self) -> &LastHour {
        self.counters.last_hour()
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
        if let Some((day, Usage { sent, received })) = self.counters.unwritten() {
            if sent > 0 {
                tx.accounts().add_sent(self.account.id, &day, sent).await?;
            }
            if received > 0 {
                tx.accounts().add_received(self.account.id, &day, received).await?;
            }
        }
        tx.commit().await
    }
}
