//! Keys for programs, found by their hash or, by callers who manage them, by their id.

use linekeeper_model::Timestamp;
use linekeeper_model::api_key::ApiKey;
use linekeeper_model::id::{AccountId, ApiKeyId};

use super::Reach;
use super::code::{Reader, millis};
use crate::credential::KeyHash;
use crate::db::{Row, Value};
use crate::error::{Conflict, StorageError};
use crate::tx::Scope;

/// The `api_keys` table, with the accounts that keys list. A [`Reach`] includes the keys of its workspace. The reach
/// of a key with a list of accounts includes only keys whose listed accounts are all in that list.
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

/// The condition that a key is within a [`Reach`], whose workspace and key are `$1` and `$2`.
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
    /// Adds a key. Listed accounts that no longer exist are left out.
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

    /// Writes name, scopes, accounts, networks and expiry. Does nothing if the key is gone.
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

    /// The key with this hash, even if it has expired: the caller has a clock.
    pub async fn by_hash(&mut self, hash: &KeyHash) -> Result<Option<ApiKey>, StorageError> {
        self.one(select!("WHERE key_hash = $1"), &[hash.as_bytes().as_slice().into()]).await
    }

    /// The key with this id, if it is within reach.
    pub async fn get(&mut self, reach: Reach, id: ApiKeyId) -> Result<Option<ApiKey>, StorageError> {
        const SQL: &str = select!("WHERE api_keys.id = $3 AND ", within_reach!());
        let ((workspace, _, key), id) = (reach.columns(), id.to_string());
        self.one(SQL, &[workspace.as_str().into(), key.as_deref().into(), id.as_str().into()]).await
    }

    /// A page of at most `limit` keys within reach, oldest first, starting after `after`.
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

    /// Removes a key. Returns false if there is none with this id within reach.
    pub async fn delete(&mut self, reach: Reach, id: ApiKeyId) -> Result<bool, StorageError> {
        const SQL: &str = concat!("DELETE FROM api_keys WHERE api_keys.id = $3 AND ", within_reach!());
        let ((workspace, _, key), id) = (reach.columns(), id.to_string());
        let values = [workspace.as_str().into(), key.as_deref().into(), id.as_str().into()];
        Ok(self.0.connection.execute(SQL, &values).await? > 0)
    }

    /// Stores that the key was used. An earlier time than the stored one changes nothing.
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
