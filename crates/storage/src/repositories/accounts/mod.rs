//! The WhatsApp accounts that linekeeper manages. Names, phone number, LID, proxy, metadata and failure are
//! encrypted. A keyed hash of the number keeps numbers unique and makes them searchable.

mod columns;

use std::collections::{BTreeMap, BTreeSet};

use linekeeper_model::account::Account;
use linekeeper_model::id::{AccountId, ApiKeyId, UserId, WorkspaceId};
use linekeeper_model::limits::Usage;
use linekeeper_model::phone::PhoneNumber;
use linekeeper_model::user::Member;

use crate::db::{Connection, Row, Value};
use crate::error::{Conflict, StorageError};
use crate::repositories::code::Reader;
use crate::tx::Scope;
use columns::Sealed;
pub(crate) use columns::{AccountName, open_phone, phone_tag, seal_failure};

/// Which accounts a caller can reach. The API treats all other accounts as if they did not exist.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Reach {
    /// The caller's workspace. Accounts of other workspaces can never be reached.
    pub workspace: WorkspaceId,
    /// If set, only accounts that this user connected or that were shared with the user. `None` for all accounts
    /// of the workspace.
    pub user: Option<UserId>,
    /// If set, only accounts that this API key lists. `None` if the caller uses no API key that lists accounts.
    pub key: Option<ApiKeyId>,
}

impl Reach {
    /// All accounts of a workspace.
    pub const fn all_of(workspace: WorkspaceId) -> Self {
        Self { workspace, user: None, key: None }
    }

    /// The accounts that a member can reach. It depends on their role, the accounts that they connected, and the
    /// accounts that are shared with them.
    pub fn of(member: &Member) -> Self {
        let user = (!member.role.sees_all_accounts()).then_some(member.user.id);
        Self { workspace: member.workspace_id, user, key: None }
    }

    /// The values of the three parameters of `within_reach!`, as text.
    pub(super) fn columns(&self) -> (String, Option<String>, Option<String>) {
        let text = |id: &dyn std::fmt::Display| id.to_string();
        (
            self.workspace.to_string(),
            self.user.as_ref().map(|id| text(id)),
            self.key.as_ref().map(|id| text(id)),
        )
    }
}

/// The SQL condition that an account is within a [`Reach`]. Its parameters are `$1`, `$2` and `$3`.
macro_rules! within_reach {
    () => {
        "accounts.workspace_id = $1
         AND ($2 IS NULL OR accounts.user_id = $2 OR EXISTS (SELECT 1 FROM account_shares s
              WHERE s.account_id = accounts.id AND s.user_id = $2))
         AND ($3 IS NULL OR EXISTS (SELECT 1 FROM api_key_accounts k
              WHERE k.account_id = accounts.id AND k.key_id = $3)) "
    };
}

pub(super) use within_reach;

/// Keeps old actors of an account from writing: each actor gets a higher epoch than the one before it, and only the
/// actor with the highest epoch can write. The default is the epoch of a new account.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct RuntimeEpoch(i64);

/// Which accounts a list contains. It contains only accounts to which the caller has access.
#[derive(Debug, Clone, Copy, Default)]
pub struct AccountFilter {
    /// Only accounts that were created after this one.
    pub after: Option<AccountId>,
    /// The maximum number of results.
    pub limit: u32,
}

/// The tables `accounts` and `account_usage`. Methods with a parameter `day` return accounts with the usage of
/// that day.
pub struct Accounts<'t>(pub(crate) Scope<'t>);

/// Selects accounts with their usage. `$day` is the parameter with the day.
macro_rules! select {
    ($day:literal, $($rest:expr),+ $(,)?) => {
        concat!(
            "SELECT id, workspace_id, user_id, kind, display_name, phone, lid, number_given, push_name, desired, linked,
                status_reason, failure, status_since, status_next_retry_at, status_attempt, daily_limit,
                COALESCE(u.sent, 0) AS usage_sent, COALESCE(u.received, 0) AS usage_received, device_name,
                device_icon, proxy, tags, metadata, pacing, picture_id, restriction, phone_seen_at, last_connected_at,
                last_disconnected_at, created_at, updated_at
                FROM accounts LEFT JOIN account_usage u ON u.account_id = accounts.id AND u.day = ", $day, " ",
            $($rest),+
        )
    };
}

impl Accounts<'_> {
    /// Adds an account without usage. Returns [`Conflict::PhoneNumber`] if another account has the same number.
    pub async fn insert(&mut self, account: &Account) -> Result<(), StorageError> {
        const SQL: &str = "INSERT INTO accounts
            (id, display_name, daily_limit, device_name, device_icon, proxy, tags, metadata, pacing, updated_at,
             phone_tag, phone, lid, push_name, desired, linked, status_reason, failure, status_since,
             status_next_retry_at, status_attempt, picture_id, restriction, phone_seen_at, last_connected_at,
             last_disconnected_at, workspace_id, user_id, kind, created_at, number_given)
            VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, $19, $20,
                    $21, $22, $23, $24, $25, $26, $27, $28, $29, $30, $31)";
        let sealed = Sealed::of(account, &self.0.context.cipher);
        let mut values = sealed.settings(account);
        let mut runtime = sealed.runtime(account).into_iter().skip(1).collect::<Vec<_>>();
        // Both lists end with the time of the last change, so remove it from one of them.
        runtime.pop();
        values.extend(runtime);
        values.extend(sealed.fixed(account));
        let inserted = self.0.connection.execute(SQL, &values).await;
        inserted.map(drop).map_err(StorageError::or_conflict(Conflict::PhoneNumber))
    }

    /// The account with this id, if the caller has access to it. The query is the same for an id that does not exist
    /// and for an account to which the caller has no access. So the duration of the query does not reveal which
    /// accounts exist.
    pub async fn get(
        &mut self,
        reach: Reach,
        id: AccountId,
        day: &str,
    ) -> Result<Option<Account>, StorageError> {
        const SQL: &str = select!("$5", "WHERE accounts.id = $4 AND ", within_reach!());
        let ((workspace, user, key), id) = (reach.columns(), id.to_string());
        let values = [
            workspace.as_str().into(),
            user.as_deref().into(),
            key.as_deref().into(),
            id.as_str().into(),
            day.into(),
        ];
        self.one(SQL, &values).await
    }

    /// Whether the caller has access to the account with this id.
    pub async fn is_within(&mut self, reach: Reach, id: AccountId) -> Result<bool, StorageError> {
        const SQL: &str = concat!("SELECT id FROM accounts WHERE accounts.id = $4 AND ", within_reach!());
        let ((workspace, user, key), id) = (reach.columns(), id.to_string());
        let values =
            [workspace.as_str().into(), user.as_deref().into(), key.as_deref().into(), id.as_str().into()];
        Ok(self.0.connection.fetch_optional(SQL, &values).await?.is_some())
    }

    /// The account with this id in any workspace. Only for the server itself, and not for requests of callers.
    pub async fn get_any(&mut self, id: AccountId, day: &str) -> Result<Option<Account>, StorageError> {
        self.one(select!("$2", "WHERE id = $1"), &[id.to_string().as_str().into(), day.into()]).await
    }

    /// The workspace of the account with this id. Only for the server itself, and not for requests of callers.
    pub async fn workspace_of(&mut self, id: AccountId) -> Result<Option<WorkspaceId>, StorageError> {
        const SQL: &str = "SELECT workspace_id FROM accounts WHERE id = $1";
        let row = self.0.connection.fetch_optional(SQL, &[id.to_string().as_str().into()]).await?;
        row.map(|row| Reader(&row).parse("workspace_id")).transpose()
    }

    /// One page of the accounts to which the caller has access, oldest first.
    pub async fn list(
        &mut self,
        reach: Reach,
        filter: AccountFilter,
        day: &str,
    ) -> Result<Vec<Account>, StorageError> {
        const SQL: &str = select!(
            "$6",
            "WHERE ",
            within_reach!(),
            "AND ($4 IS NULL OR accounts.id > $4) ORDER BY accounts.id LIMIT $5"
        );
        let (workspace, user, key) = reach.columns();
        let after = filter.after.map(|id| id.to_string());
        let values = [
            workspace.as_str().into(),
            user.as_deref().into(),
            key.as_deref().into(),
            after.as_deref().into(),
            i64::from(filter.limit).into(),
            day.into(),
        ];
        self.many(SQL, &values).await
    }

    /// The ids of all accounts to which the caller has access.
    pub async fn ids(&mut self, reach: Reach) -> Result<BTreeSet<AccountId>, StorageError> {
        const SQL: &str = concat!("SELECT id FROM accounts WHERE ", within_reach!());
        let (workspace, user, key) = reach.columns();
        let values = [workspace.as_str().into(), user.as_deref().into(), key.as_deref().into()];
        let rows = self.0.connection.fetch_all(SQL, &values).await?;
        rows.iter().map(|row| Reader(row).parse("id")).collect()
    }

    /// All accounts of a workspace, oldest first.
    pub async fn all(&mut self, workspace: WorkspaceId, day: &str) -> Result<Vec<Account>, StorageError> {
        const SQL: &str = select!("$2", "WHERE workspace_id = $1 ORDER BY id");
        self.many(SQL, &[workspace.to_string().as_str().into(), day.into()]).await
    }

    /// The number of accounts in all workspaces.
    pub async fn count(&mut self) -> Result<u64, StorageError> {
        let row = self.0.connection.fetch_one("SELECT COUNT(*) AS accounts FROM accounts", &[]).await?;
        Reader(&row).count("accounts").map(u64::from)
    }

    /// The account with this id, if the caller has access to it. The account is locked until the transaction ends.
    pub async fn lock(
        &mut self,
        reach: Reach,
        id: AccountId,
        day: &str,
    ) -> Result<Option<Account>, StorageError> {
        const SQL: &str = "UPDATE accounts SET id = id WHERE id = $1";
        self.0.connection.execute(SQL, &[id.to_string().as_str().into()]).await?;
        self.get(reach, id, day).await
    }

    /// Writes the operator's settings: name, daily limit, device, proxy, tags, metadata and pacing. Does nothing
    /// if the account was deleted.
    pub async fn update_settings(&mut self, account: &Account) -> Result<(), StorageError> {
        const SQL: &str = "UPDATE accounts SET
            display_name = $2, daily_limit = $3, device_name = $4, device_icon = $5, proxy = $6, tags = $7,
            metadata = $8, pacing = $9, updated_at = CASE WHEN updated_at < $10 THEN $10 ELSE updated_at END
            WHERE id = $1";
        let sealed = Sealed::of(account, &self.0.context.cipher);
        self.0.connection.execute(SQL, &sealed.settings(account)).await?;
        Ok(())
    }

    /// Takes over every account for the actors of this process. Returns the epoch of each account. From now on, the
    /// actors that earlier processes started cannot write these accounts.
    pub async fn take_over_all(&mut self) -> Result<BTreeMap<AccountId, RuntimeEpoch>, StorageError> {
        const SQL: &str =
            "UPDATE accounts SET runtime_epoch = runtime_epoch + 1 RETURNING id, runtime_epoch AS epoch";
        let rows = self.0.connection.fetch_all(SQL, &[]).await?;
        rows.iter().map(|row| Ok((Reader(row).parse("id")?, RuntimeEpoch(row.get("epoch")?)))).collect()
    }

    /// Takes over one account for a new actor. Returns `None` if the account was deleted.
    pub async fn take_over(&mut self, id: AccountId) -> Result<Option<RuntimeEpoch>, StorageError> {
        const SQL: &str = "UPDATE accounts SET runtime_epoch = runtime_epoch + 1 WHERE id = $1
            RETURNING runtime_epoch AS epoch";
        let row = self.0.connection.fetch_optional(SQL, &[id.to_string().as_str().into()]).await?;
        row.map(|row| Ok(RuntimeEpoch(row.get("epoch")?))).transpose()
    }

    /// Whether `epoch` is still the account's epoch. On PostgreSQL, nobody can take over the account until the
    /// transaction ends. On SQLite, the transaction holds the only write lock, which has the same effect.
    pub async fn holds(&mut self, id: AccountId, epoch: RuntimeEpoch) -> Result<bool, StorageError> {
        const SQLITE: &str = "SELECT id FROM accounts WHERE id = $1 AND runtime_epoch = $2";
        const POSTGRES: &str = "SELECT id FROM accounts WHERE id = $1 AND runtime_epoch = $2 FOR SHARE";
        let sql = if let Connection::Sqlite(_) = self.0.connection { SQLITE } else { POSTGRES };
        let id = id.to_string();
        Ok(self.0.connection.fetch_optional(sql, &[id.as_str().into(), epoch.0.into()]).await?.is_some())
    }

    /// Writes the fields that the account's actor changes, such as identity, desired state and status. Returns
    /// false, and writes nothing, if a later actor took over the account, or if the account was deleted. Returns
    /// [`Conflict::PhoneNumber`] if another account has the same number.
    pub async fn update_runtime(
        &mut self,
        account: &Account,
        epoch: RuntimeEpoch,
    ) -> Result<bool, StorageError> {
        const SQL: &str = "UPDATE accounts SET
            phone_tag = $2, phone = $3, lid = $4, push_name = $5, desired = $6, linked = $7, status_reason = $8,
            failure = $9, status_since = $10, status_next_retry_at = $11, status_attempt = $12, picture_id = $13,
            restriction = $14, phone_seen_at = $15, last_connected_at = $16, last_disconnected_at = $17,
            updated_at = CASE WHEN updated_at < $18 THEN $18 ELSE updated_at END
            WHERE id = $1 AND runtime_epoch = $19";
        let sealed = Sealed::of(account, &self.0.context.cipher);
        let mut values = sealed.runtime(account);
        values.push(epoch.0.into());
        let updated = self.0.connection.execute(SQL, &values).await;
        updated.map(|rows| rows > 0).map_err(StorageError::or_conflict(Conflict::PhoneNumber))
    }

    /// Assigns all accounts that a user connected in a workspace to another user. Returns the number of these accounts.
    pub async fn hand_over(
        &mut self,
        workspace: WorkspaceId,
        from: UserId,
        to: UserId,
    ) -> Result<u64, StorageError> {
        const SQL: &str = "UPDATE accounts SET user_id = $3 WHERE workspace_id = $1 AND user_id = $2";
        let (workspace, from, to) = (workspace.to_string(), from.to_string(), to.to_string());
        let values = [workspace.as_str().into(), from.as_str().into(), to.as_str().into()];
        Ok(self.0.connection.execute(SQL, &values).await?)
    }

    /// Deletes the account with its events, pairing links and picture. The session in the vault must be destroyed
    /// separately. Deleting an account twice is not an error.
    pub async fn delete(&mut self, id: AccountId) -> Result<(), StorageError> {
        const SQL: &str = "DELETE FROM accounts WHERE id = $1";
        self.0.connection.execute(SQL, &[id.to_string().as_str().into()]).await?;
        Ok(())
    }

    /// The account with this phone number, in any workspace.
    pub async fn id_of_phone(&mut self, phone: &PhoneNumber) -> Result<Option<AccountId>, StorageError> {
        const SQL: &str = "SELECT id FROM accounts WHERE phone_tag = $1";
        let tag = columns::phone_tag(&self.0.context.cipher, phone);
        let row = self.0.connection.fetch_optional(SQL, &[tag.as_bytes().into()]).await?;
        row.map(|row| Reader(&row).parse("id")).transpose()
    }

    /// Adds to the number of messages that the account sent and received on `day`. Does nothing if the account was
    /// deleted.
    pub async fn add_usage(&mut self, id: AccountId, day: &str, usage: Usage) -> Result<(), StorageError> {
        const SQL: &str = "INSERT INTO account_usage (account_id, day, sent, received)
            SELECT id, CAST($2 AS TEXT), CAST($3 AS BIGINT), CAST($4 AS BIGINT) FROM accounts WHERE id = $1
            ON CONFLICT (account_id, day) DO UPDATE SET
                sent = account_usage.sent + excluded.sent, received = account_usage.received + excluded.received";
        let id = id.to_string();
        let Usage { sent, received } = usage;
        let values = [id.as_str().into(), day.into(), i64::from(sent).into(), i64::from(received).into()];
        self.0.connection.execute(SQL, &values).await?;
        Ok(())
    }

    async fn one(
        &mut self,
        sql: &'static str,
        values: &[Value<'_>],
    ) -> Result<Option<Account>, StorageError> {
        let row = self.0.connection.fetch_optional(sql, values).await?;
        row.map(|row| self.account(&row)).transpose()
    }

    async fn many(&mut self, sql: &'static str, values: &[Value<'_>]) -> Result<Vec<Account>, StorageError> {
        let rows = self.0.connection.fetch_all(sql, values).await?;
        rows.iter().map(|row| self.account(row)).collect()
    }

    fn account(&self, row: &Row) -> Result<Account, StorageError> {
        columns::account(&Reader(row), &self.0.context.cipher)
    }
}
