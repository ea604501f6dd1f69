//! Queries about the files of all accounts, for the server itself: which files to get, which files are too old,
//! and which files should be on disk.

use std::collections::HashSet;

use linekeeper_model::Timestamp;
use linekeeper_model::id::{AccountId, MediaId};

use crate::error::StorageError;
use crate::repositories::code::{Reader, millis};
use crate::tx::Tx;

impl Tx {
    /// The accounts that have files to get.
    pub async fn accounts_with_files_to_fetch(&mut self) -> Result<Vec<AccountId>, StorageError> {
        const SQL: &str = "SELECT DISTINCT account_id FROM media WHERE fetch_at IS NOT NULL";
        let rows = self.scope().connection.fetch_all(SQL, &[]).await?;
        rows.iter().map(|row| Reader(row).parse("account_id")).collect()
    }

    /// Files on disk that are too old at `now`, oldest first.
    pub async fn media_too_old(
        &mut self,
        now: Timestamp,
        limit: u32,
    ) -> Result<Vec<(AccountId, MediaId)>, StorageError> {
        const SQL: &str = "SELECT account_id, id FROM media WHERE expires_at IS NOT NULL AND expires_at <= $1
            ORDER BY expires_at LIMIT $2";
        let rows =
            self.scope().connection.fetch_all(SQL, &[millis(now).into(), i64::from(limit).into()]).await?;
        rows.iter().map(|row| Ok((Reader(row).parse("account_id")?, Reader(row).parse("id")?))).collect()
    }

    /// The ids of the account's files that should be on disk.
    pub async fn media_of(&mut self, account: AccountId) -> Result<HashSet<MediaId>, StorageError> {
        const SQL: &str = "SELECT id FROM media WHERE account_id = $1 AND state = 'ready'";
        let rows = self.scope().connection.fetch_all(SQL, &[account.to_string().as_str().into()]).await?;
        rows.iter().map(|row| Reader(row).parse("id")).collect()
    }
}
