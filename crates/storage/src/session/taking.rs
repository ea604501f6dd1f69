//! Takes sessions from the vault.

use linekeeper_model::id::{AccountId, LogoutId};

use super::{SessionStore, device};
use crate::vault::{Vault, VaultError};

impl Vault {
    /// Takes the right to write the account's session, and creates the session if there is none.
    ///
    /// The previous holder, in this or another process, gets [`VaultError::Fenced`] on its next write. When this
    /// returns, that holder's writes are either on disk or refused.
    pub async fn take(&self, account: AccountId) -> Result<SessionStore, VaultError> {
        let (lease, cipher) = self.lease(account).await?;
        Ok(SessionStore::new(account, lease, cipher, self.shared()))
    }

    /// Whether there is a session that a phone may have confirmed: its record was on disk before our signature was
    /// sent. The session's holder keeps it.
    pub async fn has_session(&self, account: AccountId) -> Result<bool, VaultError> {
        match self.peek(account).await? {
            Some((mut transaction, session, cipher)) => {
                device::is_linked(&mut transaction.connection(), session, &cipher).await
            }
            None => Ok(false),
        }
    }

    /// Takes the right to write a session that is set aside. Returns `None` if the session was destroyed.
    pub async fn take_aside(&self, logout: LogoutId) -> Result<Option<SessionStore>, VaultError> {
        let taken = self.lease_aside(logout).await?;
        Ok(taken.map(|(owner, lease, cipher)| SessionStore::new(owner, lease, cipher, self.shared())))
    }

    /// Destroys the account's session with its data key, unless a phone has confirmed it or it cannot be read.
    /// Returns whether nothing is left of it.
    pub async fn destroy_unlinked(&self, account: AccountId) -> Result<bool, VaultError> {
        self.destroy_unless(account, device::is_linked).await
    }
}
