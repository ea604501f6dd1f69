//! Managed WhatsApp identities. Names, phone number, LID, proxy, metadata and failure are sealed; a keyed hash keeps
//! numbers unique and findable.

mod columns;

use std::collections::BTreeSet;

use linekeeper_model::account::Account;
use linekeeper_model::id::{AccountId, ApiKeyId, UserId, WorkspaceId};
use linekeeper_model::phone::PhoneNumber;
use linekeeper_model::user::Member;

use crate::db::{Row, Value};
use crate::error::{Conflict, StorageError};
use crate::repositories::code::Reader;
use crate::tx::Scope;
use columns::Sealed;
pub(crate) use columns::{AccountName, open_phone, phone_tag, seal_failure};

/// Which accounts a caller can reach. Any other account does not exist for them.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Reach {
    /// The tenant, which nothing ever crosses.
    pub workspace: WorkspaceId,
    /// Only those that this user connected or that were shared with them; `None` for all of the workspace.
    pub user: Option<UserId>,
    /// Only those that this key lists; `None` where it lists none.
    pub key: Option<ApiKeyId>,
}

impl Reach {
    /// All of a workspace.
    pub const fn all_of(workspace: WorkspaceId) -> Self {
        Self { workspace, user: None, key: None }
    }

    /// What a member's role, own accounts and shares give them.
    pub fn of(member: &Member) -> Self {
        let user = (!member.role.sees_all_accounts()).then_some(member.user.id);
        Self { workspace: member.workspace_id, user, key: None }
    }

    /// The three parameters that [`reach!`] reads, as text.
    pub(super) fn columns(&self) -> (String, Option<String>, Option<String>) {
        let text = |id: &dyn std::fmt::Display| id.to_string();
        (
            self.workspace.to_string(),
            self.user.as_ref().map(|id| text(id)),
            self.key.as_ref().map(|id| text(id)),
        )
    }
}

/// The condition that an account's row is within a [`Reach`], whose columns are `$1`, `$2` and `$3`.
macro_rules! within_reach {
    () => {
        "accounts.workspace_id = $1
         AND ($2 IS NULL OR accounts.user_id = $2 OR EXISTS (SELECT 1 FROM account_shares s
              WHERE s.account_id = accounts.id AND s.user_id = $2))
         AND ($3 IS NULL OR EXISTS (SELECT 1 FROM api_key_accounts k
              WHERE k.account_id = accounts.id AND k.key_id = $3)) "
    };
}

/// Which of the accounts within reach to list.
#[derive(Debug, Clone, Copy, Default)]
pub struct AccountFilter {
    /// Only those after this one, in order of creation.
    pub after: Option<AccountId>,
    /// At most so many.
    pub limit: u32,
}

/// The `accounts` table. Where a `day` is asked for, usage is that of the day so named, and nothing on others.
pub struct Accounts<'t>(pub(crate) Scope<'t>);

macro_rules! select {
    ($($rest:expr),+ $(,)?) => {
        concat!(
            "SELECT id, workspace_id, user_id, kind, display_name, phone, lid, number_given, push_name, desired, linked,
                status_reason, failure, status_since, status_next_retry_at, status_attempt, daily_limit,
                usage_day, usage_sent, usage_received, device_name, device_icon, proxy, tags, metadata, picture_id,
                restriction, phone_seen_at, last_connected_at, last_disconnected_at, created_at, updated_at
                FROM accounts ",
            $($rest),+
        )
    };
}

impl Accounts<'_> {
    /// Adds an account without usage. [`Conflict::PhoneNumber`] where another one has its number.
    pub async fn insert(&mut self, account: &Account) -> Result<(), StorageError> {
        const SQL: &str = "INSERT INTO accounts
            (id, display_name, phone_tag, phone, lid, push_name, desired, linked, status_reason, failure,
             status_since, status_next_retry_at, status_attempt, daily_limit, device_name, device_icon, proxy, tags,
             metadata, picture_id, restriction, phone_seen_at, last_connected_at, last_disconnected_at,
             updated_at, workspace_id, user_id, kind, created_at, number_given, usage_day, usage_sent, usage_received)
            VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, $19, $20,
                    $21, $22, $23, $24, $25, $26, $27, $28, $29, $30, '', 0, 0)";
        let sealed = Sealed::of(account, &self.0.context.cipher);
        let mut values = sealed.mutable(account);
        values.extend(sealed.fixed(account));
        let inserted = self.0.connection.execute(SQL, &values).await;
        inserted.map(drop).map_err(StorageError::or_conflict(Conflict::PhoneNumber))
    }

    /// The account of that id, where it is within reach. One that is not and one that nobody has cost the same query.
    pub async fn get(
        &mut self,
        reach: Reach,
        id: AccountId,
        day: &str,
    ) -> Result<Option<Account>, StorageError> {
        const SQL: &str = select!("WHERE accounts.id = $4 AND ", within_reach!());
        let ((workspace, user, key), id) = (reach.columns(), id.to_string());
        let values =
            [workspace.as_str().into(), user.as_deref().into(), key.as_deref().into(), id.as_str().into()];
        self.one(SQL, &values, day).await
    }

    /// Whether the account of that id is within reach.
    pub async fn is_within(&mut self, reach: Reach, id: AccountId) -> Result<bool, StorageError> {
        const SQL: &str = concat!("SELECT id FROM accounts WHERE accounts.id = $4 AND ", within_reach!());
        let ((workspace, user, key), id) = (reach.columns(), id.to_string());
        let values =
            [workspace.as_str().into(), user.as_deref().into(), key.as_deref().into(), id.as_str().into()];
        Ok(self.0.connection.fetch_optional(SQL, &values).await?.is_some())
    }

    /// The account of that id, whosever it is: for the server itself, never for a caller.
    pub async fn get_any(&mut self, id: AccountId, day: &str) -> Result<Option<Account>, StorageError> {
        self.one(select!("WHERE id = $1"), &[id.to_string().as_str().into()], day).await
    }

    /// The workspace of the account of that id: for the server itself, never for a caller.
    pub async fn workspace_of(&mut self, id: AccountId) -> Result<Option<WorkspaceId>, StorageError> {
        const SQL: &str = "SELECT workspace_id FROM accounts WHERE id = $1";
        let row = self.0.connection.fetch_optional(SQL, &[id.to_string().as_str().into()]).await?;
        row.map(|row| Reader(&row).parse("workspace_id")).transpose()
    }

    /// A page of the accounts within reach, the oldest first.
    pub async fn list(
        &mut self,
        reach: Reach,
        filter: AccountFilter,
        day: &str,
    ) -> Result<Vec<Account>, StorageError> {
        const SQL: &str = select!(
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
        ];
        self.many(SQL, &values, day).await
    }

    /// The ids of all accounts within reach.
    pub async fn ids(&mut self, reach: Reach) -> Result<BTreeSet<AccountId>, StorageError> {
        const SQL: &str = concat!("SELECT id FROM accounts WHERE ", within_reach!());
        let (workspace, user, key) = reach.columns();
        let values = [workspace.as_str().into(), user.as_deref().into(), key.as_deref().into()];
        let rows = self.0.connection.fetch_all(SQL, &values).await?;
        rows.iter().map(|row| Reader(row).parse("id")).collect()
    }

    /// Every account of a workspace, the oldest first.
    pub async fn all(&mut self, workspace: WorkspaceId, day: &str) -> Result<Vec<Account>, StorageError> {
        const SQL: &str = select!("WHERE workspace_id = $1 ORDER BY id");
        self.many(SQL, &[workspace.to_string().as_str().into()], day).await
    }

    /// How many accounts there are in all workspaces.
    pub async fn count(&mut self) -> Result<u64, StorageError> {
        let row = self.0.connection.fetch_one("SELECT COUNT(*) AS accounts FROM accounts", &[]).await?;
        Reader(&row).count("accounts").map(u64::from)
    }

    /// Writes all that can change but usage; nothing where the account is gone.
    /// [`Conflict::PhoneNumber`] where another one has its number.
    pub async fn update(&mut self, account: &Account) -> Result<(), StorageError> {
        const SQL: &str = "UPDATE accounts SET
            display_name = $2, phone_tag = $3, phone = $4, lid = $5, push_name = $6, desired = $7, linked = $8,
            status_reason = $9, failure = $10, status_since = $11, status_next_retry_at = $12,
            status_attempt = $13, daily_limit = $14, device_name = $15, device_icon = $16, proxy = $17, tags = $18,
            metadata = $19, picture_id = $20, restriction = $21, phone_seen_at = $22, last_connected_at = $23,
            last_disconnected_at = $24, updated_at = $25
            WHERE id = $1";
        let sealed = Sealed::of(account, &self.0.context.cipher);
        let values = sealed.mutable(account);
        let updated = self.0.connection.execute(SQL, &values).await;
        updated.map(drop).map_err(StorageError::or_conflict(Conflict::PhoneNumber))
    }

    /// All accounts that a user connected in a workspace belong to another one from now on; answers how many.
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

    /// Removes the account with its events, pairing links and picture; its session is the vault's to destroy.
    /// Fine where it is gone already.
    pub async fn delete(&mut self, id: AccountId) -> Result<(), StorageError> {
        const SQL: &str = "DELETE FROM accounts WHERE id = $1";
        self.0.connection.execute(SQL, &[id.to_string().as_str().into()]).await?;
        Ok(())
    }

    /// Which account has that phone number, in any workspace.
    pub async fn id_of_phone(&mut self, phone: &PhoneNumber) -> Result<Option<AccountId>, StorageError> {
        const SQL: &str = "SELECT id FROM accounts WHERE phone_tag = $1";
        let tag = columns::phone_tag(&self.0.context.cipher, phone);
        let row = self.0.connection.fetch_optional(SQL, &[tag.as_bytes().into()]).await?;
        row.map(|row| Reader(&row).parse("id")).transpose()
    }

    /// Counts `messages` that came in on `day`. The first count of a new day forgets the day before.
    pub async fn add_received(
        &mut self,
        id: AccountId,
        day: &str,
        messages: u32,
    ) -> Result<(), StorageError> {
        self.add(id, day, 0, messages).await
    }

    /// Counts `messages` that left on `day`.
    pub async fn add_sent(&mut self, id: AccountId, day: &str, messages: u32) -> Result<(), StorageError> {
        self.add(id, day, messages, 0).await
    }

    async fn add(&mut self, id: AccountId, day: &str, sent: u32, received: u32) -> Result<(), StorageError> {
        const SQL: &str = "UPDATE accounts SET
            usage_sent = $3 + CASE WHEN usage_day = $2 THEN usage_sent ELSE 0 END,
            usage_received = $4 + CASE WHEN usage_day = $2 THEN usage_received ELSE 0 END,
            usage_day = $2
            WHERE id = $1";
        let id = id.to_string();
        let values = [id.as_str().into(), day.into(), i64::from(sent).into(), i64::from(received).into()];
        self.0.connection.execute(SQL, &values).await?;
        Ok(())
    }

    async fn one(
        &mut self,
        sql: &'static str,
        values: &[Value<'_>],
        day: &str,
    ) -> Result<Option<Account>, StorageError> {
        let row = self.0.connection.fetch_optional(sql, values).await?;
        row.map(|row| self.account(&row, day)).transpose()
    }

    async fn many(
        &mut self,
        sql: &'static str,
        values: &[Value<'_>],
        day: &str,
    ) -> Result<Vec<Account>, StorageError> {
        let rows = self.0.connection.fetch_all(sql, values).await?;
        rows.iter().map(|row| self.account(row, day)).collect()
    }

    fn account(&self, row: &Row, day: &str) -> Result<Account, StorageError> {
        columns::account(&Reader(row), &self.0.context.cipher, day)
    }
}
