//! How sessions come out of the vault.

use linekeeper_model::id::AccountId;

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
}
