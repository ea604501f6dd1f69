//! What the tokens of the CRM say about its users: when a user's role last changed, and when the newest token was
//! issued. A row is kept after the user has left the workspace, so that an older token cannot bring the user back.

use linekeeper_model::Timestamp;
use linekeeper_model::id::{UserId, WorkspaceId};
use linekeeper_model::user::ExternalId;

use super::code::{Reader, millis};
use super::users::external_tag;
use crate::error::StorageError;
use crate::tx::Scope;

/// What the server remembers about the tokens of one user in one workspace.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ForeignStanding {
    /// Tokens that were issued before this time are refused.
    pub changed_at: Timestamp,
    /// When the newest token that the server has seen was issued. This is not the time at which the user sent the
    /// token.
    pub seen_at: Timestamp,
}

impl Default for ForeignStanding {
    /// The value for a user about whom nothing is stored.
    fn default() -> Self {
        Self { changed_at: Timestamp::UNIX_EPOCH, seen_at: Timestamp::UNIX_EPOCH }
    }
}

/// The `foreign_standings` table.
pub struct ForeignStandings<'t>(pub(crate) Scope<'t>);

impl ForeignStandings<'_> {
    /// What is stored about the user's tokens.
    pub async fn get(
        &mut self,
        workspace: WorkspaceId,
        external: &ExternalId,
    ) -> Result<ForeignStanding, StorageError> {
        const SQL: &str = "SELECT changed_at, seen_at FROM foreign_standings
            WHERE workspace_id = $1 AND external_tag = $2";
        let (workspace, tag) = (workspace.to_string(), external_tag(&self.0.context.cipher, external));
        let values = [workspace.as_str().into(), tag.as_bytes().into()];
        let row = self.0.connection.fetch_optional(SQL, &values).await?;
        row.as_ref().map_or_else(|| Ok(ForeignStanding::default()), |row| standing(&Reader(row)))
    }

    /// Reads what is stored about the user's tokens, and locks the row until the transaction ends.
    pub async fn lock(
        &mut self,
        workspace: WorkspaceId,
        external: &ExternalId,
    ) -> Result<ForeignStanding, StorageError> {
        // On PostgreSQL, an update that changes nothing locks the row. SQLite has only one writer at a time, so it
        // needs no lock.
        const SQL: &str = "INSERT INTO foreign_standings (workspace_id, external_tag, changed_at, seen_at)
            VALUES ($1, $2, 0, 0)
            ON CONFLICT (workspace_id, external_tag) DO UPDATE SET seen_at = foreign_standings.seen_at
            RETURNING changed_at, seen_at";
        let (workspace, tag) = (workspace.to_string(), external_tag(&self.0.context.cipher, external));
        let values = [workspace.as_str().into(), tag.as_bytes().into()];
        standing(&Reader(&self.0.connection.fetch_one(SQL, &values).await?))
    }

    /// Writes the row. It must have been read with [`ForeignStandings::lock`].
    pub async fn update(
        &mut self,
        workspace: WorkspaceId,
        external: &ExternalId,
        standing: ForeignStanding,
    ) -> Result<(), StorageError> {
        const SQL: &str = "UPDATE foreign_standings SET changed_at = $3, seen_at = $4
            WHERE workspace_id = $1 AND external_tag = $2";
        let (workspace, tag) = (workspace.to_string(), external_tag(&self.0.context.cipher, external));
        let values = [
            workspace.as_str().into(),
            tag.as_bytes().into(),
            millis(standing.changed_at).into(),
            millis(standing.seen_at).into(),
        ];
        self.0.connection.execute(SQL, &values).await?;
        Ok(())
    }

    /// From now on, the tokens of `user` that were issued before `until` are refused. Does nothing for a user who
    /// signs in here with a password. This must be called before the user is deleted.
    pub async fn bar(
        &mut self,
        workspace: WorkspaceId,
        user: UserId,
        until: Timestamp,
    ) -> Result<(), StorageError> {
        const SQL: &str = "INSERT INTO foreign_standings (workspace_id, external_tag, changed_at, seen_at)
            SELECT $1, external_tag, $3, $3 FROM users WHERE id = $2 AND external_tag IS NOT NULL
            ON CONFLICT (workspace_id, external_tag)
            DO UPDATE SET changed_at = excluded.changed_at, seen_at = excluded.seen_at";
        let (workspace, user) = (workspace.to_string(), user.to_string());
        let values = [workspace.as_str().into(), user.as_str().into(), millis(until).into()];
        self.0.connection.execute(SQL, &values).await?;
        Ok(())
    }
}

fn standing(row: &Reader<'_>) -> Result<ForeignStanding, StorageError> {
    Ok(ForeignStanding { changed_at: row.time("changed_at")?, seen_at: row.time("seen_at")? })
}
