//! Keys for programs, found by their hash.

use linekeeper_model::api_key::ApiKey;

use super::code::{Reader, millis};
use crate::credential::KeyHash;
use crate::error::{Conflict, StorageError};
use crate::tx::Scope;

/// The `api_keys` table.
pub struct ApiKeys<'t>(pub(crate) Scope<'t>);

impl ApiKeys<'_> {
    /// Adds a key.
    pub async fn insert(&mut self, key: &ApiKey, hash: KeyHash) -> Result<(), StorageError> {
        const SQL: &str = "INSERT INTO api_keys
            (id, workspace_id, user_id, name, scopes, key_hash, created_at, expires_at, listed_accounts)
            VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)";
        let (id, workspace) = (key.id.to_string(), key.workspace_id.to_string());
        let (user, scopes) = (key.user_id.to_string(), serde_json::json!(key.scopes).to_string());
        let values = [
            id.as_str().into(),
            workspace.as_str().into(),
            user.as_str().into(),
            key.name.as_str().into(),
            scopes.as_str().into(),
            hash.as_bytes().as_slice().into(),
            millis(key.created_at).into(),
            key.expires_at.map(millis).into(),
            i64::from(key.lists_accounts).into(),
        ];
        let inserted = self.0.connection.execute(SQL, &values).await;
        inserted.map(drop).map_err(StorageError::or_conflict(Conflict::Id))
    }

    /// The key with that hash, expired or not: whoever asks has a clock.
    pub async fn by_hash(&mut self, hash: &KeyHash) -> Result<Option<ApiKey>, StorageError> {
        const SQL: &str =
            "SELECT id, workspace_id, user_id, name, scopes, created_at, expires_at, listed_accounts
            FROM api_keys WHERE key_hash = $1";
        let row = self.0.connection.fetch_optional(SQL, &[hash.as_bytes().as_slice().into()]).await?;
        row.map(|row| {
            let row = Reader(&row);
            Ok(ApiKey {
                id: row.parse("id")?,
                workspace_id: row.parse("workspace_id")?,
                user_id: row.parse("user_id")?,
                name: row.get("name")?,
                scopes: row.json("scopes")?,
                lists_accounts: row.get::<i64>("listed_accounts")? != 0,
                created_at: row.time("created_at")?,
                expires_at: row.optional_time("expires_at")?,
            })
        })
        .transpose()
    }
}
