//! Pairing links. With such a link, the person who has the phone can link one account. A link can be opened once.
//! Only the hash of its token is stored.

use linekeeper_model::Timestamp;
use linekeeper_model::id::{AccountId, ApiKeyId, PairingLinkId, UserId, WorkspaceId};

use super::code::{Reader, millis};
use crate::credential::LinkHash;
use crate::db::Row;
use crate::error::{Conflict, StorageError};
use crate::tx::Scope;

/// A pairing link.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PairingLink {
    /// The link's id.
    pub id: PairingLinkId,
    /// The id of the workspace.
    pub workspace_id: WorkspaceId,
    /// The account that can be linked with the link.
    pub account_id: AccountId,
    /// The user who created the link.
    pub created_by: UserId,
    /// The API key with which the link was created, if any. If the key is deleted, the link is deleted, too.
    pub made_with: Option<ApiKeyId>,
    /// The hash of the token in the link's address.
    pub token: LinkHash,
    /// When the link was created.
    pub created_at: Timestamp,
    /// When the link expires.
    pub expires_at: Timestamp,
    /// When the link was opened. A link can be opened once.
    pub opened_at: Option<Timestamp>,
    /// When the link was revoked.
    pub revoked_at: Option<Timestamp>,
}

/// The `pairing_links` table.
pub struct PairingLinks<'t>(pub(crate) Scope<'t>);

macro_rules! select {
    ($rest:literal) => {
        concat!(
            "SELECT id, workspace_id, account_id, created_by, token_hash, created_at, expires_at, opened_at,
                revoked_at, key_id FROM pairing_links ",
            $rest
        )
    };
}

impl PairingLinks<'_> {
    /// Adds a link.
    pub async fn insert(&mut self, link: &PairingLink) -> Result<(), StorageError> {
        const SQL: &str = "INSERT INTO pairing_links
            (id, workspace_id, account_id, created_by, token_hash, created_at, expires_at, opened_at, revoked_at, key_id)
            VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)";
        let (id, workspace) = (link.id.to_string(), link.workspace_id.to_string());
        let (account, user) = (link.account_id.to_string(), link.created_by.to_string());
        let key = link.made_with.map(|key| key.to_string());
        let values = [
            id.as_str().into(),
            workspace.as_str().into(),
            account.as_str().into(),
            user.as_str().into(),
            link.token.as_bytes().as_slice().into(),
            millis(link.created_at).into(),
            millis(link.expires_at).into(),
            link.opened_at.map(millis).into(),
            link.revoked_at.map(millis).into(),
            key.as_deref().into(),
        ];
        let inserted = self.0.connection.execute(SQL, &values).await;
        inserted.map(drop).map_err(StorageError::or_conflict(Conflict::Id))
    }

    /// The link with this token, even if it can no longer be used.
    pub async fn by_token(&mut self, token: &LinkHash) -> Result<Option<PairingLink>, StorageError> {
        const SQL: &str = select!("WHERE token_hash = $1");
        let row = self.0.connection.fetch_optional(SQL, &[token.as_bytes().as_slice().into()]).await?;
        row.as_ref().map(pairing_link).transpose()
    }

    /// All links to an account, oldest first.
    pub async fn of_account(&mut self, account: AccountId) -> Result<Vec<PairingLink>, StorageError> {
        const SQL: &str = select!("WHERE account_id = $1 ORDER BY id");
        let rows = self.0.connection.fetch_all(SQL, &[account.to_string().as_str().into()]).await?;
        rows.iter().map(pairing_link).collect()
    }

    /// Marks the link as opened. Returns true only for the first call, and only if the link has not expired and is
    /// not revoked.
    pub async fn open(&mut self, id: PairingLinkId) -> Result<bool, StorageError> {
        const SQL: &str = "UPDATE pairing_links SET opened_at = $2
            WHERE id = $1 AND opened_at IS NULL AND revoked_at IS NULL AND expires_at > $2";
        let (id, now) = (id.to_string(), millis(self.0.context.clock.now()));
        Ok(self.0.connection.execute(SQL, &[id.as_str().into(), now.into()]).await? > 0)
    }

    /// Revokes a link to this account. Returns false if there is no such link, or if it was already revoked.
    pub async fn revoke(&mut self, account: AccountId, id: PairingLinkId) -> Result<bool, StorageError> {
        const SQL: &str = "UPDATE pairing_links SET revoked_at = $3
            WHERE id = $1 AND account_id = $2 AND revoked_at IS NULL";
        let (id, account, now) = (id.to_string(), account.to_string(), millis(self.0.context.clock.now()));
        let values = [id.as_str().into(), account.as_str().into(), now.into()];
        Ok(self.0.connection.execute(SQL, &values).await? > 0)
    }

    /// Deletes expired links. Returns their number.
    pub async fn delete_expired(&mut self) -> Result<u64, StorageError> {
        const SQL: &str = "DELETE FROM pairing_links WHERE expires_at <= $1";
        let now = millis(self.0.context.clock.now());
        Ok(self.0.connection.execute(SQL, &[now.into()]).await?)
    }
}

fn pairing_link(row: &Row) -> Result<PairingLink, StorageError> {
    let row = Reader(row);
    Ok(PairingLink {
        id: row.parse("id")?,
        workspace_id: row.parse("workspace_id")?,
        account_id: row.parse("account_id")?,
        created_by: row.parse("created_by")?,
        made_with: row.optional("key_id")?,
        token: LinkHash(row.digest("token_hash")?),
        created_at: row.time("created_at")?,
        expires_at: row.time("expires_at")?,
        opened_at: row.optional_time("opened_at")?,
        revoked_at: row.optional_time("revoked_at")?,
    })
}
