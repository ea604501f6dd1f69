//! Deletes messages that are too old, one account at a time. Only for the server itself.

use linekeeper_model::Timestamp;
use linekeeper_model::id::{AccountId, MediaId};
use sqlx::AssertSqlSafe;

use crate::error::StorageError;
use crate::repositories::code::{Reader, millis};
use crate::tx::Tx;

/// How many messages were deleted, and which files they had.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct PrunedMessages {
    /// The number of deleted messages.
    pub messages: u64,
    /// The ids of the messages' files. Their rows are deleted, too.
    pub files: Vec<MediaId>,
}

/// Selects old messages. A message that still waits to be sent is never too old.
const OLD: &str = "SELECT id FROM messages WHERE account_id = $1 AND timestamp < $2
    AND status NOT IN ('queued', 'sending') ORDER BY timestamp, id LIMIT $3";

impl Tx {
    /// The accounts that may have messages.
    pub async fn accounts_with_contents(&mut self) -> Result<Vec<AccountId>, StorageError> {
        const SQL: &str = "SELECT account_id FROM account_contents";
        let rows = self.scope().connection.fetch_all(SQL, &[]).await?;
        rows.iter().map(|row| Reader(row).parse("account_id")).collect()
    }

    /// Deletes the account's oldest messages from before `before`, at most `limit` of them.
    pub async fn prune_messages(
        &mut self,
        account: AccountId,
        before: Timestamp,
        limit: u32,
    ) -> Result<PrunedMessages, StorageError> {
        let account = account.to_string();
        let values = [account.as_str().into(), millis(before).into(), i64::from(limit).into()];
        let files = format!("SELECT id FROM media WHERE message_id IN ({OLD})");
        let rows = self.scope().connection.fetch_all(AssertSqlSafe(files), &values).await?;
        let files = rows.iter().map(|row| Reader(row).parse("id")).collect::<Result<_, _>>()?;
        let removal = format!("DELETE FROM messages WHERE id IN ({OLD})");
        let messages = self.scope().connection.execute(AssertSqlSafe(removal), &values).await?;
        Ok(PrunedMessages { messages, files })
    }
}
