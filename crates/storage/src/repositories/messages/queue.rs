//! The queue of outbound messages: which messages wait, and in what order.

use linekeeper_model::Timestamp;
use linekeeper_model::id::{AccountId, ChatId, MessageId};
use linekeeper_model::message::{MessageStatus, Priority};

use sqlx::AssertSqlSafe;

use super::{Messages, code};
use crate::db::{Row, Value};
use crate::error::StorageError;
use crate::repositories::code::{Reader, millis};
use crate::tx::Tx;

/// A message that waits to be sent, with everything that decides when it is sent.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct WaitingMessage {
    /// The message's id.
    pub id: MessageId,
    /// The id of the message's chat.
    pub chat_id: ChatId,
    /// The status: the message is queued, or the previous process ended while it was sending the message.
    pub status: MessageStatus,
    /// Whether the message is sent before waiting messages of other chats.
    pub priority: Priority,
    /// The message's position in the queue; `None` until it is due.
    pub place: Option<i64>,
    /// When the message is due.
    pub due_at: Timestamp,
    /// When the server gives the message up, if it is not sent by then.
    pub expires_at: Timestamp,
    /// Whether the message only changes another message. Such a message does not count towards the daily limit.
    pub is_act: bool,
}

/// The length of an account's queue.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct QueueLine {
    /// The number of waiting messages, without those that only change another message.
    pub waiting: u64,
    /// How many of these messages were due before the given time.
    pub due: u64,
}

impl Messages<'_> {
    /// All messages that wait. Messages with a position in the queue come first, in the order of their positions.
    pub async fn waiting(&mut self) -> Result<Vec<WaitingMessage>, StorageError> {
        const SQL: &str =
            "SELECT id, chat_id, status, priority, place, due_at, expires_at, is_act FROM messages
            WHERE account_id = $1 AND status IN ('queued', 'sending') ORDER BY place, due_at, id";
        let account = self.1.account().to_string();
        let rows = self.0.connection.fetch_all(SQL, &[account.as_str().into()]).await?;
        let mut waiting: Vec<WaitingMessage> = rows.iter().map(waiting).collect::<Result<_, _>>()?;
        waiting.sort_by_key(|message| message.place.unwrap_or(i64::MAX));
        Ok(waiting)
    }

    /// Of the given chats, returns the direct chats that have neither an inbound message nor an outbound message that
    /// was sent.
    pub async fn new_chats(&mut self, chats: &[ChatId]) -> Result<Vec<ChatId>, StorageError> {
        if chats.is_empty() {
            return Ok(Vec::new());
        }
        let places: Vec<String> = (2..2 + chats.len()).map(|place| format!("${place}")).collect();
        let sql = format!(
            "SELECT c.id FROM chats c WHERE c.account_id = $1 AND c.kind = 'direct' AND c.id IN ({})
             AND NOT EXISTS (SELECT 1 FROM messages m WHERE m.chat_id = c.id
                AND (m.direction = 'inbound' OR m.status IN ('sent', 'delivered', 'read', 'played')))",
            places.join(", ")
        );
        let (account, chats) = (self.1.account().to_string(), chats.iter().map(ToString::to_string));
        let chats: Vec<String> = chats.collect();
        let mut values = vec![account.as_str().into()];
        values.extend(chats.iter().map(|chat| Value::from(chat.as_str())));
        let rows = self.0.connection.fetch_all(AssertSqlSafe(sql), &values).await?;
        rows.iter().map(|row| Reader(row).parse("id")).collect()
    }

    /// The position in the queue of a chat's first waiting message.
    pub async fn first_place(&mut self, chat: ChatId) -> Result<Option<i64>, StorageError> {
        const SQL: &str = "SELECT MIN(place) AS place FROM messages
            WHERE account_id = $1 AND chat_id = $2 AND status IN ('queued', 'sending')";
        let (account, chat) = (self.1.account().to_string(), chat.to_string());
        let row = self.0.connection.fetch_one(SQL, &[account.as_str().into(), chat.as_str().into()]).await?;
        Ok(row.get("place")?)
    }

    /// The number of waiting messages, and how many of them were due before `due_before`.
    pub async fn line(&mut self, due_before: Timestamp) -> Result<QueueLine, StorageError> {
        const SQL: &str =
            "SELECT COUNT(*) AS waiting, COALESCE(SUM(CASE WHEN due_at < $2 THEN 1 ELSE 0 END), 0) AS due
            FROM messages WHERE account_id = $1 AND status IN ('queued', 'sending') AND is_act = 0";
        const POSTGRES: &str = "SELECT COUNT(*) AS waiting,
            COALESCE(SUM(CASE WHEN due_at < $2 THEN 1 ELSE 0 END), 0)::BIGINT AS due
            FROM messages WHERE account_id = $1 AND status IN ('queued', 'sending') AND is_act = 0";
        let sql = if let crate::db::Connection::Postgres(_) = self.0.connection { POSTGRES } else { SQL };
        let account = self.1.account().to_string();
        let values = [account.as_str().into(), millis(due_before).into()];
        let row = self.0.connection.fetch_one(sql, &values).await?;
        let count = |column| -> Result<u64, StorageError> { Reader(&row).count(column).map(u64::from) };
        Ok(QueueLine { waiting: count("waiting")?, due: count("due")? })
    }

    /// Reserves positions at the end of the queue. Returns the first of them.
    pub async fn take_places(&mut self, count: u32) -> Result<i64, StorageError> {
        const SQL: &str = "UPDATE account_contents SET last_place = last_place + $2 WHERE account_id = $1
            RETURNING last_place";
        let account = self.1.account().to_string();
        let row =
            self.0.connection.fetch_one(SQL, &[account.as_str().into(), i64::from(count).into()]).await?;
        let last: i64 = row.get("last_place")?;
        Ok(last + 1 - i64::from(count))
    }

    /// Changes the status from `from` to `to`, with the time `at`. If `to` is `sending`, counts an attempt, too. If the
    /// message has another status than `from`, changes nothing and returns false.
    pub async fn set_status(
        &mut self,
        id: MessageId,
        from: MessageStatus,
        to: MessageStatus,
        at: Timestamp,
    ) -> Result<bool, StorageError> {
        const SQL: &str = "UPDATE messages SET status = $4, status_at = $5,
                attempts = attempts + CASE WHEN $4 = 'sending' THEN 1 ELSE 0 END
            WHERE id = $1 AND account_id = $2 AND status = $3";
        let (id, account) = (id.to_string(), self.1.account().to_string());
        let (from, to) = (code(from), code(to));
        let values = [
            id.as_str().into(),
            account.as_str().into(),
            from.as_str().into(),
            to.as_str().into(),
            millis(at).into(),
        ];
        Ok(self.0.connection.execute(SQL, &values).await? > 0)
    }
}

impl Tx {
    /// The accounts that have waiting messages. The server reads them when it starts.
    pub async fn accounts_with_queue(&mut self) -> Result<Vec<AccountId>, StorageError> {
        const SQL: &str = "SELECT DISTINCT account_id FROM messages WHERE status IN ('queued', 'sending')";
        let rows = self.scope().connection.fetch_all(SQL, &[]).await?;
        rows.iter().map(|row| Reader(row).parse("account_id")).collect()
    }
}

fn waiting(row: &Row) -> Result<WaitingMessage, StorageError> {
    let row = Reader(row);
    Ok(WaitingMessage {
        id: row.parse("id")?,
        chat_id: row.parse("chat_id")?,
        status: row.code("status")?,
        priority: row.code("priority")?,
        place: row.get("place")?,
        due_at: row.time("due_at")?,
        expires_at: row.time("expires_at")?,
        is_act: row.get::<i64>("is_act")? != 0,
    })
}
