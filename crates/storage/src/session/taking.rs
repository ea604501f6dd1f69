//! Takes sessions from the vault, to use them or to destroy them.

use linekeeper_model::id::{AccountId, LogoutId};

use super::{SessionStore, device};
use crate::vault::{Vault, VaultError};

impl Vault {
    /// Takes the right to write the session of an account. If the account has no session, creates one.
    ///
    /// The previous holder of the session, in this or another process, gets [`VaultError::Fenced`] when it writes
    /// next. When this method returns, each write of the previous holder is either on disk or refused.
    pub async fn take(&self, account: AccountId) -> Result<SessionStore, VaultError> {
        let (lease, cipher) = self.lease(account).await?;
        Ok(SessionStore::new(account, lease, cipher, self.shared()))
    }

    /// Whether the account has a session that a phone may have confirmed. The device record of such a session contains
    /// a complete link, because the record is on disk before the server sends its signature. This does not take the
    /// session from its holder.
    pub async fn has_session(&self, account: AccountId) -> Result<bool, VaultError> {
        match self.peek(account).await? {
            Some((mut transaction, session, cipher)) => {
                device::is_linked(&mut transaction.connection(), session, &cipher).await
            }
            None => Ok(false),
        }
    }

    /// Takes the right to write a session that was set aside for a logout. Returns `None` if the session was
    /// destroyed.
    pub async fn take_aside(&self, logout: LogoutId) -> Result<Option<SessionStore>, VaultError> {
        let taken = self.lease_aside(logout).await?;
        Ok(taken.map(|(owner, lease, cipher)| SessionStore::new(owner, lease, cipher, self.shared())))
    }

    /// Destroys the session of an account with its data key. But if a phone has confirmed the session, or if it
    /// cannot be read, the session is kept. Returns whether the account has no session now.
    pub async fn destroy_unlinked(&self, account: AccountId) -> Result<bool, VaultError> {
        self.destroy_unless(account, device::is_linked).await
    }
}
