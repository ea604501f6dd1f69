//! How sessions come out of the vault.

use linekeeper_model::id::{AccountId, LogoutId};

use super::{SessionStore, device};
use crate::vault::{Vault, VaultError};

impl Vault {
    /// Takes the right to write the account's session, and makes the session where there is none.
    ///
    /// Whoever held it before, in this or another process, gets [`VaultError::Fenced`] on the next write:
    /// when this returns, their writes are either on disk or refused.
    pub async fn take(&self, account: AccountId) -> Result<SessionStore, VaultError> {
        let (lease, cipher) = self.lease(account).await?;
        Ok(SessionStore::new(account, lease, cipher, self.shared()))
    }

    /// Whether there is a session that a phone may have confirmed: its record was on disk before our signature left.
    /// Takes nothing from its holder.
    pub async fn has_session(&self, account: AccountId) -> Result<bool, VaultError> {
        match self.peek(account).await? {
            Some((mut transaction, session, cipher)) => {
                device::is_linked(&mut transaction.connection(), session, &cipher).await
            }
            None => Ok(false),
        }
    }

    /// Takes the right to write a session that is set aside. `None` where it is destroyed.
    pub async fn take_aside(&self, logout: LogoutId) -> Result<Option<SessionStore>, VaultError> {
        let taken = self.lease_aside(logout).await?;
        Ok(taken.map(|(owner, lease, cipher)| SessionStore::new(owner, lease, cipher, self.shared())))
    }

    /// Destroys the account's session with its data key, unless a phone has confirmed it or it cannot be read. Answers
    /// whether nothing is left of it.
    pub async fn destroy_unlinked(&self, account: AccountId) -> Result<bool, VaultError> {
        self.destroy_unless(account, device::is_linked).await
    }
}
