//! Invitations to workspaces. E-mail addresses are encrypted, and are found by a keyed hash. Only the hash of an
//! invitation's token is stored. Expired invitations are treated as if they did not exist.

use linekeeper_model::Timestamp;
use linekeeper_model::access::Role;
use linekeeper_model::id::{ApiKeyId, InvitationId, UserId, WorkspaceId};
use linekeeper_model::user::Email;

use super::code::{Reader, millis, text};
use crate::credential::LinkHash;
use crate::db::Row;
use crate::error::{Conflict, StorageError};
use crate::seal::{Cipher, Tag};
use crate::tx::Scope;

const EMAIL: &str = "invitation.email";

/// One invitation.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Invitation {
    /// The invitation's id.
    pub id: InvitationId,
    /// The workspace that the invited person may join.
    pub workspace_id: WorkspaceId,
    /// The e-mail address of the invited person.
    pub email: Email,
    /// The role that the invited person gets.
    pub role: Role,
    /// The hash of the token in the invitation's link.
    pub token: LinkHash,
    /// The user who created the invitation; `None` if that user was deleted.
    pub created_by: Option<UserId>,
    /// The API key with which the invitation was created, if any. If the key is deleted, the invitation is deleted,
    /// too.
    pub made_with: Option<ApiKeyId>,
    /// Whether the link was only sent by mail to the invited person, and not shown to the person who created the
    /// invitation.
    pub is_mailed: bool,
    /// When the invitation was created.
    pub created_at: Timestamp,
    /// When the invitation expires.
    pub expires_at: Timestamp,
}

/// The `invitations` table.
pub struct Invitations<'t>(pub(crate) Scope<'t>);

macro_rules! select {
    ($rest:literal) => {
        concat!(
            "SELECT id, workspace_id, email, role, token_hash, created_by, key_id, is_mailed, created_at, expires_at
                FROM invitations ",
            $rest
        )
    };
}

impl Invitations<'_> {
    /// Adds an invitation. An earlier invitation of the same address to the workspace is deleted.
    pub async fn replace(&mut self, invitation: &Invitation) -> Result<(), StorageError> {
        const DELETE: &str = "DELETE FROM invitations WHERE workspace_id = $1 AND email_tag = $2";
        const INSERT: &str = "INSERT INTO invitations
            (id, workspace_id, email_tag, email, role, token_hash, created_by, created_at, expires_at, key_id, is_mailed)
            VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)";
        let cipher = &self.0.context.cipher;
        let address = invitation.email.as_str().as_bytes();
        let (tag, sealed) =
            (email_tag(cipher, address), cipher.seal(EMAIL, &row_tag(invitation.id), address));
        let (id, workspace) = (invitation.id.to_string(), invitation.workspace_id.to_string());
        let (role, by) = (text(invitation.role), invitation.created_by.map(|user| user.to_string()));
        let key = invitation.made_with.map(|key| key.to_string());
        let values = [workspace.as_str().into(), tag.as_bytes().into()];
        self.0.connection.execute(DELETE, &values).await?;
        let values = [
            id.as_str().into(),
            workspace.as_str().into(),
            tag.as_bytes().into(),
            sealed.as_slice().into(),
            role.as_str().into(),
            invitation.token.as_bytes().as_slice().into(),
            by.as_deref().into(),
            millis(invitation.created_at).into(),
            millis(invitation.expires_at).into(),
            key.as_deref().into(),
            i64::from(invitation.is_mailed).into(),
        ];
        let inserted = self.0.connection.execute(INSERT, &values).await;
        inserted.map(drop).map_err(StorageError::or_conflict(Conflict::Id))
    }

    /// The invitation with this token, if it has not expired.
    pub async fn by_token(&mut self, token: &LinkHash) -> Result<Option<Invitation>, StorageError> {
        const SQL: &str = select!("WHERE token_hash = $1 AND expires_at > $2");
        let now = millis(self.0.context.clock.now());
        let values = [token.as_bytes().as_slice().into(), now.into()];
        let row = self.0.connection.fetch_optional(SQL, &values).await?;
        row.map(|row| invitation(&row, &self.0.context.cipher)).transpose()
    }

    /// One page of the invitations to a workspace, oldest first.
    pub async fn list(
        &mut self,
        workspace: WorkspaceId,
        after: Option<InvitationId>,
        limit: u32,
    ) -> Result<Vec<Invitation>, StorageError> {
        const SQL: &str = select!(
            "WHERE workspace_id = $1 AND expires_at > $2 AND ($3 IS NULL OR id > $3) ORDER BY id LIMIT $4"
        );
        let now = millis(self.0.context.clock.now());
        let (workspace, after) = (workspace.to_string(), after.map(|id| id.to_string()));
        let values =
            [workspace.as_str().into(), now.into(), after.as_deref().into(), i64::from(limit).into()];
        let rows = self.0.connection.fetch_all(SQL, &values).await?;
        rows.iter().map(|row| invitation(row, &self.0.context.cipher)).collect()
    }

    /// Deletes an invitation to the workspace, because it is withdrawn or accepted, and returns it. If two calls do
    /// this at the same time, only one of them gets the invitation.
    pub async fn take(
        &mut self,
        workspace: WorkspaceId,
        id: InvitationId,
    ) -> Result<Option<Invitation>, StorageError> {
        const SQL: &str = "DELETE FROM invitations WHERE workspace_id = $1 AND id = $2 AND expires_at > $3
            RETURNING id, workspace_id, email, role, token_hash, created_by, key_id, is_mailed, created_at, expires_at";
        let now = millis(self.0.context.clock.now());
        let (workspace, id) = (workspace.to_string(), id.to_string());
        let values = [workspace.as_str().into(), id.as_str().into(), now.into()];
        let row = self.0.connection.fetch_optional(SQL, &values).await?;
        row.map(|row| invitation(&row, &self.0.context.cipher)).transpose()
    }

    /// Deletes expired invitations. Returns their number.
    pub async fn delete_expired(&mut self) -> Result<u64, StorageError> {
        const SQL: &str = "DELETE FROM invitations WHERE expires_at <= $1";
        let now = millis(self.0.context.clock.now());
        Ok(self.0.connection.execute(SQL, &[now.into()]).await?)
    }
}

fn email_tag(cipher: &Cipher, address: &[u8]) -> Tag {
    cipher.tag(EMAIL, &[address])
}

/// The part of the associated data that binds the encrypted address to its row.
const fn row_tag(id: InvitationId) -> Tag {
    Tag::from_bytes(*id.as_bytes())
}

fn invitation(row: &Row, cipher: &Cipher) -> Result<Invitation, StorageError> {
    let row = Reader(row);
    let id: InvitationId = row.parse("id")?;
    let unreadable = |cause: crate::error::Cause| StorageError::unreadable("email", cause);
    let sealed: Vec<u8> = row.get("email")?;
    let opened = cipher.open(EMAIL, &row_tag(id), &sealed).map_err(|error| unreadable(error.into()))?;
    let address = String::from_utf8(opened).map_err(|error| unreadable(error.into()))?;
    Ok(Invitation {
        id,
        workspace_id: row.parse("workspace_id")?,
        email: address.parse::<Email>().map_err(|error| unreadable(error.into()))?,
        role: row.code("role")?,
        token: LinkHash(row.digest("token_hash")?),
        created_by: row.optional("created_by")?,
        made_with: row.optional("key_id")?,
        is_mailed: row.get::<i64>("is_mailed")? != 0,
        created_at: row.time("created_at")?,
        expires_at: row.time("expires_at")?,
    })
}
