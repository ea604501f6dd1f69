//! The operators' wishes for an account. An accepted wish is written together with its audit entry. For a refused
//! wish, no entry is written.

use std::time::Duration;

use linekeeper_model::account::Account;
use linekeeper_model::audit::NewEntry;
use linekeeper_model::id::AccountId;
use linekeeper_model::pairing::Method;
use linekeeper_model::phone::PhoneNumber;
use linekeeper_model::status::Reason;

use super::command::Wish;
use super::error::AccountError;
use super::registry::Registry;
use crate::whatsapp::Assertion;

/// How long a caller waits for WhatsApp to confirm a logout.
const LOGOUT_WITHIN: Duration = Duration::from_secs(10);

/// What happened to the linked device of an account that was deleted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Deleted {
    /// WhatsApp no longer knows the device, or there was none.
    LoggedOut,
    /// The device could not be logged out at WhatsApp yet. The server keeps trying.
    LogoutPending,
}

impl Registry {
    /// Brings an account online. If the account has a session, it logs in with that session; otherwise it pairs.
    pub async fn link(
        &self,
        id: AccountId,
        method: Method,
        entry: NewEntry,
    ) -> Result<Account, AccountError> {
        self.tell(id, Wish::Link(method), Some(entry)).await
    }

    /// Brings an account online as [`Registry::link`] does. The caller has already written the audit entry.
    pub async fn begin(&self, id: AccountId, method: Method) -> Result<Account, AccountError> {
        self.tell(id, Wish::Link(method), None).await
    }

    /// Begins a pairing in which any phone may be linked. The account forgets its previous phone. The account must
    /// not be linked, and must not have been created for one phone number.
    pub async fn replace_phone(
        &self,
        id: AccountId,
        method: Method,
        entry: NewEntry,
    ) -> Result<Account, AccountError> {
        self.tell(id, Wish::ReplacePhone(method), Some(entry)).await
    }

    /// Shows the code to type on the phone with the number `phone`. Begins a pairing if none is open.
    pub async fn show_code(
        &self,
        id: AccountId,
        phone: PhoneNumber,
        entry: NewEntry,
    ) -> Result<Account, AccountError> {
        self.tell(id, Wish::ShowCode(phone), Some(entry)).await
    }

    /// Passes on the passkey's answer to WhatsApp.
    pub async fn answer_passkey(
        &self,
        id: AccountId,
        assertion: Assertion,
        entry: NewEntry,
    ) -> Result<Account, AccountError> {
        self.tell(id, Wish::AnswerPasskey(assertion), Some(entry)).await
    }

    /// Confirms that the phone and linekeeper show the same code. A person has compared the codes.
    pub async fn confirm_passkey(&self, id: AccountId, entry: NewEntry) -> Result<Account, AccountError> {
        self.tell(id, Wish::ConfirmPasskey, Some(entry)).await
    }

    /// Closes an account's connection and keeps its session.
    pub async fn pause(&self, id: AccountId, entry: NewEntry) -> Result<Account, AccountError> {
        self.tell(id, Wish::Pause, Some(entry)).await
    }

    /// Opens the connection of a paused account.
    pub async fn resume(&self, id: AccountId, entry: NewEntry) -> Result<Account, AccountError> {
        self.tell(id, Wish::Resume, Some(entry)).await
    }

    /// Logs an account out and clears its session. If the operator has already logged the account out, this only writes
    /// the audit entry. If WhatsApp does not confirm the logout in time, the account's reason is `logout_pending`.
    pub async fn disconnect(&self, id: AccountId, entry: NewEntry) -> Result<Account, AccountError> {
        let left = self.tell(id, Wish::Disconnect, Some(entry)).await?;
        if left.status.reason != Reason::LogoutPending {
            return Ok(left);
        }
        self.logouts.tried(id, LOGOUT_WITHIN).await;
        let Some(mut handle) = self.handle(id) else { return Ok(left) };
        if !self.logouts.has(id) {
            // No logout is left, but the actor has not published the new status yet. Waits for that status.
            let heard = handle.live.wait_for(|live| live.account.status.reason != Reason::LogoutPending);
            let _too_late = tokio::time::timeout(LOGOUT_WITHIN, heard).await.is_err();
        }
        let account = handle.live.borrow().account.clone();
        Ok(account)
    }

    /// Logs an account out, and removes the account and all its data.
    pub async fn delete(&self, id: AccountId, entry: NewEntry) -> Result<Deleted, AccountError> {
        self.remove(id, Some(entry)).await
    }

    pub(super) async fn remove(
        &self,
        id: AccountId,
        entry: Option<NewEntry>,
    ) -> Result<Deleted, AccountError> {
        self.tell(id, Wish::Delete, entry).await?;
        self.handles.write().unwrap_or_else(std::sync::PoisonError::into_inner).remove(&id);
        self.logouts.tried(id, LOGOUT_WITHIN).await;
        Ok(if self.logouts.has(id) { Deleted::LogoutPending } else { Deleted::LoggedOut })
    }
}
