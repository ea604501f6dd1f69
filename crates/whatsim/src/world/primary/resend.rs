//! Receipts that a phone gets. After a retry receipt, which means that a device could not decrypt a message, the
//! phone starts a new session with the device and sends the message again.

use super::log::Known;
use super::{Primary, SendError};
use crate::codec::NodeRead;
use crate::world::{Account, Chat};
use std::sync::Arc;
use wacore_binary::Node;

/// How often the phone sends the same message again. Real clients have this limit too.
const MOST_RETRIES: u32 = 5;

impl Primary {
    pub(super) async fn note_receipt(&mut self, receipt: &Node) {
        match receipt.text("type").as_deref() {
            Some("retry") => self.retry(receipt).await,
            Some("server-error") => self.upload_again(receipt),
            None | Some("inactive") => {
                let more = receipt.child("list").map_or(0, |list| list.all().len());
                self.account.lock().phone_delivered += 1 + more as u64;
            }
            Some(_) => {}
        }
    }

    async fn retry(&self, receipt: &Node) {
        // In a group, `from` is the group, and `participant` is the member who sent the receipt.
        let from = receipt.jid("participant").or_else(|| receipt.jid("from"));
        let (Some(id), Some(from)) = (receipt.text("id"), from) else {
            return;
        };
        let count =
            receipt.child("retry").and_then(|r| r.text("count")).and_then(|c| c.parse().ok()).unwrap_or(1);
        let Some(target) = self.world.registry.by_jid(&from) else { return };
        let Some(known) = self.sent_to(&id, &target) else {
            tracing::debug!(%id, "retry receipt for a message that this phone did not send lately");
            return;
        };
        if count > MOST_RETRIES {
            return;
        }
        if let Err(error) = self.send_again(&target, from.device, &id, known, count).await {
            tracing::warn!(%error, %id, "message could not be sent again");
        }
    }

    /// Finds a message with this id that this account sent. If `target` is another account, the message must belong to
    /// a chat with `target`. If `target` is this account, the message may belong to any chat.
    fn sent_to(&self, id: &str, target: &Account) -> Option<Known> {
        let own = target.number == self.account.number;
        let mut sent = self.log.with_id(id).filter(|known| known.sender.number == self.account.number);
        let fits = |known: &&Known| known.chat.as_ref().map_or(own, |chat| own || chat.has(&target.number));
        sent.find(fits).cloned()
    }

    async fn send_again(
        &self,
        target: &Arc<Account>,
        device: u16,
        id: &str,
        known: Known,
        count: u32,
    ) -> Result<(), SendError> {
        let message = known.message();
        match &known.chat {
            Some(Chat::Group(group)) => self.send_to_member(group, target, device, id, &message, count).await,
            Some(chat) => self.send_to(target, chat, device, id, &message, Some(count)).await.map(drop),
            None => self.send_peer(device, id, &message, Some(count)).await,
        }
    }
}
