//! The stored row of one account and its counters. Only the account's actor writes them. Accounts connect even if the
//! database is unreachable: the changes are then written later. If a later actor, for example in another server, took
//! over the account, the earlier actor no longer writes the row and events.

use jiff::Timestamp;
use linekeeper_model::account::Account;
use linekeeper_model::audit::NewEntry;
use linekeeper_model::connection::Claim;
use linekeeper_model::event::{NewEvent, Payload};
use linekeeper_model::health::Deliveries;
use linekeeper_model::health::LastHour;
use linekeeper_model::phone::Identity;
use linekeeper_storage::{
    Conflict, PendingLogout, Picture as StoredPicture, RuntimeEpoch, Storage, StorageError, Tx,
};

use super::usage::Counters;
use crate::events::{Append, Log};
use crate::whatsapp::ProfilePicture;

/// The maximum number of events that wait while the database is unreachable. If there are more, the oldest is dropped.
/// A reconnect creates only a few events, so this is enough for hours.
const MOST_UNTOLD: usize = 500;

/// The account, and the changes that are not on disk yet.
pub(super) struct Record {
    pub(super) account: Account,
    storage: Storage,
    log: Log,
    counters: Counters,
    /// The row, events and audit entries are written only while this is the account's epoch.
    epoch: RuntimeEpoch,
    /// Whether a later actor took over the account, or the account was deleted.
    fenced: bool,
    dirty: bool,
    /// Events that are not in the log yet. They are written together with the row.
    untold: Vec<NewEvent>,
}

impl Record {
    pub(super) const fn new(
        account: Account,
        epoch: RuntimeEpoch,
        storage: Storage,
        log: Log,
        counters: Counters,
    ) -> Self {
        Self { account, storage, log, counters, epoch, fenced: false, dirty: false, untold: Vec::new() }
    }

    /// Whether a later actor took over the account, or the account was deleted. This becomes known when something
    /// is written. The actor must then end.
    pub(super) const fn is_fenced(&self) -> bool {
        self.fenced
    }

    /// Fails with [`StorageError::Fenced`] if a later actor took over the account.
    pub(super) async fn verify(&mut self) -> Result<(), StorageError> {
        let mut tx = self.storage.begin().await?;
        self.verify_in(&mut tx).await?;
        tx.commit().await
    }

    /// Makes the same check as [`Record::verify`], inside `tx`. If the check succeeds, nobody can take over the account
    /// before `tx` ends.
    async fn verify_in(&mut self, tx: &mut Tx) -> Result<(), StorageError> {
        if tx.accounts().holds(self.account.id, self.epoch).await? { Ok(()) } else { Err(self.stand_down()) }
    }

    /// Drops the changes that this actor has not written, because a later actor has its own status and events, or the
    /// account was deleted. Only the message counts are kept, because these messages were really sent and received.
    fn stand_down(&mut self) -> StorageError {
        if !self.fenced {
            tracing::warn!(account = %self.account.id, "another actor runs this account now, or it was deleted");
        }
        (self.fenced, self.dirty) = (true, false);
        self.untold.clear();
        StorageError::Fenced
    }

    /// Adds an event. The next save writes it.
    pub(super) fn tell(&mut self, now: Timestamp, payload: Payload) {
        let (workspace, account) = (self.account.workspace_id, self.account.id);
        if self.untold.len() >= MOST_UNTOLD {
            tracing::warn!(%account, "the database is gone for so long that the oldest untold event is dropped");
            self.untold.remove(0);
        }
        self.untold.push(NewEvent::of_account(workspace, account, payload, now, &mut rand::rng()));
    }

    /// Changes the account in memory and writes it at once. If the write fails, it is tried again later.
    pub(super) async fn change(&mut self, now: Timestamp, change: impl FnOnce(&mut Account)) {
        self.note(now, change);
        self.save(now).await;
    }

    /// Changes the account in memory. The next save writes it.
    pub(super) fn note(&mut self, now: Timestamp, change: impl FnOnce(&mut Account)) {
        change(&mut self.account);
        self.account.updated_at = now;
        self.dirty = true;
    }

    /// Writes an audit entry in a transaction of its own, without a change of the account.
    pub(super) async fn enter(&mut self, entry: Option<NewEntry>) -> Result<(), StorageError> {
        let Some(entry) = entry else { return Ok(()) };
        let mut tx = self.storage.begin().await?;
        self.verify_in(&mut tx).await?;
        tx.audit().append(&entry).await?;
        tx.commit().await
    }

    /// Changes the account only if the change and its audit entry can be written together. `change` returns the
    /// names of the changed fields, which the event lists.
    pub(super) async fn commit(
        &mut self,
        now: Timestamp,
        entry: Option<NewEntry>,
        change: impl FnOnce(&mut Account) -> Vec<&'static str>,
    ) -> Result<(), StorageError> {
        let before = self.account.clone();
        let changed = change(&mut self.account);
        if self.account == before {
            return self.enter(entry).await;
        }
        self.account.updated_at = now;
        let (was_dirty, untold) = (std::mem::replace(&mut self.dirty, true), self.untold.len());
        if !changed.is_empty() {
            let fields = changed.into_iter().map(str::to_owned).collect();
            self.tell(now, Payload::AccountUpdated { fields });
        }
        let written = self.write_with(entry).await;
        if written.is_err() {
            self.undo(before, was_dirty, untold);
        }
        written
    }

    /// Takes back a change that could not be written.
    fn undo(&mut self, before: Account, was_dirty: bool, untold: usize) {
        self.account = before;
        // A fenced actor has nothing to write any more.
        self.dirty = was_dirty && !self.fenced;
        self.untold.truncate(untold);
    }

    /// Stores the account's picture, or removes it. Then writes the account's row.
    pub(super) async fn keep_picture(
        &mut self,
        now: Timestamp,
        picture: Option<ProfilePicture>,
    ) -> Result<(), StorageError> {
        let id = self.account.id;
        let mut tx = self.storage.begin().await?;
        self.verify_in(&mut tx).await?;
        match &picture {
            Some(ProfilePicture { id: picture_id, media_type, bytes }) => {
                let picture = StoredPicture {
                    account_id: id,
                    picture_id: picture_id.clone(),
                    media_type: (*media_type).to_owned(),
                    bytes: bytes.clone(),
                    fetched_at: now,
                };
                tx.pictures().put(&picture).await?;
            }
            None => tx.pictures().delete(id).await?,
        }
        tx.commit().await?;
        let picture_id = picture.map(|picture| picture.id);
        let push_name = self.account.push_name.clone();
        self.tell(now, Payload::AccountProfile { push_name, picture_id: picture_id.clone() });
        self.note(now, |account| account.picture_id = picture_id);
        self.write().await
    }

    /// Stores in the account's row which phone the account is linked to. This fails if another account's row names the
    /// same phone.
    pub(super) async fn claim(
        &mut self,
        now: Timestamp,
        identity: Identity,
        push_name: Option<String>,
    ) -> Claim {
        let before = self.account.clone();
        let (was_dirty, untold) = (self.dirty, self.untold.len());
        let payload = if before.linked {
            Payload::AccountUpdated { fields: vec!["phoneNumber".to_owned()] }
        } else {
            let Identity { phone, lid } = identity.clone();
            Payload::AccountLinked { phone_number: phone, lid, push_name }
        };
        self.tell(now, payload);
        self.note(now, |account| {
            let Identity { phone, lid } = identity;
            account.identity.phone = phone;
            account.identity.lid = lid.or(account.identity.lid.take());
            account.linked = true;
            account.phone_seen_at = Some(now);
        });
        let Err(error) = self.write().await else { return Claim::Held };
        self.undo(before, was_dirty, untold);
        tracing::warn!(account = %self.account.id, %error, "the phone could not be written down as this account's");
        match error {
            StorageError::Conflict(Conflict::PhoneNumber) => Claim::Taken,
            _ => Claim::Unwritten,
        }
    }

    /// Removes the account's rows, and stores its pending logout.
    pub(super) async fn delete(
        &mut self,
        now: Timestamp,
        logout: &PendingLogout,
        entry: Option<NewEntry>,
    ) -> Result<(), StorageError> {
        let (workspace, account) = (self.account.workspace_id, self.account.id);
        let payload = Payload::AccountDeleted { display_name: self.account.display_name.clone() };
        let mut append = Append::begin(&self.storage, &self.log).await?;
        self.verify_in(append.tx()).await?;
        append.tx().accounts().delete(account).await?;
        append.tx().pending_logouts().insert(logout).await?;
        if let Some(entry) = entry {
            append.tx().audit().append(&entry).await?;
        }
        append.tell(NewEvent::of_account(workspace, account, payload, now, &mut rand::rng()));
        append.commit().await
    }

    /// Counts inbound messages. The next save writes the count.
    pub(super) fn received(&mut self, now: Timestamp, messages: u32) {
        self.counters.received(now, messages);
        self.account.usage = self.counters.today(now);
    }

    /// Counts a message that was sent to WhatsApp, and whether WhatsApp refused it. The next save writes the count.
    pub(super) fn sent(&mut self, now: Timestamp, failed: bool) {
        self.counters.sent(now, 1);
        if failed {
            self.counters.failed(now, 1);
        }
        self.account.usage = self.counters.today(now);
    }

    /// If a new day has begun, sets the day's counts to zero. Returns when the next day begins.
    pub(super) fn turn_day(&mut self, now: Timestamp) -> Timestamp {
        self.account.usage = self.counters.today(now);
        self.counters.next_midnight(now)
    }

    /// The sent and failed messages of each minute of the last hour. [`Record::last_hour`] returns their sums.
    pub(super) const fn hour(&self) -> &LastHour {
        self.counters.last_hour()
    }

    /// Whether something waits to be written.
    pub(super) fn is_dirty(&self) -> bool {
        self.dirty || self.counters.is_dirty() || !self.untold.is_empty()
    }

    /// The sent and failed messages of the last hour.
    pub(super) fn last_hour(&self, now: Timestamp) -> Deliveries {
        self.counters.last_hour().deliveries(now)
    }

    /// Writes everything that is not on disk yet.
    pub(super) async fn save(&mut self, now: Timestamp) {
        self.account.usage = self.counters.today(now);
        if self.fenced {
            self.stand_down();
        }
        if let Err(error) = self.write().await
            && !self.fenced
        {
            tracing::warn!(account = %self.account.id, %error, "the account could not be stored; trying again");
        }
    }

    /// Writes the row, the counts and the events in one transaction.
    async fn write(&mut self) -> Result<(), StorageError> {
        if self.is_dirty() { self.write_with(None).await } else { Ok(()) }
    }

    /// Writes the row, the counts, the events and an audit entry in one transaction.
    async fn write_with(&mut self, entry: Option<NewEntry>) -> Result<(), StorageError> {
        let mut append = Append::begin(&self.storage, &self.log).await?;
        let tx = append.tx();
        if self.dirty {
            if !tx.accounts().update_runtime(&self.account, self.epoch).await? {
                return Err(self.stand_down());
            }
        } else if entry.is_some() || !self.untold.is_empty() {
            self.verify_in(tx).await?;
        }
        for (day, usage) in self.counters.unwritten() {
            tx.accounts().add_usage(self.account.id, &day.to_string(), usage).await?;
        }
        if let Some(entry) = entry {
            tx.audit().append(&entry).await?;
        }
        self.untold.iter().cloned().for_each(|event| append.tell(event));
        append.commit().await?;
        self.dirty = false;
        self.counters.written();
        self.untold.clear();
        Ok(())
    }
}
