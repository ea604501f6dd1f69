//! Sent messages. They are kept for devices that ask for them again.

use super::SessionStore;
use crate::seal::Tag;
use crate::vault::{Kind, NewRow};

impl SessionStore {
    pub(super) fn sent_tag(&self, chat: &str, id: &str) -> Tag {
        self.tag(Kind::SentMessage, &[chat.as_bytes(), id.as_bytes()])
    }

    pub(super) fn sent_row(&self, chat: &str, id: &str, payload: &[u8]) -> NewRow {
        NewRow { stamp: Some(self.now()), ..self.row(Kind::SentMessage, self.sent_tag(chat, id), payload) }
    }

    /// The current time in Unix seconds, as the library counts it.
    pub(super) fn now(&self) -> i64 {
        self.vault.clock.now().as_second()
    }
}
