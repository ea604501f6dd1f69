//! The last notification about each account. With it, the server does not send the same notification twice, and
//! reports a recovery only if it has reported the problem.

use linekeeper_model::Timestamp;
use linekeeper_model::health::FindingCode;
use linekeeper_model::id::{AccountId, WorkspaceId};

use super::code::{Reader, millis};
use crate::error::StorageError;
use crate::tx::Scope;

const WELL: &str = "well";

/// What the last notification said.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Told {
    /// The account works.
    Well,
    /// A person must act, for this reason.
    Needs(FindingCode),
}

/// The `told_accounts` table.
pub struct ToldAccounts<'t>(pub(crate) Scope<'t>);

impl ToldAccounts<'_> {
    /// The last notification about this account, if there was one.
    pub async fn get(&mut self, account: AccountId) -> Result<Option<Told>, StorageError> {
        const SQL: &str = "SELECT state FROM told_accounts WHERE account_id = $1";
        let row = self.0.connection.fetch_optional(SQL, &[account.to_string().as_str().into()]).await?;
        let Some(row) = row else { return Ok(None) };
        let row = Reader(&row);
        Ok(Some(match row.get::<String>("state")?.as_str() {
            WELL => Told::Well,
            _ => Told::Needs(row.parse("state")?),
        }))
    }

    /// Notes that people are notified now.
    pub async fn put(&mut self, account: AccountId, told: Told) -> Result<(), StorageError> {
        const SQL: &str = "INSERT INTO told_accounts (account_id, state, told_at) VALUES ($1, $2, $3)
            ON CONFLICT (account_id) DO UPDATE SET state = excluded.state, told_at = excluded.told_at";
        let (account, now) = (account.to_string(), millis(self.0.context.clock.now()));
        let state = match told {
            Told::Well => WELL,
            Told::Needs(code) => code.code(),
        };
        self.0.connection.execute(SQL, &[account.as_str().into(), state.into(), now.into()]).await?;
        Ok(())
    }

    /// When people of this workspace last got a notification about an account.
    pub async fn last_in(&mut self, workspace: WorkspaceId) -> Result<Option<Timestamp>, StorageError> {
        const SQL: &str = "SELECT MAX(told_at) AS told_at FROM told_accounts
            WHERE account_id IN (SELECT id FROM accounts WHERE workspace_id = $1)";
        let row = self.0.connection.fetch_one(SQL, &[workspace.to_string().as_str().into()]).await?;
        Reader(&row).optional_time("told_at")
    }
}
