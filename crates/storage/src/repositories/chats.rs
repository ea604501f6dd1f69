//! The chats of one account. A direct chat belongs to a contact and has the contact's address. Every other chat
//! has an address of its own.

use linekeeper_model::Timestamp;
use linekeeper_model::id::{ChatId, ContactId, MessageId};
use linekeeper_model::message::{Address, Chat, ChatType, Person};
use serde::{Deserialize, Serialize};
use sqlx::AssertSqlSafe;

use super::code::{Reader, millis, text};
use super::contacts::Contacts;
use crate::account_key::AccountKey;
use crate::db::{Connection, Row, Value};
use crate::error::{Conflict, StorageError};
use crate::seal::Tag;
use crate::tx::Scope;

const KIND: &str = "chat";
const ADDRESS: &str = "chat.address";

/// The `chats` table, for one account.
pub struct Chats<'t>(pub(crate) Scope<'t>, pub(crate) &'t AccountKey);

/// A chat with its last message and its unread messages, as lists show it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ListedChat {
    /// The chat.
    pub chat: Chat,
    /// The number of inbound messages that are not marked as read.
    pub unread: u32,
    /// The id of the chat's last message.
    pub last_message_id: Option<MessageId>,
    /// When the last message was written.
    pub last_message_at: Timestamp,
    /// Whether WhatsApp has confirmed the chat's address.
    pub resolved: bool,
}

/// The encrypted part of a chat's row.
#[derive(Serialize, Deserialize)]
struct Detail {
    /// The address; null for a direct chat, which has its contact's address.
    address: Option<Address>,
    name: Option<String>,
}

/// A chat's row, before its contact is read.
struct Bare {
    id: ChatId,
    kind: ChatType,
    contact: Option<ContactId>,
    detail: Detail,
    unread: u32,
    last_message_id: Option<MessageId>,
    last_message_at: Timestamp,
    resolved: bool,
}

macro_rules! select {
    ($rest:expr) => {
        concat!(
            "SELECT chats.id, chats.kind, chats.contact_id, chats.detail, chats.resolved, chats.unread,
              chats.last_message_id, chats.last_message_at FROM chats ",
            $rest
        )
    };
}

impl Chats<'_> {
    /// The chat with this id. If that chat was merged, the chat that remains.
    pub async fn get(&mut self, id: ChatId) -> Result<Option<ListedChat>, StorageError> {
        const SQL: &str = select!(
            "WHERE chats.account_id = $1 AND (chats.id = $2
              OR chats.id = (SELECT now_id FROM merged_ids WHERE account_id = $1 AND id = $2))"
        );
        let (account, id) = (self.1.account().to_string(), id.to_string());
        self.one(SQL, &[account.as_str().into(), id.as_str().into()]).await
    }

    /// The direct chat with a contact.
    pub async fn with(&mut self, person: ContactId) -> Result<Option<ListedChat>, StorageError> {
        const SQL: &str = select!("WHERE account_id = $1 AND contact_id = $2");
        let (account, person) = (self.1.account().to_string(), person.to_string());
        self.one(SQL, &[account.as_str().into(), person.as_str().into()]).await
    }

    /// The group, channel or broadcast list with this address.
    pub async fn at(&mut self, address: &Address) -> Result<Option<ListedChat>, StorageError> {
        const SQL: &str = select!("WHERE account_id = $1 AND address_tag = $2");
        let (account, tag) = (self.1.account().to_string(), address_tag(self.1, address));
        self.one(SQL, &[account.as_str().into(), tag.as_bytes().into()]).await
    }

    /// The chats with these ids. Ids for which no chat exists are left out.
    pub async fn get_all(&mut self, ids: &[ChatId]) -> Result<Vec<ListedChat>, StorageError> {
        if ids.is_empty() {
            return Ok(Vec::new());
        }
        let places: Vec<String> = (2..ids.len() + 2).map(|place| format!("${place}")).collect();
        let sql = format!("{} WHERE account_id = $1 AND id IN ({})", select!(""), places.join(", "));
        let account = self.1.account().to_string();
        let ids: Vec<String> = ids.iter().map(ToString::to_string).collect();
        let mut values: Vec<Value<'_>> = vec![account.as_str().into()];
        values.extend(ids.iter().map(|id| Value::from(id.as_str())));
        let rows = self.0.connection.fetch_all(AssertSqlSafe(sql), &values).await?;
        self.listed(&rows).await
    }

    /// One page of the chats. The chat with the newest message comes first.
    pub async fn list(
        &mut self,
        before: Option<(Timestamp, ChatId)>,
        limit: u32,
    ) -> Result<Vec<ListedChat>, StorageError> {
        const SQL: &str = select!(
            "WHERE account_id = $1 AND (last_message_at < $2 OR (last_message_at = $2 AND id < $3))
             ORDER BY last_message_at DESC, id DESC LIMIT $4"
        );
        let account = self.1.account().to_string();
        let (at, id) = before.map_or((i64::MAX, String::new()), |(at, id)| (millis(at), id.to_string()));
        let values = [account.as_str().into(), at.into(), id.as_str().into(), i64::from(limit).into()];
        let rows = self.0.connection.fetch_all(SQL, &values).await?;
        self.listed(&rows).await
    }

    /// Adds a chat that has no messages yet.
    pub async fn insert(&mut self, chat: &Chat, now: Timestamp, resolved: bool) -> Result<(), StorageError> {
        const SQL: &str =
            "INSERT INTO chats (id, account_id, kind, contact_id, address_tag, detail, resolved, unread,
                last_message_id, last_message_at, created_at)
            VALUES ($1, $2, $3, $4, $5, $6, $7, 0, NULL, $8, $8)";
        let (id, account, kind) = (chat.id.to_string(), self.1.account().to_string(), text(chat.kind));
        let person = chat.person.as_ref().map(|person| person.id.to_string());
        let tag = person.is_none().then(|| address_tag(self.1, &chat.address));
        let detail = self.sealed(chat);
        let values = [
            id.as_str().into(),
            account.as_str().into(),
            kind.as_str().into(),
            person.as_deref().into(),
            tag.as_ref().map(Tag::as_bytes).into(),
            detail.as_slice().into(),
            i64::from(resolved).into(),
            millis(now).into(),
        ];
        let inserted = self.0.connection.execute(SQL, &values).await;
        inserted.map(drop).map_err(StorageError::or_conflict(Conflict::Id))
    }

    /// Writes the chat's name.
    pub async fn update(&mut self, chat: &Chat) -> Result<(), StorageError> {
        const SQL: &str = "UPDATE chats SET detail = $3 WHERE id = $1 AND account_id = $2";
        let (id, account, detail) = (chat.id.to_string(), self.1.account().to_string(), self.sealed(chat));
        let values = [id.as_str().into(), account.as_str().into(), detail.as_slice().into()];
        self.0.connection.execute(SQL, &values).await?;
        Ok(())
    }

    /// Notes that WhatsApp has confirmed the chat's address.
    pub async fn resolved(&mut self, id: ChatId) -> Result<(), StorageError> {
        const SQL: &str = "UPDATE chats SET resolved = 1 WHERE id = $1 AND account_id = $2";
        let (id, account) = (id.to_string(), self.1.account().to_string());
        self.0.connection.execute(SQL, &[id.as_str().into(), account.as_str().into()]).await?;
        Ok(())
    }

    /// Adds `unread` to the chat's number of unread messages. Makes this message the chat's last message, unless the
    /// last message is newer.
    pub async fn has_message(
        &mut self,
        id: ChatId,
        message: MessageId,
        at: Timestamp,
        unread: u32,
    ) -> Result<(), StorageError> {
        const SQL: &str = "UPDATE chats SET unread = unread + $4,
                last_message_id = CASE WHEN last_message_id IS NULL OR last_message_at <= $3
                                       THEN $2 ELSE last_message_id END,
                last_message_at = CASE WHEN last_message_id IS NULL OR last_message_at <= $3
                                       THEN $3 ELSE last_message_at END
            WHERE id = $1";
        let (id, message) = (id.to_string(), message.to_string());
        let values =
            [id.as_str().into(), message.as_str().into(), millis(at).into(), i64::from(unread).into()];
        self.0.connection.execute(SQL, &values).await?;
        Ok(())
    }

    /// Sets the number of unread messages of the chat.
    pub async fn set_unread(&mut self, id: ChatId, unread: u32) -> Result<(), StorageError> {
        const SQL: &str = "UPDATE chats SET unread = $3 WHERE id = $1 AND account_id = $2";
        let (id, account) = (id.to_string(), self.1.account().to_string());
        let values = [id.as_str().into(), account.as_str().into(), i64::from(unread).into()];
        self.0.connection.execute(SQL, &values).await?;
        Ok(())
    }

    /// Assigns the chat to another contact.
    pub async fn hand_over(&mut self, id: ChatId, person: ContactId) -> Result<(), StorageError> {
        const SQL: &str = "UPDATE chats SET contact_id = $3 WHERE id = $1 AND account_id = $2";
        let (id, account, person) = (id.to_string(), self.1.account().to_string(), person.to_string());
        let values = [id.as_str().into(), account.as_str().into(), person.as_str().into()];
        self.0.connection.execute(SQL, &values).await?;
        Ok(())
    }

    /// Moves the messages of the chat `merged` to the chat `kept`. A message that is in both chats is kept once.
    pub async fn merge(&mut self, kept: ChatId, merged: ChatId) -> Result<(), StorageError> {
        const STATEMENTS: [&str; 4] = [
            "DELETE FROM messages WHERE account_id = $1 AND chat_id = $3 AND EXISTS (SELECT 1 FROM messages m
              WHERE m.chat_id = $2 AND m.sender_id = messages.sender_id AND m.wa_tag = messages.wa_tag)",
            "UPDATE messages SET chat_id = $2 WHERE account_id = $1 AND chat_id = $3",
            "UPDATE chats SET unread = unread + (SELECT o.unread FROM chats o WHERE o.id = $3),
                last_message_id = COALESCE((SELECT m.id FROM messages m WHERE m.chat_id = $2
                    ORDER BY m.timestamp DESC, m.id DESC LIMIT 1), last_message_id),
                last_message_at = COALESCE((SELECT MAX(m.timestamp) FROM messages m WHERE m.chat_id = $2), last_message_at)
              WHERE account_id = $1 AND id = $2",
            "DELETE FROM chats WHERE account_id = $1 AND id = $3 AND id <> $2",
        ];
        let (account, kept, merged) = (self.1.account().to_string(), kept.to_string(), merged.to_string());
        let values = [account.as_str().into(), kept.as_str().into(), merged.as_str().into()];
        for statement in STATEMENTS {
            self.0.connection.execute(statement, &values).await?;
        }
        remember_merged(&mut self.0.connection, &values).await
    }

    fn sealed(&self, chat: &Chat) -> Vec<u8> {
        let address = chat.person.is_none().then(|| chat.address.clone());
        self.1.seal_json(KIND, chat.id.as_bytes(), &Detail { address, name: chat.name.clone() })
    }

    async fn one(
        &mut self,
        sql: &'static str,
        values: &[Value<'_>],
    ) -> Result<Option<ListedChat>, StorageError> {
        let row = self.0.connection.fetch_optional(sql, values).await?;
        let Some(row) = row else { return Ok(None) };
        Ok(self.listed(&[row]).await?.pop())
    }

    async fn listed(&mut self, rows: &[Row]) -> Result<Vec<ListedChat>, StorageError> {
        let bare: Vec<Bare> = rows.iter().map(|row| bare(row, self.1)).collect::<Result<_, _>>()?;
        let ids: Vec<ContactId> = bare.iter().filter_map(|chat| chat.contact).collect();
        let scope = Scope {
            connection: self.0.connection.reborrow(),
            context: self.0.context,
            writes: self.0.writes,
            appended: self.0.appended,
        };
        let people = Contacts(scope, self.1).get_all(&ids).await?;
        bare.into_iter().map(|chat| chat.with(&people)).collect()
    }
}

impl Bare {
    fn with(self, people: &[Person]) -> Result<ListedChat, StorageError> {
        let person = match self.contact {
            Some(id) => Some(people.iter().find(|person| person.id == id).cloned().ok_or_else(missing)?),
            None => None,
        };
        let address = match &person {
            Some(person) => address_of(person).ok_or_else(missing)?,
            None => self.detail.address.ok_or_else(missing)?,
        };
        let name = self.detail.name.or_else(|| person.as_ref().and_then(shown_name));
        let chat = Chat { id: self.id, kind: self.kind, address, name, person };
        let Self { unread, last_message_id, last_message_at, resolved, .. } = self;
        Ok(ListedChat { chat, unread, last_message_id, last_message_at, resolved })
    }
}

fn missing() -> StorageError {
    StorageError::unreadable(KIND, "its person or its address is missing")
}

/// The contact's address: the number if it is known, because people recognise numbers; otherwise the LID.
fn address_of(person: &Person) -> Option<Address> {
    let by_phone = person.phone.as_ref().map(Address::of_phone);
    by_phone.or_else(|| person.lid.as_ref().map(Address::of_lid))
}

/// The name that the account's owner gave the person, otherwise the name that the person chose.
fn shown_name(person: &Person) -> Option<String> {
    person.name.clone().or_else(|| person.push_name.clone())
}

fn address_tag(key: &AccountKey, address: &Address) -> Tag {
    key.cipher.tag(ADDRESS, &[address.to_string().as_bytes()])
}

fn bare(row: &Row, key: &AccountKey) -> Result<Bare, StorageError> {
    let row = Reader(row);
    let id: ChatId = row.parse("id")?;
    let detail: Vec<u8> = row.get("detail")?;
    let parsed = |column: &'static str| -> Result<Option<String>, StorageError> { row.get(column) };
    let contact = parsed("contact_id")?.map(|_| row.parse("contact_id")).transpose()?;
    let last_message_id = parsed("last_message_id")?.map(|_| row.parse("last_message_id")).transpose()?;
    Ok(Bare {
        id,
        kind: row.code("kind")?,
        contact,
        detail: key.open_json(KIND, id.as_bytes(), &detail)?,
        unread: row.count("unread")?,
        last_message_id,
        last_message_at: row.time("last_message_at")?,
        resolved: row.get::<i64>("resolved")? != 0,
    })
}

/// Stores that the chat or contact with the id `$3` was merged into the one with the id `$2`. If other ids were merged
/// into `$3` earlier, they now lead to `$2`, too.
pub(super) async fn remember_merged(
    connection: &mut Connection<'_>,
    values: &[Value<'_>; 3],
) -> Result<(), StorageError> {
    const AGAIN: &str = "UPDATE merged_ids SET now_id = $2 WHERE account_id = $1 AND now_id = $3";
    const NEW: &str = "INSERT INTO merged_ids (id, account_id, now_id) VALUES ($3, $1, $2)
        ON CONFLICT (id) DO UPDATE SET now_id = excluded.now_id";
    connection.execute(AGAIN, values).await?;
    connection.execute(NEW, values).await?;
    Ok(())
}
