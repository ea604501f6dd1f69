//! Secrets of messages. With them, later edits, reactions and poll votes are decrypted.

use std::collections::HashMap;

use async_trait::async_trait;
use wacore::store::traits::{
    MessageSecret, MsgSecretEntry, MsgSecretStore, merge_msg_secret_expiry, merge_msg_secret_message_ts,
};

use super::protocol::count;
use super::{Result, SessionStore};
use crate::seal::Tag;
use crate::vault::{Change, Kind, NewRow, OnConflict, VaultError};

const KIND: Kind = Kind::MsgSecret;

#[async_trait]
impl MsgSecretStore for SessionStore {
    async fn put_msg_secret(
        &self,
        chat: &str,
        sender: &str,
        msg_id: &str,
        secret: &MessageSecret,
    ) -> Result<()> {
        let entry = MsgSecretEntry {
            chat: chat.into(),
            sender: sender.into(),
            msg_id: msg_id.into(),
            secret: *secret,
            expires_at: 0,
            message_ts: 0,
        };
        self.put_msg_secrets(vec![entry]).await.map(drop)
    }

    async fn put_msg_secrets(&self, entries: Vec<MsgSecretEntry>) -> Result<usize> {
        let stored = entries.len();
        let rows = self.merged(entries).into_iter().map(|(tag, entry)| NewRow {
            number: Some(entry.message_ts),
            // If `expires_at` is 0, the secret never expires. Its time is then stored as null. Deleting by age skips
            // rows whose time is null.
            stamp: (entry.expires_at != 0).then_some(entry.expires_at),
            ..self.row(KIND, tag, &entry.secret)
        });
        self.tell(self.put_with(OnConflict::MergeSecret, rows.collect()).await)?;
        Ok(stored)
    }

    async fn get_msg_secret(&self, chat: &str, sender: &str, msg_id: &str) -> Result<Option<Vec<u8>>> {
        self.tell(self.find(KIND, &self.secret_tag(chat, sender, msg_id)).await)
    }

    async fn get_msg_secret_with_ts(
        &self,
        chat: &str,
        sender: &str,
        msg_id: &str,
    ) -> Result<Option<(Vec<u8>, i64)>> {
        self.tell(self.secret_and_time(chat, sender, msg_id).await)
    }

    async fn delete_expired_msg_secrets(&self, cutoff_timestamp: i64) -> Result<u32> {
        // A secret that expires exactly at the cutoff is deleted, too.
        let change = Change::DeleteBefore { kind: KIND, stamp: cutoff_timestamp.saturating_add(1) };
        self.tell(self.write(change).await.map(count))
    }
}

impl SessionStore {
    fn secret_tag(&self, chat: &str, sender: &str, id: &str) -> Tag {
        self.tag(KIND, &[chat.as_bytes(), sender.as_bytes(), id.as_bytes()])
    }

    /// Merges the secrets of the same message. The database merges a secret with an existing row, but the same message
    /// may also occur twice in a batch.
    fn merged(&self, entries: Vec<MsgSecretEntry>) -> HashMap<Tag, MsgSecretEntry> {
        let mut merged: HashMap<Tag, MsgSecretEntry> = HashMap::with_capacity(entries.len());
        for mut entry in entries {
            let tag = self.secret_tag(&entry.chat, &entry.sender, &entry.msg_id);
            if let Some(earlier) = merged.get(&tag) {
                entry.expires_at = merge_msg_secret_expiry(earlier.expires_at, entry.expires_at);
                entry.message_ts = merge_msg_secret_message_ts(earlier.message_ts, entry.message_ts);
            }
            merged.insert(tag, entry);
        }
        merged
    }

    async fn secret_and_time(
        &self,
        chat: &str,
        sender: &str,
        id: &str,
    ) -> Result<Option<(Vec<u8>, i64)>, VaultError> {
        let tag = self.secret_tag(chat, sender, id);
        let found = self.in_the_end(|| self.vault.find(self.session(), KIND, &tag)).await?;
        found.map(|row| Ok((self.open(KIND, &row)?, row.number.unwrap_or(0)))).transpose()
    }
}
