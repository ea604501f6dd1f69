//! Workspaces.

use linekeeper_model::id::WorkspaceId;
use linekeeper_model::user::Workspace;

use super::code::{Reader, millis};
use crate::db::Row;
use crate::error::{Conflict, StorageError};
use crate::tx::Scope;

/// The `workspaces` table.
pub struct Workspaces<'t>(pub(crate) Scope<'t>);

impl Workspaces<'_> {
    /// Adds a workspace.
    pub async fn insert(&mut self, workspace: &Workspace) -> Result<(), StorageError> {
        const SQL: &str = "INSERT INTO workspaces (id, name, time_zone, created_at, external_id)
            VALUES ($1, $2, $3, $4, $5)";
        let id = workspace.id.to_string();
        let values = [
            id.as_str().into(),
            workspace.name.as_str().into(),
            workspace.time_zone.as_str().into(),
            millis(workspace.created_at).into(),
            workspace.external_id.as_deref().into(),
        ];
        let inserted = self.0.connection.execute(SQL, &values).await;
        inserted.map(drop).map_err(StorageError::or_conflict(Conflict::ExternalId))
    }

    /// Writes the name, the time zone and the external id. Returns [`Conflict::ExternalId`] if another workspace
    /// has this external id.
    pub async fn update(&mut self, workspace: &Workspace) -> Result<(), StorageError> {
        const SQL: &str = "UPDATE workspaces SET name = $2, time_zone = $3, external_id = $4 WHERE id = $1";
        let id = workspace.id.to_string();
        let values = [
            id.as_str().into(),
            workspace.name.as_str().into(),
            workspace.time_zone.as_str().into(),
            workspace.external_id.as_deref().into(),
        ];
        let updated = self.0.connection.execute(SQL, &values).await;
        updated.map(drop).map_err(StorageError::or_conflict(Conflict::ExternalId))
    }

    /// Deletes a workspace with everything in it. Its accounts must be deleted first, because their sessions are
    /// in the vault, the store of sessions, which this function does not change.
    pub async fn delete(&mut self, id: WorkspaceId) -> Result<(), StorageError> {
        const SQL: &str = "DELETE FROM workspaces WHERE id = $1";
        self.0.connection.execute(SQL, &[id.to_string().as_str().into()]).await?;
        Ok(())
    }

    /// The workspace that has this external id in the tokens of the CRM.
    pub async fn by_external_id(&mut self, name: &str) -> Result<Option<Workspace>, StorageError> {
        const SQL: &str =
            "SELECT id, name, time_zone, created_at, external_id FROM workspaces WHERE external_id = $1";
        let row = self.0.connection.fetch_optional(SQL, &[name.into()]).await?;
        row.as_ref().map(workspace).transpose()
    }

    /// The workspace with this id.
    pub async fn get(&mut self, id: WorkspaceId) -> Result<Option<Workspace>, StorageError> {
        const SQL: &str = "SELECT id, name, time_zone, created_at, external_id FROM workspaces WHERE id = $1";
        let row = self.0.connection.fetch_optional(SQL, &[id.to_string().as_str().into()]).await?;
        row.as_ref().map(workspace).transpose()
    }

    /// All workspaces, oldest first.
    pub async fn all(&mut self) -> Result<Vec<Workspace>, StorageError> {
        const SQL: &str = "SELECT id, name, time_zone, created_at, external_id FROM workspaces ORDER BY id";
        let rows = self.0.connection.fetch_all(SQL, &[]).await?;
        rows.iter().map(workspace).collect()
    }
}

fn workspace(row: &Row) -> Result<Workspace, StorageError> {
    let row = Reader(row);
    Ok(Workspace {
        id: row.parse("id")?,
        name: row.get("name")?,
        time_zone: row.get("time_zone")?,
        external_id: row.get("external_id")?,
        created_at: row.time("created_at")?,
    })
}
