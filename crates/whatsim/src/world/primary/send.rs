//! A phone sends: one Signal message for each device of the other account and for each of its own.

use super::desk::Writing;
use super::log::Known;
use super::{Primary, device_bundle};
use crate::codec::node;
use crate::content::{Draft, Invalid};
use crate::phone::{Peer, Sealed, SignalError};
use crate::world::{Account, Chat, KeyError, message_id};
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
    /// Its id.
    pub id: String,
    /// Seconds since 1970 at which the server took it.
    pub t: u64,
    /// For how many devices it was encrypted.
    pub devices: usize,
}

/// Why a phone could not send.
#[derive(Debug, thiserror::Error)]
pub enum SendError {
    /// The draft breaks a rule.
    #[error(transparent)]
    Invalid(#[from] Invalid),
    /// Signal refused.
    #[error(transparent)]
    Signal(#[from] SignalError),
    /// The other device uploaded keys that are none.
    #[error(transparent)]
    Keys(#[from] KeyError),
    /// The device was unlinked in the meantime.
    #[error("device {0} is not linked")]
    NoDevice(u16),
    /// A fault has the phone switched off.
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
        let Chat::Person(person) = &to;
        let mut devices = 0;
        for device in person.device_ids() {
            // A note to self goes to the linked devices only.
            if device == 0 && person.number == own.number {
                continue;
            }
            devices += usize::from(self.send_to(person, &to, device, &id, &message, None).await?);
        }
        if person.number != own.number {
            person.hear_from(&own.number);
            for device in own.device_ids().into_iter().filter(|device| *device != 0) {
                devices += usize::from(self.send_to(&own, &to, device, &id, &message, None).await?);
            }
        }
        self.log.remember(&id, Known::new(Some(to), &own, t, &message));
        self.world.metrics.relayed(devices as u64);
        Ok(Sent { id, t, devices })
    }

    /// The chat of the message that a draft changes.
    fn chat_of_target(&self, draft: &Draft) -> Result<Chat, SendError> {
        let Some(target) = draft.content.target() else {
            return Err(Invalid::new("to", "is missing").into());
        };
        let known = self.log.find(target, None).and_then(|known| known.chat.clone());
        let field = format!("{}.messageId", draft.content.name());
        known.ok_or_else(|| Invalid::new(field, format!("this phone has no message {target}")).into())
    }

    /// The form of address that this phone's chats use.
    pub(super) fn server(&self) -> Server {
        if self.account.lid_migrated { Server::Lid } else { Server::Pn }
    }

    /// Encrypts one chat message for one device. `chat` is whom the message is for, `target` whose device gets this
    /// copy: one of its members, or the phone's own account. `false` when the device is gone.
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
        let kind = wacore::send::stanza_type_from_message(message);
        let mut stanza =
            self.stanza(server, id).attr("type", kind).attr("notify", self.account.lock().name.clone());
        let edit = EditAttribute::infer_from_message(message);
        if let Some(edit) = &edit {
            stanza = stanza.attr("edit", edit.to_string_val());
        }
        if own {
            stanza = stanza.attr("recipient", chat_jid);
        }
        let mut enc = enc(&sealed, retry);
        if let Some(media) = wacore::send::media_type_from_message(message) {
            enc.attrs.insert("mediatype", media);
        }
        if wacore::send::should_hide_decrypt_fail_for_send(edit.as_ref(), message) {
            enc.attrs.insert("decrypt-fail", "hide");
        }
        target.deliver(device, stanza.children([enc]).build());
        Ok(true)
    }

    /// A message stanza from this phone, addressed as `server` says, with the other form beside it.
    fn stanza(&self, server: Server, id: &str) -> NodeBuilder {
        let stanza = node("message").attr("from", self.account.jid_on(server, 0)).attr("id", id);
        let stanza = if server.is_lid_family() {
            stanza.attr("addressing_mode", "lid").attr("sender_pn", self.account.pn_jid(0))
        } else {
            stanza.attr("sender_lid", self.account.lid_jid(0))
        };
        stanza.attr("t", self.world.clock.seconds())
    }

    /// Encrypts for one device, starting a session if there is none or if `anew`.
    pub(super) async fn seal(
        &self,
        target: &Arc<Account>,
        device: u16,
        message: &wa::Message,
        anew: bool,
    ) -> Result<Sealed, SendError> {
        let phone = &self.account.phone;
        let peer = Peer::new(target.number.as_str(), device);
        if anew {
            phone.forget_session(&peer);
        }
        let bundle = if phone.has_session(&peer) {
            None
        } else {
            let bundle = device_bundle(&self.world, target, device)?;
            Some(bundle.ok_or(SendError::NoDevice(device))?)
        };
        Ok(phone.encrypt(&peer, bundle.as_ref(), message).await?)
    }

    /// A receipt for messages of another account, to each of its devices.
    pub(super) fn send_receipt(&self, to: &Arc<Account>, ids: &[String], kind: Option<&'static str>) {
        for device in to.device_ids() {
            if let Some(receipt) = self.receipt(&Jid::pn(self.account.number.as_str()), ids, kind) {
                to.deliver(device, receipt);
            }
        }
    }

    /// A receipt stanza for one or more messages. `None` without any.
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

/// The `<enc>` of a sealed message; `retry` is the count of the retry receipt that it answers.
pub(super) fn enc(sealed: &Sealed, retry: Option<u32>) -> Node {
    let mut enc = node("enc").attr("v", "2").attr("type", sealed.kind.as_str());
    if let Some(count) = retry {
        enc = enc.attr("count", count);
    }
    enc.bytes(sealed.bytes.clone()).build()
}

/// What the sender's own devices get: the message and whom it went to.
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
