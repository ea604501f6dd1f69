//! The messages of one account. Their content is encrypted with the account's key. Only the columns by which
//! messages are found, sorted and sent are not encrypted.

mod columns;
mod erase;
mod filter;
mod prune;
mod queue;
mod receipts;

pub use columns::MessageRow;
pub use filter::MessageFilter;
pub use prune::PrunedMessages;
pub use queue::{QueueLine, WaitingMessage};
pub use receipts::MessageReceipt;

use std::collections::{BTreeMap, BTreeSet};

use linekeeper_model::Timestamp;
use linekeeper_model::id::{ChatId, ContactId, MediaId, MessageId};
use linekeeper_model::message::{Chat, MediaState, Message, MessageStatus, Person, Reaction, Reply, Waiting};
use sqlx::AssertSqlSafe;

use super::chats::{Chats, ListedChat};
use super::code::{Reader, millis, text};
use super::contacts::Contacts;
use super::media::MediaFiles;
use crate::account_key::AccountKey;
use crate::db::{Connection, Row, Value};
use crate::error::{Conflict, StorageError};
use crate::tx::Scope;
use columns::{COLUMNS, Sealed, wa_tag};

/// The `messages` table, for one account.
pub struct Messages<'t>(pub(crate) Scope<'t>, pub(crate) &'t AccountKey);

impl Messages<'_> {
    /// Whether the connection with this epoch may still write for the account. On PostgreSQL, no other connection
    /// can take over until the transaction ends. On SQLite, the transaction holds the only write lock, which has
    /// the same effect.
    pub async fn holds(&mut self, epoch: i64) -> Result<bool, StorageError> {
        const SQLITE: &str = "SELECT epoch FROM account_contents WHERE account_id = $1 AND epoch = $2";
        const POSTGRES: &str =
            "SELECT epoch FROM account_contents WHERE account_id = $1 AND epoch = $2 FOR SHARE";
        let sql = if let Connection::Sqlite(_) = self.0.connection { SQLITE } else { POSTGRES };
        let account = self.1.account().to_string();
        Ok(self.0.connection.fetch_optional(sql, &[account.as_str().into(), epoch.into()]).await?.is_some())
    }

    /// From now on, only the connection with this epoch may write for the account. Returns false if a later
    /// connection has already taken over.
    pub async fn take_over(&mut self, epoch: i64) -> Result<bool, StorageError> {
        const SQL: &str = "UPDATE account_contents SET epoch = $2 WHERE account_id = $1 AND epoch <= $2";
        let account = self.1.account().to_string();
        Ok(self.0.connection.execute(SQL, &[account.as_str().into(), epoch.into()]).await? > 0)
    }

    /// Adds a message. Returns false if there is already a message with the same chat, sender and WhatsApp id.
    pub async fn insert(&mut self, row: &MessageRow, wire: &[u8]) -> Result<bool, StorageError> {
        const SQL: &str = "INSERT INTO messages (id, account_id, chat_id, sender_id, wa_tag, reference_tag, direction,
                origin, actor_kind, actor_id, kind, is_act, status, status_at, received_via, priority, send_at, due_at,
                expires_at, place, attempts, timestamp, created_at, detail, wire)
            VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, $19, $20, $21, $22,
                $23, $24, $25)
            ON CONFLICT (chat_id, sender_id, wa_tag) DO NOTHING";
        let sealed = Sealed::of(row, wire, self.1);
        let inserted = self.0.connection.execute(SQL, &sealed.values(row)).await;
        inserted.map(|rows| rows > 0).map_err(StorageError::or_conflict(Conflict::Id))
    }

    /// Notes an edit, a reaction or a revocation of a message that is not stored. `wa_id` is the WhatsApp id of the
    /// edit, reaction or revocation, and not of the message. Returns false if it was noted before.
    pub async fn note_foreign_act(
        &mut self,
        chat: ChatId,
        sender: ContactId,
        wa_id: &str,
    ) -> Result<bool, StorageError> {
        const SQL: &str = "INSERT INTO foreign_acts (chat_id, sender_id, wa_tag) VALUES ($1, $2, $3)
            ON CONFLICT (chat_id, sender_id, wa_tag) DO NOTHING";
        let (chat, sender, tag) = (chat.to_string(), sender.to_string(), wa_tag(self.1, wa_id));
        let values = [chat.as_str().into(), sender.as_str().into(), tag.as_bytes().into()];
        Ok(self.0.connection.execute(SQL, &values).await? > 0)
    }

    /// Writes the columns that can change.
    pub async fn update(&mut self, row: &MessageRow) -> Result<(), StorageError> {
        const SQL: &str =
            "UPDATE messages SET kind = $3, status = $4, status_at = $5, received_via = $6, place = $7,
                attempts = $8, timestamp = $9, detail = $10, expires_at = $11, due_at = $12
            WHERE id = $1 AND account_id = $2";
        let sealed = Sealed::of(row, &[], self.1);
        self.0.connection.execute(SQL, &sealed.mutable(row)).await?;
        Ok(())
    }

    /// Stores the message in the bytes of WhatsApp's protocol.
    pub async fn set_wire(&mut self, id: MessageId, wire: &[u8]) -> Result<(), StorageError> {
        const SQL: &str = "UPDATE messages SET wire = $3 WHERE id = $1 AND account_id = $2";
        let (account, sealed) = (self.1.account().to_string(), columns::seal_wire(self.1, id, wire));
        let id = id.to_string();
        let values = [id.as_str().into(), account.as_str().into(), sealed.as_slice().into()];
        self.0.connection.execute(SQL, &values).await?;
        Ok(())
    }

    /// The message in the bytes of WhatsApp's protocol.
    pub async fn wire(&mut self, id: MessageId) -> Result<Option<Vec<u8>>, StorageError> {
        const SQL: &str = "SELECT wire FROM messages WHERE id = $1 AND account_id = $2 AND wire IS NOT NULL";
        let (account, text) = (self.1.account().to_string(), id.to_string());
        let row =
            self.0.connection.fetch_optional(SQL, &[text.as_str().into(), account.as_str().into()]).await?;
        let record: Option<Vec<u8>> = row.map(|row| row.get("wire")).transpose()?;
        record.map(|record| columns::open_wire(self.1, id, &record)).transpose()
    }

    /// The message with this id.
    pub async fn get(&mut self, id: MessageId) -> Result<Option<MessageRow>, StorageError> {
        let sql = format!("{} WHERE id = $1 AND account_id = $2", select());
        let (id, account) = (id.to_string(), self.1.account().to_string());
        let values = [id.as_str().into(), account.as_str().into()];
        Ok(self.many(sql, &values).await?.pop())
    }

    /// The message with this id, to be changed. On PostgreSQL, its row is locked until the transaction ends.
    pub async fn hold(&mut self, id: MessageId) -> Result<Option<MessageRow>, StorageError> {
        if let Connection::Postgres(_) = self.0.connection {
            const LOCK: &str = "SELECT id FROM messages WHERE id = $1 FOR UPDATE";
            let id = id.to_string();
            self.0.connection.execute(LOCK, &[id.as_str().into()]).await?;
        }
        self.get(id).await
    }

    /// The account's messages with this WhatsApp id, oldest first. There may be several, because a WhatsApp id is
    /// unique only for one chat and one sender.
    pub async fn by_wa_id(&mut self, wa_id: &str) -> Result<Vec<MessageRow>, StorageError> {
        let sql = format!("{} WHERE account_id = $1 AND wa_tag = $2 ORDER BY created_at, id", select());
        let (account, tag) = (self.1.account().to_string(), wa_tag(self.1, wa_id));
        self.many(sql, &[account.as_str().into(), tag.as_bytes().into()]).await
    }

    /// Messages since `since` that could not be decrypted, oldest first. If there are more than `limit`, the oldest of
    /// them are left out.
    pub async fn unreadable(
        &mut self,
        since: Timestamp,
        limit: u32,
    ) -> Result<Vec<MessageRow>, StorageError> {
        // The type is part of the SQL and not a parameter. Otherwise the database would not use the index that
        // contains only these messages.
        let sql = format!(
            "{} WHERE account_id = $1 AND kind = 'undecryptable' AND timestamp >= $2 ORDER BY timestamp DESC, id LIMIT $3",
            select()
        );
        let account = self.1.account().to_string();
        let values = [account.as_str().into(), millis(since).into(), i64::from(limit).into()];
        let mut rows = self.many(sql, &values).await?;
        rows.reverse();
        Ok(rows)
    }

    /// One page of the messages that match the filter, newest first.
    pub async fn list(&mut self, filter: &MessageFilter<'_>) -> Result<Vec<MessageRow>, StorageError> {
        let parameters = filter.parameters(self.1);
        let sql = format!("{}{}", select(), parameters.condition());
        self.many(sql, &parameters.values()).await
    }

    /// The inbound messages of a chat that are not marked as read, up to and including the given one.
    pub async fn unread_up_to(
        &mut self,
        chat: ChatId,
        at: Timestamp,
        limit: u32,
    ) -> Result<Vec<MessageRow>, StorageError> {
        let sql = format!(
            "{} WHERE account_id = $1 AND chat_id = $2 AND direction = 'inbound' AND status = 'received'
              AND timestamp <= $3 ORDER BY timestamp, id LIMIT $4",
            select()
        );
        let (account, chat) = (self.1.account().to_string(), chat.to_string());
        let values =
            [account.as_str().into(), chat.as_str().into(), millis(at).into(), i64::from(limit).into()];
        self.many(sql, &values).await
    }

    /// The number of inbound messages of a chat that are not marked as read.
    pub async fn count_unread(&mut self, chat: ChatId) -> Result<u32, StorageError> {
        const SQL: &str = "SELECT COUNT(*) AS messages FROM messages WHERE account_id = $1 AND chat_id = $2
            AND direction = 'inbound' AND status = 'received'";
        let (account, chat) = (self.1.account().to_string(), chat.to_string());
        let row = self.0.connection.fetch_one(SQL, &[account.as_str().into(), chat.as_str().into()]).await?;
        Reader(&row).count("messages")
    }

    /// Converts messages to what the API shows, with their chats and contacts. `waiting` is called for each message,
    /// and returns why the message waits, if it does. Its second argument is true if the message has no position in the
    /// queue yet, or if an earlier message of the same chat waits.
    pub async fn shown(
        &mut self,
        rows: Vec<MessageRow>,
        waiting: impl Fn(&MessageRow, bool) -> Option<Waiting>,
    ) -> Result<Vec<Message>, StorageError> {
        let mut chats: Vec<ChatId> = rows.iter().map(|row| row.chat_id).collect();
        chats.sort_unstable();
        chats.dedup();
        let mut people: Vec<ContactId> =
            rows.iter().flat_map(|row| row.detail.people().chain([row.sender_id])).collect();
        people.sort_unstable();
        people.dedup();
        let queued = rows.iter().filter(|row| row.status == MessageStatus::Queued);
        let queued: BTreeSet<ChatId> = queued.map(|row| row.chat_id).collect();
        let mut first_places = BTreeMap::new();
        for chat in queued {
            first_places.insert(chat, self.first_place(chat).await?);
        }
        let key = self.1;
        let chats = Chats(self.scope(), key).get_all(&chats).await?;
        let people = Contacts(self.scope(), key).get_all(&people).await?;
        let account = key.account();
        let files: Vec<MediaId> =
            rows.iter().filter_map(|row| row.detail.content.media()?.media_id).collect();
        let files = MediaFiles(self.scope(), key).states(&files).await?;
        rows.into_iter()
            .map(|mut row| {
                if let Some(media) = row.detail.content.media_mut()
                    && let Some(id) = media.media_id
                {
                    media.state = files.get(&id).copied().unwrap_or(MediaState::Gone);
                }
                let first = first_places.get(&row.chat_id).copied().flatten();
                let is_behind = row.place.is_none_or(|place| first.is_some_and(|first| first < place));
                let waiting = waiting(&row, is_behind);
                let chat = chats.iter().find(|listed| listed.chat.id == row.chat_id);
                let ListedChat { chat, .. } = chat.cloned().ok_or_else(|| missing("its chat is missing"))?;
                row.shown(account, chat, &people, waiting)
            })
            .collect()
    }

    fn scope(&mut self) -> Scope<'_> {
        Scope {
            connection: self.0.connection.reborrow(),
            context: self.0.context,
            writes: self.0.writes,
            appended: self.0.appended,
        }
    }

    async fn many(&mut self, sql: String, values: &[Value<'_>]) -> Result<Vec<MessageRow>, StorageError> {
        let rows: Vec<Row> = self.0.connection.fetch_all(AssertSqlSafe(sql), values).await?;
        rows.iter().map(|row| columns::message(&Reader(row), self.1)).collect()
    }
}

fn select() -> String {
    format!("SELECT {COLUMNS} FROM messages")
}

fn missing(what: &'static str) -> StorageError {
    StorageError::unreadable("message", what)
}

impl MessageRow {
    /// Converts the message to what the API shows.
    pub fn shown(
        self,
        account_id: linekeeper_model::id::AccountId,
        chat: Chat,
        people: &[Person],
        waiting: Option<Waiting>,
    ) -> Result<Message, StorageError> {
        let find = |id: ContactId| people.iter().find(|person| person.id == id).cloned();
        let sender = find(self.sender_id).ok_or_else(|| missing("its sender is missing"))?;
        let detail = self.detail;
        let reply_to = detail.reply_to.map(|reply| Reply {
            message_id: reply.message_id,
            wa_message_id: reply.wa_message_id,
            sender: reply.sender.and_then(find),
            kind: reply.kind,
            preview: reply.preview,
        });
        // If the contact who reacted does not exist any more, leave the reaction out.
        let reactions = detail.reactions.into_iter().filter_map(|reaction| {
            Some(Reaction { sender: find(reaction.sender)?, emoji: reaction.emoji, at: reaction.at })
        });
        Ok(Message {
            id: self.id,
            account_id,
            wa_message_id: detail.wa_message_id,
            client_reference: detail.client_reference,
            chat,
            direction: self.direction,
            origin: self.origin,
            created_by: self.created_by,
            sender,
            content: detail.content,
            reply_to,
            mentions: detail.mentions.into_iter().filter_map(find).collect(),
            forwarded: detail.forwarded,
            forwarding_score: detail.forwarding_score,
            view_once: detail.view_once,
            ephemeral_seconds: detail.ephemeral_seconds,
            referral: detail.referral,
            edited_at: detail.edited_at,
            revoked_at: detail.revoked_at,
            reactions: reactions.collect(),
            status: self.status,
            status_at: self.status_at,
            failure: detail.failure,
            waiting,
            send_at: self.send_at,
            expires_at: self.expires_at,
            priority: self.priority,
            timestamp: self.timestamp,
            created_at: self.created_at,
            received_via: self.received_via,
        })
    }
}

/// The status, as its column stores it.
fn code(status: MessageStatus) -> String {
    text(status)
}
