//! Receipts that a phone gets. A retry receipt means that the other device could not decrypt: the phone starts a
//! new session with it and sends the same message again.

use super::{Primary, SendError};
use crate::codec::NodeRead;
use crate::world::Account;
use std::collections::{HashMap, VecDeque};
use std::sync::Arc;
use wacore_binary::Node;
use waproto::whatsapp as wa;

/// How many sent messages a phone keeps for retries.
const KEPT: usize = 10_000;
/// How often one message is sent again, as real clients limit it.
const MOST_RETRIES: u32 = 5;

/// A message as it was before encryption.
#[derive(Clone)]
pub(super) enum Original {
    /// To somebody, with a copy for the own devices.
    Chat {
        /// Whom it was for.
        to: Arc<Account>,
        /// Its content.
        message: wa::Message,
    },
    /// To an own device.
    Peer {
        /// Its content.
        message: wa::Message,
    },
}

/// What a phone sent lately, by id.
#[derive(Default)]
pub(super) struct SentLog {
    by_id: HashMap<String, Original>,
    order: VecDeque<String>,
}

impl SentLog {
    pub(super) fn remember(&mut self, id: String, original: Original) {
        self.by_id.insert(id.clone(), original);
        self.order.push_back(id);
        if self.order.len() > KEPT
            && let Some(oldest) = self.order.pop_front()
        {
            self.by_id.remove(&oldest);
        }
    }

    fn get(&self, id: &str) -> Option<Original> {
        self.by_id.get(id).cloned()
    }
}

impl Primary {
    pub(super) async fn note_receipt(&mut self, receipt: &Node) {
        match receipt.text("type").as_deref() {
            Some("retry") => self.retry(receipt).await,
            None | Some("inactive") => {
                let more = receipt.child("list").map_or(0, |list| list.all().len());
                self.account.lock().phone_delivered += 1 + more as u64;
            }
            Some(_) => {}
        }
    }

    async fn retry(&self, receipt: &Node) {
        let (Some(id), Some(from)) = (receipt.text("id"), receipt.jid("from")) else {
            return;
        };
        let count =
            receipt.child("retry").and_then(|r| r.text("count")).and_then(|c| c.parse().ok()).unwrap_or(1);
        let (Some(target), Some(original)) = (self.world.registry.by_jid(&from), self.sent.get(&id)) else {
            tracing::debug!(%id, "retry receipt for a message that this phone did not send lately");
            return;
        };
        if count > MOST_RETRIES {
            return;
        }
        if let Err(error) = self.send_again(&target, from.device, &id, original, count).await {
            tracing::warn!(%error, %id, "message could not be sent again");
        }
    }

    async fn send_again(
        &self,
        target: &Arc<Account>,
        device: u16,
        id: &str,
        original: Original,
        count: u32,
    ) -> Result<(), SendError> {
        match original {
            Original::Chat { to, message } => {
                self.send_to(target, &to, device, id, &message, Some(count)).await.map(drop)
            }
            Original::Peer { message } => self.send_peer(device, id, &message, Some(count)).await,
        }
    }
}
