//! Shares: which accounts are shared with which members. With a share, a member reaches one more account, but gets
//! no new permissions.

use linekeeper_model::Timestamp;
use linekeeper_model::id::{AccountId, UserId};

use super::code::{Reader, millis};
use crate::error::StorageError;
use crate::tx::Scope;

/// A share of an account.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Share {
    /// The user with whom the account is shared.
    pub user_id: UserId,
    /// When the account was shared.
    pub created_at: Timestamp,
}

/// The `account_shares` table.
pub struct Shares<'t>(pub(crate) Scope<'t>);

impl Shares<'_> {
    /// Shares an account with a user. Returns false if nothing changed, because the account is already shared with
    /// the user, or because account and user do not belong to the same workspace.
    pub async fn insert(&mut self, account: AccountId, user: UserId) -> Result<bool, StorageError> {
        const SQL: &str = "INSERT INTO account_shares (account_id, user_id, created_at)
            SELECT accounts.id, members.user_id, $3
            FROM accounts JOIN members ON members.workspace_id = accounts.workspace_id
            WHERE accounts.id = $1 AND members.user_id = $2
            ON CONFLICT DO NOTHING";
        let (account, user, now) = (account.to_string(), user.to_string(), self.0.context.clock.now());
        let values = [account.as_str().into(), user.as_str().into(), millis(now).into()];
        Ok(self.0.connection.execute(SQL, &values).await? > 0)
    }

    /// Deletes a share. Returns false if the share does not exist.
    pub async fn delete(&mut self, account: AccountId, user: UserId) -> Result<bool, StorageError> {
        const SQL: &str = "DELETE FROM account_shares WHERE account_id = $1 AND user_id = $2";
        let (account, user) = (account.to_string(), user.to_string());
        Ok(self.0.connection.execute(SQL, &[account.as_str().into(), user.as_str().into()]).await? > 0)
    }

    /// The users with whom an account is shared, in the order in which the users were created.
    pub async fn of_account(&mut self, account: AccountId) -> Result<Vec<Share>, StorageError> {
        const SQL: &str =
            "SELECT user_id, created_at FROM account_shares WHERE account_id = $1 ORDER BY user_id";
        let rows = self.0.connection.fetch_all(SQL, &[account.to_string().as_str().into()]).await?;
        let share = |row| {
            let row = Reader(row);
            Ok(Share { user_id: row.parse("user_id")?, created_at: row.time("created_at")? })
        };
        rows.iter().map(share).collect()
    }
}
