//! Messages in flight: what we sent, for retries, and what came in but is not yet in the event log.

use wacore::store::traits::PendingInboundRow;

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

    pub(super) fn pending_tag(&self, chat: &str, sender: &str, id: &str) -> Tag {
        self.tag(Kind::PendingInbound, &[chat.as_bytes(), sender.as_bytes(), id.as_bytes()])
    }

    pub(super) fn pending_rows(&self, rows: &[PendingInboundRow<'_>]) -> Vec<NewRow> {
        let stamp = Some(self.now());
        let row = |row: &PendingInboundRow<'_>| {
            let tag = self.pending_tag(row.chat, row.sender, row.id);
            NewRow { stamp, ..self.row(Kind::PendingInbound, tag, row.message) }
        };
        rows.iter().map(row).collect()
    }

    /// Unix seconds: the library's sweeps compare with its own clock, in seconds.
    fn now(&self) -> i64 {
        self.vault.clock.now().as_second()
    }
}
