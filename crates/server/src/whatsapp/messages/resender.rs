//! Handles retry requests: a device could not decrypt a message, and asks for it again. The library acknowledges
//! such a request, answers it in a separate task, and reports nothing (whatsapp-rust 0.7.0, `client/node_io.rs`
//! and `receipt.rs`). If the connection or the process ended in between, the device would never get the message,
//! although the message counts as sent. So each request is stored on disk before it is acknowledged. It is
//! answered over the next connection, unless the device has reported in the meantime that it has the message.

use std::collections::HashSet;
use std::sync::{Arc, Mutex, MutexGuard, OnceLock, PoisonError, Weak};

use linekeeper_model::id::AccountId;
use linekeeper_model::message::Address;
use linekeeper_storage::{AskedAgain, SessionStore};
use tokio::runtime::Handle;
use whatsapp_rust::wacore::types::events::{Event, EventHandler, EventInterest, EventKind, Receipt};
use whatsapp_rust::wacore::types::presence::ReceiptType;
use whatsapp_rust::wacore_binary::{JidExt as _, NodeRef};
use whatsapp_rust::waproto::codec;
use whatsapp_rust::{Client, Jid, MessageRetransmission, RawNodeLease};

use super::listener::finish;
use super::port::MessagePort;
use super::translate::address;

/// The maximum number of connections over which one request is answered. If the device still does not have the
/// message, it asks again.
const TIMES: u32 = 3;

/// The library refuses further requests for the same message after this many (its `MAX_RETRY_COUNT`).
const MOST_COUNT: u8 = 4;

/// The id of a message, and the device that asked for the message. A later receipt of the device has the same two
/// values.
type Key = (String, String);

/// Handles the retry requests that one client receives.
pub(in crate::whatsapp) struct Resender(Arc<Parts>);

struct Parts {
    account: AccountId,
    session: Arc<SessionStore>,
    port: Arc<dyn MessagePort>,
    /// The client. It is set after the client is built. The reference is weak, because the client owns its
    /// listeners.
    client: OnceLock<(Weak<Client>, RawNodeLease)>,
    questions: Mutex<Questions>,
}

#[derive(Default)]
struct Questions {
    /// The requests that are stored on disk, as far as this client knows them.
    open: HashSet<Key>,
    /// The requests that arrived over this connection. The library itself answers them.
    here: HashSet<Key>,
}

/// The address of the chat with this JID.
pub(in crate::whatsapp) fn chat_at(jid: &str) -> Option<Address> {
    address(&jid.parse().ok()?)
}

impl Resender {
    pub(in crate::whatsapp) fn new(
        account: AccountId,
        session: Arc<SessionStore>,
        port: Arc<dyn MessagePort>,
    ) -> Self {
        let (client, questions) = (OnceLock::new(), Mutex::default());
        Self(Arc::new(Parts { account, session, port, client, questions }))
    }

    pub(in crate::whatsapp) fn listen_to(&self, client: &Arc<Client>) {
        // A raw stanza is the only way to see a request before the library acknowledges it. `set` cannot fail, because
        // a client is built once and this is called once.
        let _already_set = self.0.client.set((Arc::downgrade(client), client.acquire_raw_node_forwarding()));
    }
}

impl EventHandler for Resender {
    fn handle_event(&self, event: Arc<Event>) {
        match &*event {
            Event::RawNode(stanza) => {
                if let Some(question) = asked_by(stanza.get()) {
                    finish(self.0.clone().keep(question));
                }
            }
            Event::Receipt(receipt) if proves_arrival(&receipt.r#type) => self.0.clone().settle(receipt),
            Event::OfflineSyncCompleted(_) => {
                if let Ok(runtime) = Handle::try_current() {
                    drop(runtime.spawn(self.0.clone().answer_what_is_open()));
                }
            }
            Event::Disconnected(_) => self.0.questions().here.clear(),
            _ => {}
        }
    }

    fn interest(&self) -> EventInterest {
        EventInterest::of(&[
            EventKind::Disconnected,
            EventKind::OfflineSyncCompleted,
            EventKind::RawNode,
            EventKind::Receipt,
        ])
    }
}

impl Parts {
    fn questions(&self) -> MutexGuard<'_, Questions> {
        self.questions.lock().unwrap_or_else(PoisonError::into_inner)
    }

    async fn keep(self: Arc<Self>, question: AskedAgain) {
        let Some(chat) = chat_at(&question.chat) else { return };
        // A request is stored only if a program has sent the message to this chat. So invented requests cannot
        // fill the disk.
        if let Ok(None) = self.port.sent(self.account, &chat, &question.id).await {
            return;
        }
        let key = (question.id.clone(), question.device.clone());
        {
            let mut questions = self.questions();
            questions.open.insert(key.clone());
            questions.here.insert(key);
        }
        if let Err(error) = self.session.keep_question(&question).await {
            tracing::warn!(account = %self.account, %error, "a device's question for a message could not be kept");
        }
    }

    /// Removes the requests for messages that the device now has.
    fn settle(self: Arc<Self>, receipt: &Receipt) {
        let device = receipt.source.sender.to_string();
        let ids = receipt.message_ids.iter().map(|id| (id.to_string(), device.clone()));
        let mut questions = self.questions();
        if questions.open.is_empty() {
            return;
        }
        let settled: Vec<Key> = ids.filter(|key| questions.open.remove(key)).collect();
        for key in &settled {
            questions.here.remove(key);
        }
        drop(questions);
        if let Ok(runtime) = Handle::try_current() {
            drop(runtime.spawn(async move {
                for (id, device) in settled {
                    self.forget(&id, &device).await;
                }
            }));
        }
    }

    async fn forget(&self, id: &str, device: &str) {
        if let Err(error) = self.session.settle_question(id, device).await {
            tracing::warn!(account = %self.account, %error, "a question that was answered could not be removed");
        }
    }

    /// Answers the stored requests. This is called after a login, when all waiting messages have arrived. By then
    /// the library has seen the requests that were repeated, and the devices have reported which messages they
    /// have.
    async fn answer_what_is_open(self: Arc<Self>) {
        let questions = match self.session.questions().await {
            Ok(questions) => questions,
            Err(error) => {
                tracing::warn!(account = %self.account, %error, "the questions of devices for messages could not be read");
                return;
            }
        };
        for (question, times) in questions {
            let key = (question.id.clone(), question.device.clone());
            let here = {
                let mut questions = self.questions();
                questions.open.insert(key.clone());
                questions.here.contains(&key)
            };
            if !here && !self.answer(&question, times).await {
                self.questions().open.remove(&key);
                self.forget(&question.id, &question.device).await;
            }
        }
    }

    /// Sends the message once more to the device that asked for it. Returns whether to keep the request on disk. The
    /// request is kept even after the message was sent: if the connection ended too early, the keys in the request may
    /// not have been stored. Then the device cannot decrypt this message either, and asks again.
    async fn answer(&self, question: &AskedAgain, times: u32) -> bool {
        let Some((client, _)) = self.client.get() else { return true };
        let Some(client) = client.upgrade() else { return true };
        if times >= TIMES {
            return false;
        }
        let Some(chat) = chat_at(&question.chat) else { return false };
        let wire = match self.port.sent(self.account, &chat, &question.id).await {
            Ok(Some(wire)) => wire,
            Ok(None) => return false,
            Err(_) => return true,
        };
        let Some(resend) = retransmission(question, &wire) else { return false };
        if self.session.answered(question, times + 1).await.is_err() {
            return true;
        }
        match client.retransmit_message(resend).await {
            Ok(()) => tracing::info!(
                account = %self.account, id = %question.id,
                "a message was sent again to a device that had asked for it over an earlier connection"
            ),
            Err(error) => tracing::warn!(
                account = %self.account, id = %question.id, %error,
                "a message could not be sent again to a device that had asked for it"
            ),
        }
        true
    }
}

fn retransmission(question: &AskedAgain, wire: &[u8]) -> Option<MessageRetransmission> {
    let message = codec::message_decode(wire).ok()?;
    let (chat, device) = (question.chat.parse().ok()?, question.device.parse().ok()?);
    let resend = MessageRetransmission::new(chat, device, message, question.id.clone(), question.count);
    match &question.recipient {
        Some(recipient) => Some(resend.with_recipient(recipient.parse().ok()?)),
        None => Some(resend),
    }
}

/// Returns the retry request in a stanza, if the stanza is one.
fn asked_by(stanza: &NodeRef<'_>) -> Option<AskedAgain> {
    if stanza.tag.as_ref() != "receipt" || stanza.get_attr("type").is_none_or(|kind| kind.as_str() != "retry")
    {
        return None;
    }
    let retry = stanza.get_optional_child("retry")?;
    let mut attributes = stanza.attrs();
    let from: Jid = attributes.optional_jid("from")?;
    let recipient = attributes.optional_jid("recipient");
    let count: u8 = retry.get_attr("count").and_then(|count| count.as_str().parse().ok()).unwrap_or(1);
    if !(1..=MOST_COUNT).contains(&count) {
        return None;
    }
    let (chat, device, recipient) = if from.is_group() || from.is_broadcast_list() {
        (from, attributes.optional_jid("participant")?, None)
    } else {
        // If one of the account's own devices asks, the attribute `recipient` names the chat. No other attribute shows
        // the chat.
        (recipient.as_ref().unwrap_or(&from).to_non_ad(), from, recipient)
    };
    Some(AskedAgain {
        id: retry.get_attr("id")?.as_str().into_owned(),
        chat: chat.to_string(),
        device: device.to_string(),
        recipient: recipient.map(|jid| jid.to_string()),
        count,
    })
}

/// Whether a receipt of this kind proves that the device has the message.
const fn proves_arrival(kind: &ReceiptType) -> bool {
    matches!(
        kind,
        ReceiptType::Delivered
            | ReceiptType::Sender
            | ReceiptType::Inactive
            | ReceiptType::Read
            | ReceiptType::ReadSelf
            | ReceiptType::Played
            | ReceiptType::PlayedSelf
    )
}
