//! How an account is unlinked from its phone. A session that a phone has confirmed is destroyed only after WhatsApp has
//! learned that the device logs out. Until then the session is set aside: it is stored apart from the account.
//! `logouts` then logs the device out.

use linekeeper_model::audit::NewEntry;
use linekeeper_model::connection::Input;
use linekeeper_model::id::LogoutId;
use linekeeper_storage::{PendingLogout, StorageError};
use tokio::time::Instant;

use super::{Actor, SAVE_EVERY};
use crate::accounts::error::AccountError;

impl Actor {
    /// Logs out over the open connection. If that is not possible now, stores a pending logout.
    pub(super) async fn leave(&mut self) -> Input {
        // Boxed, because the future is large and runs at most a few times in the life of an account.
        let told = Box::pin(self.line.log_out()).await;
        let is_pending = if told {
            self.forget().await;
            self.clear_at.is_some()
        } else {
            self.clear().await
        };
        Input::Left { pending: is_pending || self.logouts.has(self.record.account.id) }
    }

    /// Destroys the session. If a phone has confirmed the session, it is set aside instead. Returns whether the
    /// device must still be logged out at WhatsApp.
    pub(super) async fn clear(&mut self) -> bool {
        self.line.close().await;
        let account = self.record.account.id;
        let vault = self.dependencies.storage.vault().clone();
        if let Err(StorageError::Fenced) = self.record.verify().await {
            // A later actor has taken over the account, and the session belongs to that actor.
            return self.has_session;
        }
        let set_aside = match vault.destroy_unlinked(account).await {
            Ok(true) => Ok(false),
            Ok(false) => {
                let id = LogoutId::generate(self.now(), &mut rand::rng());
                match self.logout(id).await {
                    Ok(logout) => self.logouts.set_aside(logout).await.map(|()| true),
                    Err(error) => Err(error.into()),
                }
            }
            Err(error) => Err(error.into()),
        };
        match set_aside {
            Ok(set_aside) => {
                self.cleared().await;
                set_aside
            }
            Err(error) => {
                tracing::error!(%account, %error, "the session could not be cleared; trying again");
                self.clear_at = Some(Instant::now() + SAVE_EVERY);
                self.has_session
            }
        }
    }

    /// Destroys the session, because WhatsApp no longer knows the device.
    pub(super) async fn forget(&mut self) {
        self.line.close().await;
        let account = self.record.account.id;
        if let Err(StorageError::Fenced) = self.record.verify().await {
            // A later actor has taken over the account, and the session belongs to that actor.
            return;
        }
        match self.dependencies.storage.vault().destroy(account).await {
            Ok(()) => self.cleared().await,
            Err(error) => {
                tracing::error!(%account, %error, "the session could not be destroyed; trying again");
                self.clear_at = Some(Instant::now() + SAVE_EVERY);
            }
        }
    }

    /// Tries again to clear the session after the database or the vault (the store of sessions) failed.
    pub(super) async fn clear_again(&mut self) {
        self.clear_at = None;
        let set_aside = self.clear().await;
        if set_aside && self.clear_at.is_none() {
            self.decide(Input::SetAside).await;
        }
    }

    /// Deletes the account at once. The same transaction stores its pending logout and its audit entry. Afterwards
    /// the server logs the device out at WhatsApp, now or when the network allows it. If the database fails,
    /// nothing has changed.
    pub(super) async fn delete(&mut self, entry: Option<NewEntry>) -> Result<(), AccountError> {
        let id = self.record.account.id;
        let logout = self.logout(LogoutId::from(id.as_uuid())).await?;
        self.record.delete(self.now(), &logout, entry).await?;
        self.deleted = true;
        let told = Box::pin(self.line.log_out()).await;
        let is_gone =
            told || matches!(self.dependencies.storage.vault().destroy_unlinked(id).await, Ok(true));
        if is_gone && self.logouts.finish(logout.id).await.is_ok() {
            return Ok(());
        }
        self.logouts.add(logout);
        Ok(())
    }

    /// Records in the account's row that the account is no longer linked.
    pub(super) async fn forget_link(&mut self) {
        if self.record.account.linked {
            let now = self.now();
            self.record.change(now, |account| account.linked = false).await;
        }
    }

    async fn cleared(&mut self) {
        self.clear_at = None;
        self.has_session = false;
        self.forget_link().await;
    }

    async fn logout(&mut self, id: LogoutId) -> Result<PendingLogout, StorageError> {
        let proxy = self.way().await?.proxy;
        Ok(PendingLogout { id, account_id: self.record.account.id, proxy, since: self.now() })
    }
}
