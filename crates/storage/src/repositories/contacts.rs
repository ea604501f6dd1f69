//! The contacts of one account. They are encrypted with the account's key, and are found by keyed hashes of number
//! and LID.

use linekeeper_model::id::ContactId;
use linekeeper_model::message::Person;
use linekeeper_model::phone::{Identity, Lid, PhoneNumber};
use sqlx::AssertSqlSafe;

use super::code::{Reader, millis};
use crate::account_key::AccountKey;
use crate::db::{Row, Value};
use crate::error::{Conflict, StorageError};
use crate::seal::Tag;
use crate::tx::Scope;

const KIND: &str = "contact";
const PHONE: &str = "contact.phone";
const LID: &str = "contact.lid";

/// The `contacts` table, for one account.
pub struct Contacts<'t>(pub(crate) Scope<'t>, pub(crate) &'t AccountKey);

/// The contact with a given LID, and the contact with a given number. They may differ.
#[derive(Debug, Clone, Default)]
pub struct Candidates {
    /// The contact that has the LID.
    pub by_lid: Option<Person>,
    /// The contact that has the number, in WhatsApp's spelling or in a spelling that a caller used.
    pub by_phone: Option<Person>,
}

macro_rules! select {
    ($rest:expr) => {
        concat!("SELECT contacts.id, contacts.detail FROM contacts ", $rest)
    };
}

impl Contacts<'_> {
    /// The contact that has the identity's LID, and the contact that has its number.
    pub async fn candidates(&mut self, identity: &Identity) -> Result<Candidates, StorageError> {
        const BY_LID: &str = select!("WHERE account_id = $1 AND lid_tag = $2");
        const BY_PHONE: &str = select!("WHERE account_id = $1 AND phone_tag = $2");
        const BY_SPELLING: &str = select!(
            "JOIN contact_spellings s ON s.contact_id = contacts.id WHERE s.account_id = $1 AND s.phone_tag = $2"
        );
        let by_lid = match &identity.lid {
            Some(lid) => self.one(BY_LID, lid_tag(self.1, lid)).await?,
            None => None,
        };
        let by_phone = match &identity.phone {
            Some(phone) => match self.one(BY_PHONE, phone_tag(self.1, phone)).await? {
                Some(person) => Some(person),
                None => self.one(BY_SPELLING, phone_tag(self.1, phone)).await?,
            },
            None => None,
        };
        Ok(Candidates { by_lid, by_phone })
    }

    /// The contact with this id. If two contacts were merged, the contact that remains.
    pub async fn get(&mut self, id: ContactId) -> Result<Option<Person>, StorageError> {
        const SQL: &str = select!(
            "WHERE contacts.account_id = $1 AND (contacts.id = $2
              OR contacts.id = (SELECT now_id FROM merged_ids WHERE account_id = $1 AND id = $2))"
        );
        let (account, id) = (self.1.account().to_string(), id.to_string());
        let row =
            self.0.connection.fetch_optional(SQL, &[account.as_str().into(), id.as_str().into()]).await?;
        row.map(|row| person(&row, self.1)).transpose()
    }

    /// All ids of a contact: its own id, and the ids of contacts that were merged into it.
    pub async fn ids_of(&mut self, person: ContactId) -> Result<Vec<ContactId>, StorageError> {
        const SQL: &str = "SELECT id FROM merged_ids WHERE account_id = $1 AND now_id = $2 ORDER BY id";
        let (account, own) = (self.1.account().to_string(), person.to_string());
        let rows = self.0.connection.fetch_all(SQL, &[account.as_str().into(), own.as_str().into()]).await?;
        let mut ids = vec![person];
        for row in &rows {
            ids.push(Reader(row).parse("id")?);
        }
        Ok(ids)
    }

    /// The contacts with these ids. Ids for which no contact exists are left out.
    pub async fn get_all(&mut self, ids: &[ContactId]) -> Result<Vec<Person>, StorageError> {
        if ids.is_empty() {
            return Ok(Vec::new());
        }
        let places: Vec<String> = (2..ids.len() + 2).map(|place| format!("${place}")).collect();
        let sql = format!(
            "SELECT contacts.id, contacts.detail FROM contacts WHERE account_id = $1 AND id IN ({})",
            places.join(", ")
        );
        let account = self.1.account().to_string();
        let ids: Vec<String> = ids.iter().map(ToString::to_string).collect();
        let mut values: Vec<Value<'_>> = vec![account.as_str().into()];
        values.extend(ids.iter().map(|id| Value::from(id.as_str())));
        let rows = self.0.connection.fetch_all(AssertSqlSafe(sql), &values).await?;
        rows.iter().map(|row| person(row, self.1)).collect()
    }

    /// One page of the contacts, oldest first.
    pub async fn list(&mut self, after: Option<ContactId>, limit: u32) -> Result<Vec<Person>, StorageError> {
        const SQL: &str = select!("WHERE account_id = $1 AND id > $2 ORDER BY id LIMIT $3");
        let account = self.1.account().to_string();
        let after = after.map(|id| id.to_string()).unwrap_or_default();
        let values = [account.as_str().into(), after.as_str().into(), i64::from(limit).into()];
        let rows = self.0.connection.fetch_all(SQL, &values).await?;
        rows.iter().map(|row| person(row, self.1)).collect()
    }

    /// Adds a contact.
    pub async fn insert(&mut self, person: &Person) -> Result<(), StorageError> {
        const SQL: &str =
            "INSERT INTO contacts (id, account_id, phone_tag, lid_tag, detail, created_at, updated_at)
            VALUES ($1, $2, $3, $4, $5, $6, $6)";
        self.write(SQL, person).await
    }

    /// Writes the contact's current data.
    pub async fn update(&mut self, person: &Person) -> Result<(), StorageError> {
        const SQL: &str = "UPDATE contacts SET phone_tag = $3, lid_tag = $4, detail = $5, updated_at = $6
            WHERE id = $1 AND account_id = $2";
        self.write(SQL, person).await
    }

    /// Stores that this spelling of a number belongs to this contact.
    pub async fn add_spelling(&mut self, spelling: &PhoneNumber, id: ContactId) -> Result<(), StorageError> {
        const SQL: &str =
            "INSERT INTO contact_spellings (account_id, phone_tag, contact_id) VALUES ($1, $2, $3)
            ON CONFLICT (account_id, phone_tag) DO UPDATE SET contact_id = excluded.contact_id";
        let (account, id) = (self.1.account().to_string(), id.to_string());
        let tag = phone_tag(self.1, spelling);
        let values = [account.as_str().into(), tag.as_bytes().into(), id.as_str().into()];
        self.0.connection.execute(SQL, &values).await?;
        Ok(())
    }

    /// Replaces the contact `merged` by `kept` everywhere. Their direct chats must already be merged.
    pub async fn merge(&mut self, kept: ContactId, merged: ContactId) -> Result<(), StorageError> {
        const STATEMENTS: [&str; 6] = [
            "DELETE FROM messages WHERE account_id = $1 AND sender_id = $3 AND EXISTS (SELECT 1 FROM messages m
              WHERE m.chat_id = messages.chat_id AND m.sender_id = $2 AND m.wa_tag = messages.wa_tag)",
            "UPDATE messages SET sender_id = $2 WHERE account_id = $1 AND sender_id = $3",
            "DELETE FROM message_receipts WHERE contact_id = $3 AND $1 <> '' AND EXISTS (SELECT 1 FROM message_receipts r
              WHERE r.message_id = message_receipts.message_id AND r.contact_id = $2)",
            "UPDATE message_receipts SET contact_id = $2 WHERE contact_id = $3 AND $1 <> ''",
            "UPDATE contact_spellings SET contact_id = $2 WHERE account_id = $1 AND contact_id = $3",
            "DELETE FROM contacts WHERE account_id = $1 AND id = $3 AND id <> $2",
        ];
        let (account, kept_id, merged_id) =
            (self.1.account().to_string(), kept.to_string(), merged.to_string());
        let values = [account.as_str().into(), kept_id.as_str().into(), merged_id.as_str().into()];
        for statement in STATEMENTS {
            self.0.connection.execute(statement, &values).await?;
        }
        super::chats::remember_merged(&mut self.0.connection, &values).await
    }

    async fn one(&mut self, sql: &'static str, tag: Tag) -> Result<Option<Person>, StorageError> {
        let account = self.1.account().to_string();
        let row =
            self.0.connection.fetch_optional(sql, &[account.as_str().into(), tag.as_bytes().into()]).await?;
        row.map(|row| person(&row, self.1)).transpose()
    }

    async fn write(&mut self, sql: &'static str, person: &Person) -> Result<(), StorageError> {
        let (account, id) = (self.1.account().to_string(), person.id.to_string());
        let phone = person.phone.as_ref().map(|phone| phone_tag(self.1, phone));
        let lid = person.lid.as_ref().map(|lid| lid_tag(self.1, lid));
        let detail = self.1.seal_json(KIND, person.id.as_bytes(), person);
        let values = [
            id.as_str().into(),
            account.as_str().into(),
            phone.as_ref().map(Tag::as_bytes).into(),
            lid.as_ref().map(Tag::as_bytes).into(),
            detail.as_slice().into(),
            millis(self.0.context.clock.now()).into(),
        ];
        let written = self.0.connection.execute(sql, &values).await;
        written.map(drop).map_err(StorageError::or_conflict(Conflict::Id))
    }
}

fn phone_tag(key: &AccountKey, phone: &PhoneNumber) -> Tag {
    key.cipher.tag(PHONE, &[phone.key().as_bytes()])
}

fn lid_tag(key: &AccountKey, Lid(lid): &Lid) -> Tag {
    key.cipher.tag(LID, &[lid.as_bytes()])
}

fn person(row: &Row, key: &AccountKey) -> Result<Person, StorageError> {
    let row = Reader(row);
    let id: ContactId = row.parse("id")?;
    let detail: Vec<u8> = row.get("detail")?;
    key.open_json(KIND, id.as_bytes(), &detail)
}
