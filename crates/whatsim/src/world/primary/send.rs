//! A phone sends messages: one Signal message for each device of the other account, and one for each of its own
//! devices.

use super::desk::Writing;
use super::log::Known;
use super::{Primary, device_bundle};
use crate::codec::node;
use crate::content::{Draft, Invalid};
use crate::phone::{Peer, Sealed, SignalError};
use crate::world::{Account, Chat, KeyError, deliver, message_id};
use buffa::MessageField;
use rand::RngExt;
use std::sync::Arc;
use wacore::types::message::EditAttribute;
use wacore_binary::builder::NodeBuilder;
use wacore_binary::{Jid, Node, Server};
use waproto::whatsapp as wa;

/// A message that a phone sent.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Sent {
    /// The message's id.
    pub id: String,
    /// The time at which the server accepted the message, in seconds since 1970.
    pub t: u64,
    /// How many devices the message was encrypted for.
    pub devices: usize,
}

/// Why a phone could not send.
#[derive(Debug, thiserror::Error)]
pub enum SendError {
    /// The draft has an invalid field.
    #[error(transparent)]
    Invalid(#[from] Invalid),
    /// The Signal library refused to encrypt.
    #[error(transparent)]
    Signal(#[from] SignalError),
    /// A device of the recipient uploaded invalid keys.
    #[error(transparent)]
    Keys(#[from] KeyError),
    /// The device was unlinked in the meantime.
    #[error("device {0} is not linked")]
    NoDevice(u16),
    /// A fault keeps the phone offline.
    #[error("the phone is offline")]
    Offline,
    /// The server is shutting down, or the account is being removed.
    #[error("the phone is gone")]
    Gone,
}

impl Primary {
    /// Sends a draft: a copy for each device of the other side, and one for each other device of this account.
    pub(super) async fn send(&mut self, to: Option<Chat>, draft: &Draft) -> Result<Sent, SendError> {
        let to = match to {
            Some(to) => to,
            None => self.chat_of_target(draft)?,
        };
        let mut message = draft.write(&Writing { primary: self, chat: &to })?;
        let secret: [u8; 32] = rand::rng().random();
        message.message_context_info = MessageField::some(wa::MessageContextInfo {
            message_secret: Some(secret.to_vec()),
            ..Default::default()
        });
        let id = draft.id.clone().unwrap_or_else(|| message_id(&mut rand::rng()));
        let t = self.world.clock.seconds();
        let own = Arc::clone(&self.account);
        if !own.lock().sent.insert(to.name(), &id) {
            self.world.metrics.repeat();
            return Ok(Sent { id, t, devices: 0 });
        }
        let devices = match &to {
            Chat::Person(person) => self.send_to_person(person, &to, &id, &message).await?,
            Chat::Group(group) => self.send_to_group(group, &id, &message).await?,
        };
        self.log.remember(&id, Known::new(Some(to), &own, t, &message));
        self.world.metrics.relayed(devices as u64);
        Ok(Sent { id, t, devices })
    }

    async fn send_to_person(
        &self,
        person: &Arc<Account>,
        chat: &Chat,
        id: &str,
        message: &wa::Message,
    ) -> Result<usize, SendError> {
        let own = &self.account;
        let mut devices = 0;
        for device in person.device_ids() {
            // A message to oneself goes only to the account's linked devices, not to the phone that sends it.
            if device == 0 && person.number == own.number {
                continue;
            }
            devices += usize::from(self.send_to(person, chat, device, id, message, None).await?);
        }
        if person.number != own.number {
            person.hear_from(&own.number);
            for device in own.device_ids().into_iter().filter(|device| *device != 0) {
                devices += usize::from(self.send_to(own, chat, device, id, message, None).await?);
            }
        }
        Ok(devices)
    }

    /// Reveals this phone's hidden number to an account. From then on, the phone's messages to that account
    /// contain the number.
    pub(super) async fn tell_number(&mut self, to: &Arc<Account>) -> Result<(), SendError> {
        self.account.lock().told_number.insert(to.number.clone());
        let protocol = wa::message::ProtocolMessage {
            r#type: Some(wa::message::protocol_message::Type::SHARE_PHONE_NUMBER),
            ..Default::default()
        };
        let message = wa::Message { protocol_message: MessageField::some(protocol), ..Default::default() };
        let (id, chat) = (message_id(&mut rand::rng()), Chat::Person(to.clone()));
        self.send_to_person(to, &chat, &id, &message).await.map(drop)
    }

    /// Finds the chat of the message that a draft changes.
    fn chat_of_target(&self, draft: &Draft) -> Result<Chat, SendError> {
        let Some(target) = draft.content.target() else {
            return Err(Invalid::new("to", "is missing").into());
        };
        let known = self.log.find(target, None).and_then(|known| known.chat.clone());
        let field = format!("{}.messageId", draft.content.name());
        known.ok_or_else(|| Invalid::new(field, format!("this phone has no message {target}")).into())
    }

    /// The server part of the addresses in this phone's chats. It says whether the addresses are phone numbers or LIDs.
    /// A LID does not show the phone number.
    pub(super) fn server(&self) -> Server {
        if self.account.lid_migrated { Server::Lid } else { Server::Pn }
    }

    /// Encrypts and sends a message of `chat` to one device. `target` is the owner of the device: a member of the
    /// chat, or the phone's own account. Returns `false` if the device does not exist any more.
    pub(super) async fn send_to(
        &self,
        target: &Arc<Account>,
        chat: &Chat,
        device: u16,
        id: &str,
        message: &wa::Message,
        retry: Option<u32>,
    ) -> Result<bool, SendError> {
        let own = target.number == self.account.number;
        let server = self.server();
        let chat_jid = chat.jid_on(server);
        let sealed = if own {
            self.seal(target, device, &device_sent(&chat_jid, message), retry.is_some()).await
        } else {
            self.seal(target, device, message, retry.is_some()).await
        };
        let sealed = match sealed {
            Err(SendError::NoDevice(_)) => return Ok(false),
            other => other?,
        };
        let stanza = self.stanza(server, id, target).attr("notify", self.account.lock().name.clone());
        let mut stanza = described(stanza, message);
        if own {
            stanza = stanza.attr("recipient", chat_jid);
        }
        let mut enc = enc(&sealed, retry);
        labelled(&mut enc, message);
        deliver(&self.world, target, device, stanza.children([enc]).build());
        Ok(true)
    }

    /// Starts a message stanza from this phone. `server` decides whether the sender's address is the phone number or
    /// the LID. The stanza also contains the sender's address in the other form, unless the sender hides its number
    /// from the recipient.
    fn stanza(&self, server: Server, id: &str, to: &Account) -> NodeBuilder {
        let stanza = node("message").attr("from", self.account.jid_on(server, 0)).attr("id", id);
        let stanza = if self.account.hides_from(&to.number) {
            stanza.attr("addressing_mode", "lid")
        } else if server.is_lid_family() {
            stanza.attr("addressing_mode", "lid").attr("sender_pn", self.account.pn_jid(0))
        } else {
            stanza.attr("sender_lid", self.account.lid_jid(0))
        };
        stanza.attr("t", self.world.clock.seconds())
    }

    /// Encrypts a message for one device. Starts a session if there is none, or if `anew` is true.
    ///
    /// The old session is kept, as in real clients (whatsapp-rust 0.7.0, src/retry.rs, on WhatsApp Web's
    /// `processKeyBundle`). With it, the phone can still decrypt messages that the other device encrypted before
    /// it knew the new session.
    pub(super) async fn seal(
        &self,
        target: &Arc<Account>,
        device: u16,
        message: &wa::Message,
        anew: bool,
    ) -> Result<Sealed, SendError> {
        let phone = &self.account.phone;
        let peer = Peer::new(target.number.as_str(), device);
        let bundle = if phone.has_session(&peer) && !anew {
            None
        } else {
            let bundle = device_bundle(&self.world, target, device)?;
            Some(bundle.ok_or(SendError::NoDevice(device))?)
        };
        Ok(phone.encrypt(&peer, bundle.as_ref(), message).await?)
    }

    /// Sends receipts for messages that the phone received. All devices of a message's sender get the receipt.
    pub(super) fn send_receipts(&self, chat: &Chat, ids: &[String], kind: Option<&'static str>) {
        match chat {
            Chat::Person(person) => {
                let me = self.account.jid_on(self.server(), 0);
                self.tell_all(person, self.receipt(&me, ids, kind));
            }
            Chat::Group(group) => {
                for id in ids {
                    let Some(author) = self.log.find(id, Some(chat)).map(|known| known.sender.clone()) else {
                        continue;
                    };
                    let receipt =
                        self.receipt(&group.jid(), std::slice::from_ref(id), kind).map(|mut receipt| {
                            receipt.attrs.insert("participant", self.account.jid_on(group.server(), 0));
                            receipt
                        });
                    self.tell_all(&author, receipt);
                }
            }
        }
    }

    fn tell_all(&self, person: &Arc<Account>, receipt: Option<Node>) {
        let Some(receipt) = receipt.map(Arc::new) else { return };
        for device in person.device_ids() {
            person.deliver(device, receipt.clone());
        }
    }

    /// Builds a receipt stanza for one or more messages. Returns `None` if there are no ids.
    pub(super) fn receipt(&self, from: &Jid, ids: &[String], kind: Option<&str>) -> Option<Node> {
        let (first, more) = ids.split_first()?;
        let mut receipt =
            node("receipt").attr("from", from).attr("id", first).attr("t", self.world.clock.seconds());
        if let Some(kind) = kind {
            receipt = receipt.attr("type", kind);
        }
        if !more.is_empty() {
            let items = more.iter().map(|id| node("item").attr("id", id).build());
            receipt = receipt.children([node("list").children(items).build()]);
        }
        Some(receipt.build())
    }
}

/// Adds the attributes from which the server learns what kind of message the stanza contains.
pub(super) fn described(stanza: NodeBuilder, message: &wa::Message) -> NodeBuilder {
    let stanza = stanza.attr("type", wacore::send::stanza_type_from_message(message));
    match EditAttribute::infer_from_message(message) {
        Some(edit) => stanza.attr("edit", edit.to_string_val()),
        None => stanza,
    }
}

/// Adds the attributes from which the server learns what kind of content the `<enc>` contains.
pub(super) fn labelled(enc: &mut Node, message: &wa::Message) {
    if let Some(media) = wacore::send::media_type_from_message(message) {
        enc.attrs.insert("mediatype", media);
    }
    let edit = EditAttribute::infer_from_message(message);
    if wacore::send::should_hide_decrypt_fail_for_send(edit.as_ref(), message) {
        enc.attrs.insert("decrypt-fail", "hide");
    }
}

/// Builds the `<enc>` node of an encrypted message. If the message answers a retry receipt, `retry` is the count
/// in that receipt.
pub(super) fn enc(sealed: &Sealed, retry: Option<u32>) -> Node {
    let mut enc = node("enc").attr("v", "2").attr("type", sealed.kind.as_str());
    if let Some(count) = retry {
        enc = enc.attr("count", count);
    }
    enc.bytes(sealed.bytes.clone()).build()
}

/// Wraps a message for the other devices of its sender. The wrapper contains the address of the chat that the message
/// was sent to.
fn device_sent(chat: &Jid, message: &wa::Message) -> wa::Message {
    wa::Message {
        device_sent_message: MessageField::some(wa::message::DeviceSentMessage {
            destination_jid: Some(chat.to_string()),
            message: MessageField::some(message.clone()),
            ..Default::default()
        }),
        ..Default::default()
    }
}
