//! The members of workspaces, and their roles.

use linekeeper_model::Timestamp;
use linekeeper_model::access::Role;
use linekeeper_model::id::{UserId, WorkspaceId};
use linekeeper_model::user::Member;

use super::code::{Reader, millis, text};
use super::users::user;
use crate::db::{Connection, Row};
use crate::error::{Conflict, StorageError};
use crate::seal::Cipher;
use crate::tx::Scope;

/// The `members` table.
pub struct Members<'t>(pub(crate) Scope<'t>);

macro_rules! select {
    ($rest:literal) => {
        concat!(
            "SELECT users.id AS id, users.email AS email, users.external_id AS external_id,
                users.totp_enabled_at AS totp_enabled_at, users.created_at AS created_at,
                members.workspace_id AS workspace_id, members.role AS role, members.notify AS notify,
                members.reported_until AS reported_until, members.created_at AS joined_at
                FROM members JOIN users ON users.id = members.user_id ",
            $rest
        )
    };
}

impl Members<'_> {
    /// Adds a user to a workspace. Returns [`Conflict::Member`] if the user is already a member.
    pub async fn insert(
        &mut self,
        workspace: WorkspaceId,
        user: UserId,
        role: Role,
        notify: bool,
    ) -> Result<(), StorageError> {
        const SQL: &str = "INSERT INTO members (workspace_id, user_id, role, notify, created_at)
            VALUES ($1, $2, $3, $4, $5)";
        let now = millis(self.0.context.clock.now());
        let (workspace, user, role) = (workspace.to_string(), user.to_string(), text(role));
        let values = [
            workspace.as_str().into(),
            user.as_str().into(),
            role.as_str().into(),
            i64::from(notify).into(),
            now.into(),
        ];
        let inserted = self.0.connection.execute(SQL, &values).await;
        inserted.map(drop).map_err(StorageError::or_conflict(Conflict::Member))
    }

    /// The user as a member of this workspace.
    pub async fn get(
        &mut self,
        workspace: WorkspaceId,
        user: UserId,
    ) -> Result<Option<Member>, StorageError> {
        const SQL: &str = select!("WHERE members.workspace_id = $1 AND members.user_id = $2");
        let (workspace, user) = (workspace.to_string(), user.to_string());
        let values = [workspace.as_str().into(), user.as_str().into()];
        let row = self.0.connection.fetch_optional(SQL, &values).await?;
        row.as_ref().map(|row| member(row, &self.0.context.cipher)).transpose()
    }

    /// All memberships of a user, the oldest workspace first.
    pub async fn of_user(&mut self, user: UserId) -> Result<Vec<Member>, StorageError> {
        const SQL: &str = select!("WHERE members.user_id = $1 ORDER BY members.workspace_id");
        self.many(SQL, &user.to_string()).await
    }

    /// All members of a workspace, in the order in which the users were created.
    pub async fn of_workspace(&mut self, workspace: WorkspaceId) -> Result<Vec<Member>, StorageError> {
        const SQL: &str = select!("WHERE members.workspace_id = $1 ORDER BY members.user_id");
        self.many(SQL, &workspace.to_string()).await
    }

    /// One page of a workspace's members, in the order in which the users were created.
    pub async fn list(
        &mut self,
        workspace: WorkspaceId,
        after: Option<UserId>,
        limit: u32,
    ) -> Result<Vec<Member>, StorageError> {
        const SQL: &str = select!(
            "WHERE members.workspace_id = $1 AND ($2 IS NULL OR members.user_id > $2)
                ORDER BY members.user_id LIMIT $3"
        );
        let (workspace, after) = (workspace.to_string(), after.map(|user| user.to_string()));
        let values = [workspace.as_str().into(), after.as_deref().into(), i64::from(limit).into()];
        let rows = self.0.connection.fetch_all(SQL, &values).await?;
        rows.iter().map(|row| member(row, &self.0.context.cipher)).collect()
    }

    /// Changes the role of a member. Invitations that the member created and that the new role would not allow are
    /// deleted. Does nothing if the user is not a member any more.
    pub async fn update_role(&mut self, member: &Member) -> Result<(), StorageError> {
        const SQL: &str = "UPDATE members SET role = $3 WHERE workspace_id = $1 AND user_id = $2";
        const WITHDRAW: &str =
            "DELETE FROM invitations WHERE workspace_id = $1 AND created_by = $2 AND role = $3";
        let (workspace, user) = (member.workspace_id.to_string(), member.user.id.to_string());
        let role = text(member.role);
        let values = [workspace.as_str().into(), user.as_str().into(), role.as_str().into()];
        self.0.connection.execute(SQL, &values).await?;
        for invited in Role::ALL.into_iter().filter(|invited| !member.role.may_invite(*invited)) {
            let invited = text(invited);
            let values = [workspace.as_str().into(), user.as_str().into(), invited.as_str().into()];
            self.0.connection.execute(WITHDRAW, &values).await?;
        }
        Ok(())
    }

    /// Writes the mail settings in which `member` differs from `before`. If the member had weekly reports before and
    /// still wants them, `reported_until` is not written, because another process may have changed it.
    pub async fn update_mails(&mut self, before: &Member, member: &Member) -> Result<(), StorageError> {
        const NOTIFY: &str = "UPDATE members SET notify = $3 WHERE workspace_id = $1 AND user_id = $2";
        const REPORTS: &str =
            "UPDATE members SET reported_until = $3 WHERE workspace_id = $1 AND user_id = $2";
        let (workspace, user) = (member.workspace_id.to_string(), member.user.id.to_string());
        let (workspace, user) = (workspace.as_str(), user.as_str());
        if member.notify != before.notify {
            let values = [workspace.into(), user.into(), i64::from(member.notify).into()];
            self.0.connection.execute(NOTIFY, &values).await?;
        }
        if member.reported_until.is_some() != before.reported_until.is_some() {
            let values = [workspace.into(), user.into(), member.reported_until.map(millis).into()];
            self.0.connection.execute(REPORTS, &values).await?;
        }
        Ok(())
    }

    /// Notes that a weekly report covers the time up to `until`. Returns false if another process has noted a
    /// report, or if the member has turned the reports off.
    pub async fn reported(&mut self, member: &Member, until: Timestamp) -> Result<bool, StorageError> {
        const SQL: &str = "UPDATE members SET reported_until = $3
            WHERE workspace_id = $1 AND user_id = $2 AND reported_until = $4";
        let Some(before) = member.reported_until else { return Ok(false) };
        let (workspace, user) = (member.workspace_id.to_string(), member.user.id.to_string());
        let values =
            [workspace.as_str().into(), user.as_str().into(), millis(until).into(), millis(before).into()];
        Ok(self.0.connection.execute(SQL, &values).await? > 0)
    }

    /// The workspaces in which at least one member wants weekly reports.
    pub async fn workspaces_with_reports(&mut self) -> Result<Vec<WorkspaceId>, StorageError> {
        const SQL: &str = "SELECT DISTINCT workspace_id AS workspace_id FROM members
            WHERE reported_until IS NOT NULL ORDER BY workspace_id";
        let rows = self.0.connection.fetch_all(SQL, &[]).await?;
        rows.iter().map(|row| Reader(row).parse("workspace_id")).collect()
    }

    /// Removes a user from a workspace, with the user's API keys, sign-ins, shares and invitations in it. The
    /// user's accounts must already be assigned to another member. It is not an error if the user is not a member.
    pub async fn delete(&mut self, workspace: WorkspaceId, user: UserId) -> Result<(), StorageError> {
        const SQL: [&str; 5] = [
            "DELETE FROM invitations WHERE workspace_id = $1 AND created_by = $2",
            "DELETE FROM members WHERE workspace_id = $1 AND user_id = $2",
            "DELETE FROM api_keys WHERE workspace_id = $1 AND user_id = $2",
            "DELETE FROM sign_ins WHERE workspace_id = $1 AND user_id = $2",
            "DELETE FROM account_shares WHERE user_id = $2
                AND account_id IN (SELECT id FROM accounts WHERE workspace_id = $1)",
        ];
        let (workspace, user) = (workspace.to_string(), user.to_string());
        let values = [workspace.as_str().into(), user.as_str().into()];
        for sql in SQL {
            self.0.connection.execute(sql, &values).await?;
        }
        Ok(())
    }

    /// Whether this installation has an Owner. In a write transaction, nobody else can add a member until the
    /// transaction ends, so that only one first Owner is created.
    pub async fn owner_exists(&mut self) -> Result<bool, StorageError> {
        const SQL: &str = "SELECT user_id FROM members WHERE role = $1 LIMIT 1";
        self.lock().await?;
        let row = self.0.connection.fetch_optional(SQL, &[text(Role::Owner).as_str().into()]).await?;
        Ok(row.is_some())
    }

    /// The number of Owners of a workspace. In a write transaction, nobody else can change it until the
    /// transaction ends.
    pub async fn owners(&mut self, workspace: WorkspaceId) -> Result<u32, StorageError> {
        const SQL: &str = "SELECT COUNT(*) AS owners FROM members WHERE workspace_id = $1 AND role = $2";
        self.lock().await?;
        let (workspace, role) = (workspace.to_string(), text(Role::Owner));
        let row =
            self.0.connection.fetch_one(SQL, &[workspace.as_str().into(), role.as_str().into()]).await?;
        Reader(&row).count("owners")
    }

    /// Locks the table. SQLite needs no lock, because it has only one writer at a time.
    async fn lock(&mut self) -> Result<(), StorageError> {
        if let (Connection::Postgres(_), true) = (&self.0.connection, self.0.writes) {
            self.0.connection.execute("LOCK TABLE members IN SHARE ROW EXCLUSIVE MODE", &[]).await?;
        }
        Ok(())
    }

    async fn many(&mut self, sql: &'static str, id: &str) -> Result<Vec<Member>, StorageError> {
        let rows = self.0.connection.fetch_all(sql, &[id.into()]).await?;
        rows.iter().map(|row| member(row, &self.0.context.cipher)).collect()
    }
}

fn member(row: &Row, cipher: &Cipher) -> Result<Member, StorageError> {
    let user = user(row, cipher)?;
    let row = Reader(row);
    Ok(Member {
        user,
        workspace_id: row.parse("workspace_id")?,
        role: row.code("role")?,
        notify: row.get::<i64>("notify")? != 0,
        reported_until: row.optional_time("reported_until")?,
        joined_at: row.time("joined_at")?,
    })
}
