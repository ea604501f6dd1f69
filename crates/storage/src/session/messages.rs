//! Messages that we sent, for those who ask for them again.

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

    /// Unix seconds: the library's sweeps compare with its own clock, in seconds.
    pub(super) fn now(&self) -> i64 {
        self.vault.clock.now().as_second()
    }
}
