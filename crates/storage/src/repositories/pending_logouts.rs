//! Devices that must still be logged out at WhatsApp. They do not belong to an account any more: when an account
//! is deleted or linked again, its old device remains here.

use linekeeper_model::Timestamp;
use linekeeper_model::id::{AccountId, LogoutId};
use linekeeper_model::proxy::ProxyUrl;

use super::code::{Reader, millis};
use crate::db::Row;
use crate::error::StorageError;
use crate::seal::{Cipher, Tag};
use crate::tx::Scope;

/// A device that must still be logged out at WhatsApp.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PendingLogout {
    /// The id under which the vault keeps the device's session.
    pub id: LogoutId,
    /// The account that the device belonged to. It may have been deleted.
    pub account_id: AccountId,
    /// The proxy of the account. The logout uses it, too.
    pub proxy: Option<ProxyUrl>,
    /// Since when the logout is pending.
    pub since: Timestamp,
}

/// The `pending_logouts` table.
pub struct PendingLogouts<'t>(pub(crate) Scope<'t>);

const PROXY: &str = "pending_logout.proxy";

impl PendingLogouts<'_> {
    /// Adds a logout. Does nothing if it already exists.
    pub async fn insert(&mut self, logout: &PendingLogout) -> Result<(), StorageError> {
        const SQL: &str = "INSERT INTO pending_logouts (id, account_id, proxy, since) VALUES ($1, $2, $3, $4)
            ON CONFLICT (id) DO NOTHING";
        let (id, account) = (logout.id.to_string(), logout.account_id.to_string());
        let proxy = logout.proxy.as_ref().map(|proxy| seal(&self.0.context.cipher, logout.id, proxy));
        let values = [
            id.as_str().into(),
            account.as_str().into(),
            proxy.as_deref().into(),
            millis(logout.since).into(),
        ];
        self.0.connection.execute(SQL, &values).await?;
        Ok(())
    }

    /// All pending logouts, oldest first.
    pub async fn all(&mut self) -> Result<Vec<PendingLogout>, StorageError> {
        const SQL: &str = "SELECT id, account_id, proxy, since FROM pending_logouts ORDER BY since, id";
        let rows = self.0.connection.fetch_all(SQL, &[]).await?;
        rows.iter().map(|row| logout(row, &self.0.context.cipher)).collect()
    }

    /// Changes the proxy of all pending logouts of the account. With `None`, they use no proxy.
    pub async fn reroute(
        &mut self,
        account: AccountId,
        proxy: Option<&ProxyUrl>,
    ) -> Result<(), StorageError> {
        const FIND: &str = "SELECT id FROM pending_logouts WHERE account_id = $1";
        const SQL: &str = "UPDATE pending_logouts SET proxy = $2 WHERE id = $1";
        let rows = self.0.connection.fetch_all(FIND, &[account.to_string().as_str().into()]).await?;
        for row in &rows {
            let id: LogoutId = Reader(row).parse("id")?;
            let sealed = proxy.map(|proxy| seal(&self.0.context.cipher, id, proxy));
            self.0
                .connection
                .execute(SQL, &[id.to_string().as_str().into(), sealed.as_deref().into()])
                .await?;
        }
        Ok(())
    }

    /// Deletes a logout whose session has been destroyed.
    pub async fn delete(&mut self, id: LogoutId) -> Result<(), StorageError> {
        const SQL: &str = "DELETE FROM pending_logouts WHERE id = $1";
        self.0.connection.execute(SQL, &[id.to_string().as_str().into()]).await?;
        Ok(())
    }
}

fn seal(cipher: &Cipher, id: LogoutId, proxy: &ProxyUrl) -> Vec<u8> {
    cipher.seal(PROXY, &row_tag(id), proxy.expose().expose().as_bytes())
}

fn logout(row: &Row, cipher: &Cipher) -> Result<PendingLogout, StorageError> {
    let row = Reader(row);
    let id: LogoutId = row.parse("id")?;
    let proxy = row.get::<Option<Vec<u8>>>("proxy")?.map(|record| {
        let opened = cipher.open(PROXY, &row_tag(id), &record);
        let opened = opened.map_err(|error| StorageError::unreadable("proxy", error))?;
        let url = String::from_utf8(opened).map_err(|error| StorageError::unreadable("proxy", error))?;
        url.parse().map_err(|error| StorageError::unreadable("proxy", error))
    });
    let (account_id, since) = (row.parse("account_id")?, row.time("since")?);
    Ok(PendingLogout { id, account_id, proxy: proxy.transpose()?, since })
}

/// The part of the associated data that binds the encrypted proxy to its row.
const fn row_tag(id: LogoutId) -> Tag {
    Tag::from_bytes(*id.as_bytes())
}
