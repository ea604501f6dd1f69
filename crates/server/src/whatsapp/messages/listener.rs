//! Listens to one client for what the hook does not cover: answers of WhatsApp's server, receipts, messages that
//! could not be decrypted, and messages that came without the hook. The library calls the handlers while it
//! receives data.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, OnceLock, Weak};

use jiff::Timestamp;
use linekeeper_model::id::AccountId;
use linekeeper_model::message::{Arrival, Arrived, ReceiptKind};
use linekeeper_model::phone::Identity;
use tokio::runtime::{Handle, RuntimeFlavor};
use tokio::sync::mpsc::UnboundedSender;
use whatsapp_rust::Client;
use whatsapp_rust::wacore::types::events::{
    Event, EventHandler, EventInterest, EventKind, Receipt, UnavailableType,
};
use whatsapp_rust::wacore::types::presence::ReceiptType;

use super::backpressure::Backpressure;
use super::lost;
use super::outlet::Outlet;
use super::port::{Acknowledgement, MessagePort, Note, ReceiptNote};
use super::receipt_hold::ReceiptHold;
use super::translate::{address, translate, undecryptable};
use crate::whatsapp::client::signal::Signal;

pub(in crate::whatsapp) struct Listener {
    account: AccountId,
    epoch: i64,
    port: Arc<dyn MessagePort>,
    signals: UnboundedSender<Signal>,
    backpressure: Arc<Backpressure>,
    receipts: Arc<ReceiptHold>,
    /// The client. It is set after the client is built. The reference is weak, because the client owns its
    /// listeners.
    client: OnceLock<Weak<Client>>,
    /// Whether `Note::Online` was reported for the current connection.
    is_online: AtomicBool,
}

impl Listener {
    pub(in crate::whatsapp) const fn new(
        account: AccountId,
        epoch: i64,
        port: Arc<dyn MessagePort>,
        signals: UnboundedSender<Signal>,
        backpressure: Arc<Backpressure>,
        receipts: Arc<ReceiptHold>,
    ) -> Self {
        Self {
            account,
            epoch,
            port,
            signals,
            backpressure,
            receipts,
            client: OnceLock::new(),
            is_online: AtomicBool::new(false),
        }
    }

    pub(in crate::whatsapp) fn listen_to(&self, client: &Arc<Client>) {
        // This is called only once, because a client is built once.
        let _already_set = self.client.set(Arc::downgrade(client));
    }

    /// Notes that a new connection begins, over which the account cannot send yet.
    pub(in crate::whatsapp) fn begin(&self) {
        self.is_online.store(false, Ordering::Release);
        self.backpressure.begin();
        self.receipts.begin();
    }

    /// Reports once per connection that the account can send.
    pub(in crate::whatsapp) fn online(&self) {
        let Some(client) = self.client.get().and_then(Weak::upgrade) else { return };
        if !self.is_online.swap(true, Ordering::AcqRel) {
            self.note(Note::Online(Outlet::new(client, self.epoch, self.signals.clone())));
        }
    }

    fn note(&self, note: Note) {
        self.port.note(self.account, note);
    }

    /// Stores messages before the library acknowledges their stanza to WhatsApp.
    fn store(&self, arrivals: Vec<Arrival>) {
        let (port, account, epoch) = (self.port.clone(), self.account, self.epoch);
        let storing = async move {
            if let Err(error) = port.arrived(account, epoch, arrivals).await {
                tracing::warn!(%account, %error, "a message that came without the hook could not be stored");
            }
        };
        finish(storing);
    }
}

/// Completes a task before the library continues and acknowledges the stanza to WhatsApp. This is possible only if the
/// runtime has several threads. In any other runtime, the task runs in the background.
pub(super) fn finish(task: impl Future<Output = ()> + Send + 'static) {
    let Ok(runtime) = Handle::try_current() else { return };
    if runtime.runtime_flavor() == RuntimeFlavor::MultiThread {
        tokio::task::block_in_place(|| runtime.block_on(task));
    } else {
        drop(runtime.spawn(task));
    }
}

impl EventHandler for Listener {
    fn handle_event(&self, event: Arc<Event>) {
        match &*event {
            Event::Connected(_) => self.online(),
            Event::Disconnected(_) | Event::LoggedOut(_) | Event::StreamReplaced(_) => {
                self.note(Note::Offline(self.epoch));
            }
            Event::ServerAck(ack) if ack.class.as_deref().is_none_or(|class| class == "message") => {
                self.note(Note::Acknowledged(Acknowledgement {
                    wa_message_id: ack.id.clone(),
                    at: ack.timestamp.and_then(|at| Timestamp::from_second(at.timestamp()).ok()),
                    // If WhatsApp refused the message without a valid code, it still counts as refused.
                    error: ack.error.as_deref().map(|code| code.parse().unwrap_or(0)),
                }));
            }
            Event::Receipt(receipt) => {
                if let Some(note) = told_by(receipt) {
                    self.note(Note::Receipt(note, self.receipts.came()));
                }
            }
            Event::OfflineSyncCompleted(_) => self.backpressure.caught_up(),
            Event::RawNode(stanza) => {
                if stanza.get().tag.as_ref() == "message"
                    && let Some(id) = stanza.get().get_attr("id")
                {
                    self.backpressure.came(&id.as_str());
                }
                let Some(client) = self.client.get().and_then(Weak::upgrade) else { return };
                if let Some(info) = lost::unknown(&client, stanza.get()) {
                    finish(lost::report_unknown(self.account, self.epoch, self.port.clone(), client, info));
                }
            }
            Event::UndecryptableMessage(lost) => {
                let view_once = lost.unavailable_type == UnavailableType::ViewOnce;
                self.store(vec![undecryptable(&lost.info, view_once)]);
                self.backpressure.finished([&*lost.info.id]);
            }
            Event::Messages(batch) if !batch.hook_committed => {
                let arrivals: Vec<Arrival> = batch
                    .iter()
                    .map(|item| translate(&item.message, &item.info))
                    .filter(|arrival| arrival.what != Arrived::Nothing)
                    .collect();
                if !arrivals.is_empty() {
                    self.store(arrivals);
                }
                self.backpressure.finished(batch.iter().map(|item| &*item.info.id));
            }
            _ => {}
        }
    }

    fn interest(&self) -> EventInterest {
        EventInterest::of(&[
            EventKind::Connected,
            EventKind::Disconnected,
            EventKind::LoggedOut,
            EventKind::Messages,
            EventKind::OfflineSyncCompleted,
            EventKind::RawNode,
            EventKind::Receipt,
            EventKind::ServerAck,
            EventKind::StreamReplaced,
            EventKind::UndecryptableMessage,
        ])
    }
}

/// Returns what to report about a receipt. A receipt is reported if another person's device received, read or played a
/// message, or if another device of the account read or played a message. Returns `None` for all other receipts.
fn told_by(receipt: &Receipt) -> Option<ReceiptNote> {
    let (kind, by_me) = match &receipt.r#type {
        ReceiptType::Delivered => (ReceiptKind::Delivered, false),
        ReceiptType::Read => (ReceiptKind::Read, receipt.source.is_from_me),
        ReceiptType::Played => (ReceiptKind::Played, receipt.source.is_from_me),
        ReceiptType::ReadSelf => (ReceiptKind::Read, true),
        ReceiptType::PlayedSelf => (ReceiptKind::Played, true),
        _ => return None,
    };
    // The account's other devices also send receipts for its outbound messages. These do not count.
    if receipt.source.is_from_me && !by_me {
        return None;
    }
    let mut by = Identity::default();
    for jid in [Some(&receipt.source.sender), receipt.source.sender_alt.as_ref()].into_iter().flatten() {
        let identity = address(jid).map(|address| address.identity()).unwrap_or_default();
        by.phone = by.phone.or(identity.phone);
        by.lid = by.lid.or(identity.lid);
    }
    Some(ReceiptNote {
        wa_message_ids: receipt.message_ids.iter().map(ToString::to_string).collect(),
        by,
        by_me,
        kind,
        at: Timestamp::from_second(receipt.timestamp.timestamp()).unwrap_or(Timestamp::UNIX_EPOCH),
    })
}
