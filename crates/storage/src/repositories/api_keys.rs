//! API keys. A request finds its key by the hash; callers who manage keys find them by id.

use linekeeper_model::Timestamp;
use linekeeper_model::api_key::ApiKey;
use linekeeper_model::id::{AccountId, ApiKeyId};

use super::Reach;
use super::code::{Reader, millis};
use crate::credential::KeyHash;
use crate::db::{Row, Value};
use crate::error::{Conflict, StorageError};
use crate::tx::Scope;

/// The `api_keys` table, and the accounts that each key lists. A [`Reach`] contains the API keys of its workspace. If
/// the caller's own API key lists accounts, the reach contains only keys that list accounts, too. All accounts that
/// such a key lists must be in the list of the caller's key.
pub struct ApiKeys<'t>(pub(crate) Scope<'t>);

macro_rules! select {
    ($($rest:expr),+ $(,)?) => {
        concat!(
            "SELECT id, workspace_id, user_id, name, scopes, networks, listed_accounts, created_at, expires_at, used_at
                FROM api_keys ",
            $($rest),+
        )
    };
}

/// The SQL condition that an API key is within a [`Reach`]. `$1` is the workspace, and `$2` is the caller's API
/// key.
macro_rules! within_reach {
    () => {
        "api_keys.workspace_id = $1
         AND ($2 IS NULL OR (api_keys.listed_accounts = 1 AND NOT EXISTS (
              SELECT 1 FROM api_key_accounts listed WHERE listed.key_id = api_keys.id AND NOT EXISTS (
              SELECT 1 FROM api_key_accounts own
              WHERE own.key_id = $2 AND own.account_id = listed.account_id)))) "
    };
}

impl ApiKeys<'_> {
    /// Adds an API key. Accounts in its list that do not exist any more are left out.
    pub async fn insert(&mut self, key: &ApiKey, hash: KeyHash) -> Result<(), StorageError> {
        const SQL: &str = "INSERT INTO api_keys
            (id, workspace_id, user_id, name, scopes, key_hash, created_at, expires_at, networks, listed_accounts)
            VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)";
        let (id, workspace) = (key.id.to_string(), key.workspace_id.to_string());
        let (user, scopes) = (key.user_id.to_string(), serde_json::json!(key.scopes).to_string());
        let networks = serde_json::json!(key.networks).to_string();
        let values = [
            id.as_str().into(),
            workspace.as_str().into(),
            user.as_str().into(),
            key.name.as_str().into(),
            scopes.as_str().into(),
            hash.as_bytes().as_slice().into(),
            millis(key.created_at).into(),
            key.expires_at.map(millis).into(),
            networks.as_str().into(),
            i64::from(key.accounts.is_some()).into(),
        ];
        let inserted = self.0.connection.execute(SQL, &values).await;
        inserted.map_err(StorageError::or_conflict(Conflict::Id))?;
        self.list_accounts(key).await
    }

    /// Writes the name, scopes, accounts, networks and expiry of an API key. Does nothing if the key was deleted.
    pub async fn update(&mut self, key: &ApiKey) -> Result<(), StorageError> {
        const SQL: &str = "UPDATE api_keys
            SET name = $2, scopes = $3, expires_at = $4, networks = $5, listed_accounts = $6 WHERE id = $1";
        const FORGET: &str = "DELETE FROM api_key_accounts WHERE key_id = $1";
        let id = key.id.to_string();
        let scopes = serde_json::json!(key.scopes).to_string();
        let networks = serde_json::json!(key.networks).to_string();
        let values = [
            id.as_str().into(),
            key.name.as_str().into(),
            scopes.as_str().into(),
            key.expires_at.map(millis).into(),
            networks.as_str().into(),
            i64::from(key.accounts.is_some()).into(),
        ];
        if self.0.connection.execute(SQL, &values).await? == 0 {
            return Ok(());
        }
        self.0.connection.execute(FORGET, &[id.as_str().into()]).await?;
        self.list_accounts(key).await
    }

    /// The API key with this hash. It may have expired: the caller checks that.
    pub async fn by_hash(&mut self, hash: &KeyHash) -> Result<Option<ApiKey>, StorageError> {
        self.one(select!("WHERE key_hash = $1"), &[hash.as_bytes().as_slice().into()]).await
    }

    /// The API key with this id, if the caller may see it.
    pub async fn get(&mut self, reach: Reach, id: ApiKeyId) -> Result<Option<ApiKey>, StorageError> {
        const SQL: &str = select!("WHERE api_keys.id = $3 AND ", within_reach!());
        let ((workspace, _, key), id) = (reach.columns(), id.to_string());
        self.one(SQL, &[workspace.as_str().into(), key.as_deref().into(), id.as_str().into()]).await
    }

    /// At most `limit` of the API keys that the caller may see. They come after `after`, oldest first.
    pub async fn list(
        &mut self,
        reach: Reach,
        after: Option<ApiKeyId>,
        limit: u32,
    ) -> Result<Vec<ApiKey>, StorageError> {
        const SQL: &str = select!(
            "WHERE ",
            within_reach!(),
            "AND ($3 IS NULL OR api_keys.id > $3) ORDER BY api_keys.id LIMIT $4"
        );
        let (workspace, _, key) = reach.columns();
        let after = after.map(|id| id.to_string());
        let values = [
            workspace.as_str().into(),
            key.as_deref().into(),
            after.as_deref().into(),
            i64::from(limit).into(),
        ];
        let rows = self.0.connection.fetch_all(SQL, &values).await?;
        let mut keys = Vec::with_capacity(rows.len());
        for row in rows {
            keys.push(self.with_accounts(&row).await?);
        }
        Ok(keys)
    }

    /// Deletes an API key. Returns false if no key that the caller may see has this id.
    pub async fn delete(&mut self, reach: Reach, id: ApiKeyId) -> Result<bool, StorageError> {
        const SQL: &str = concat!("DELETE FROM api_keys WHERE api_keys.id = $3 AND ", within_reach!());
        let ((workspace, _, key), id) = (reach.columns(), id.to_string());
        let values = [workspace.as_str().into(), key.as_deref().into(), id.as_str().into()];
        Ok(self.0.connection.execute(SQL, &values).await? > 0)
    }

    /// Stores when the API key was last used. An earlier time than the stored one changes nothing.
    pub async fn mark_used(&mut self, id: ApiKeyId, at: Timestamp) -> Result<(), StorageError> {
        const SQL: &str =
            "UPDATE api_keys SET used_at = $2 WHERE id = $1 AND (used_at IS NULL OR used_at < $2)";
        let id = id.to_string();
        self.0.connection.execute(SQL, &[id.as_str().into(), millis(at).into()]).await?;
        Ok(())
    }

    async fn list_accounts(&mut self, key: &ApiKey) -> Result<(), StorageError> {
        const SQL: &str = "INSERT INTO api_key_accounts (key_id, account_id)
            SELECT $1, id FROM accounts WHERE id = $2 AND workspace_id = $3 ON CONFLICT DO NOTHING";
        let (id, workspace) = (key.id.to_string(), key.workspace_id.to_string());
        for account in key.accounts.iter().flatten() {
            let account = account.to_string();
            let values = [id.as_str().into(), account.as_str().into(), workspace.as_str().into()];
            self.0.connection.execute(SQL, &values).await?;
        }
        Ok(())
    }

    async fn one(&mut self, sql: &'static str, values: &[Value<'_>]) -> Result<Option<ApiKey>, StorageError> {
        match self.0.connection.fetch_optional(sql, values).await? {
            Some(row) => self.with_accounts(&row).await.map(Some),
            None => Ok(None),
        }
    }

    async fn with_accounts(&mut self, row: &Row) -> Result<ApiKey, StorageError> {
        const SQL: &str = "SELECT account_id FROM api_key_accounts WHERE key_id = $1 ORDER BY account_id";
        let row = Reader(row);
        let id: ApiKeyId = row.parse("id")?;
        let accounts = if row.get::<i64>("listed_accounts")? == 0 {
            None
        } else {
            let rows = self.0.connection.fetch_all(SQL, &[id.to_string().as_str().into()]).await?;
            let listed = rows.iter().map(|row| Reader(row).parse("account_id"));
            Some(listed.collect::<Result<Vec<AccountId>, _>>()?)
        };
        Ok(ApiKey {
            id,
            workspace_id: row.parse("workspace_id")?,
            user_id: row.parse("user_id")?,
            name: row.get("name")?,
            scopes: row.json("scopes")?,
            accounts,
            networks: row.json("networks")?,
            created_at: row.time("created_at")?,
            expires_at: row.optional_time("expires_at")?,
            used_at: row.optional_time("used_at")?,
        })
    }
}
