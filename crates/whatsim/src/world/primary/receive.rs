//! A phone receives messages. It decrypts the copies for device 0, puts the messages into its inbox and sends a
//! receipt. If it cannot decrypt a message, it requests the message again.

use super::Primary;
use super::log::Known;
use crate::codec::{NodeRead, key_id, node};
use crate::content::{Attached, Content, Undecryptable};
use crate::phone::{EncKind, Peer, SignalError};
use crate::world::{Account, Chat, Group, InboxMessage};
use std::sync::Arc;
use std::sync::atomic::Ordering;
use wacore_binary::{Jid, Node, Server};
use waproto::whatsapp as wa;

/// How often a phone requests the same message again.
const MOST_ASKS: u32 = 5;

/// What is known about a message before it is decrypted: its sender, its group and its id.
struct Origin {
    id: String,
    from: Jid,
    sender: Arc<Account>,
    group: Option<Arc<Group>>,
    peer: bool,
    t: u64,
}

impl Origin {
    fn own(&self, account: &Account) -> bool {
        self.sender.number == account.number
    }
}

impl Primary {
    pub(super) async fn receive(&mut self, stanza: &Node) {
        let (Some(id), Some(from)) = (stanza.text("id"), stanza.jid("from")) else {
            return;
        };
        let group = self.world.groups.by_jid(&from);
        let from = stanza.jid("participant").unwrap_or(from);
        let Some(sender) = self.world.registry.by_jid(&from) else {
            return;
        };
        let t = stanza.text("t").and_then(|t| t.parse().ok()).unwrap_or_default();
        let peer = stanza.text("category").as_deref() == Some("peer");
        let chat = stanza.jid("from").map(|jid| jid.to_non_ad().to_string()).unwrap_or_default();
        let origin = Origin { id, from, sender, group, peer, t };
        for enc in stanza.all().iter().filter(|n| n.tag == "enc") {
            let remote = Peer::new(origin.sender.number.as_str(), origin.from.device);
            let opened = match enc.text("type").as_deref() {
                Some("skmsg") => self.account.phone.decrypt_for_group(&chat, &remote, &enc.payload()).await,
                kind => match kind.and_then(EncKind::parse) {
                    Some(kind) => self.account.phone.decrypt(&remote, kind, &enc.payload()).await,
                    None => continue,
                },
            };
            match opened {
                Ok(message) => {
                    self.take_key(&chat, &remote, &message).await;
                    self.accept(&origin, &message).await;
                    if origin.own(&self.account) && asks_for_app_state_key(&message) {
                        self.share_app_state_key(origin.from.device).await;
                    }
                }
                Err(error) => return self.refuse(&origin, &error),
            }
        }
    }

    /// Stores the sender's key for a group, if the message contains one.
    async fn take_key(&self, chat: &str, sender: &Peer, message: &wa::Message) {
        let inner = message.device_sent_message.message.as_option().unwrap_or(message);
        let Some(key) = inner.sender_key_distribution_message.as_option() else { return };
        let group = key.group_id.as_deref().unwrap_or(chat);
        let key = key.axolotl_sender_key_distribution_message.as_deref().unwrap_or_default();
        if let Err(error) = self.account.phone.accept_sender_key(group, sender, key).await {
            tracing::warn!(%error, "the phone can't use a sender's key");
        }
    }

    async fn accept(&mut self, origin: &Origin, message: &wa::Message) {
        self.asked.remove(&origin.id);
        let own = origin.own(&self.account);
        let sent_on = message.device_sent_message.as_option();
        let inner = sent_on.and_then(|d| d.message.as_option()).unwrap_or(message);
        let content = Content::read(inner);
        // A group message that contains only a sender key has no content, so it is not put into the inbox.
        if content.is_none() && origin.group.is_some() {
            return;
        }
        let to = sent_on.and_then(|d| d.destination_jid.as_deref()?.parse::<Jid>().ok());
        let person =
            to.and_then(|to| self.world.registry.by_jid(&to)).unwrap_or_else(|| origin.sender.clone());
        let chat = match &origin.group {
            Some(group) => Chat::Group(group.clone()),
            None => Chat::Person(person),
        };
        if !origin.peer {
            let known = Known::new(Some(chat.clone()), &origin.sender, origin.t, inner);
            self.log.remember(&origin.id, known);
        }
        if origin.peer && own {
            if let Err(error) = self.answer_peer(origin.from.device, &origin.id, inner).await {
                tracing::warn!(%error, "the phone could not answer its device");
            }
        } else if let Some(mut content) = content {
            self.fetch(&mut content, inner).await;
            self.file(origin, &chat, content, Attached::read(inner));
        }
        let kind = match (origin.peer, own) {
            (true, _) => Some("peer_msg"),
            (_, true) => Some("sender"),
            _ => None,
        };
        if kind.is_none() && !self.account.confirms.load(Ordering::Acquire) {
            return;
        }
        if let Some(receipt) = self.receipt(&self.face(origin), std::slice::from_ref(&origin.id), kind) {
            origin.sender.deliver(origin.from.device, self.in_group(origin, receipt));
        }
    }

    /// The address from which the phone sends a receipt: the group of the message, or the phone's own address.
    fn face(&self, origin: &Origin) -> Jid {
        match &origin.group {
            Some(group) => group.jid(),
            None if self.account.hides_from(&origin.sender.number) => self.account.lid_jid(0),
            None => self.account.jid_on(origin.from.server, 0),
        }
    }

    /// Adds this account as the participant to a receipt for a group message.
    fn in_group(&self, origin: &Origin, mut receipt: Node) -> Node {
        if let Some(group) = &origin.group {
            receipt.attrs.insert("participant", self.account.jid_on(group.server(), 0));
        }
        receipt
    }

    fn refuse(&mut self, origin: &Origin, error: &SignalError) {
        if error.is_repeat() {
            self.account.lock().inbox.repeats += 1;
            return self.world.metrics.repeat();
        }
        tracing::warn!(%error, id = origin.id, "the phone could not decrypt a message");
        let asks = self.asked.entry(origin.id.clone()).or_default();
        *asks += 1;
        let count = *asks;
        let chat = match &origin.group {
            Some(group) => Chat::Group(group.clone()),
            None => Chat::Person(origin.sender.clone()),
        };
        self.file(origin, &chat, Content::Undecryptable(Undecryptable {}), Attached::default());
        let lasting = matches!(error, SignalError::Plaintext { .. });
        if count <= MOST_ASKS && !lasting {
            origin
                .sender
                .deliver(origin.from.device, self.in_group(origin, self.retry_receipt(origin, count)));
        }
    }

    fn file(&self, origin: &Origin, chat: &Chat, content: Content, attached: Attached) {
        let failed = matches!(content, Content::Undecryptable(_));
        let message = InboxMessage {
            index: 0,
            id: origin.id.clone(),
            from: origin.sender.pn_jid(0).to_string(),
            from_device: origin.from.device,
            chat: chat.jid_on(Server::Pn).to_string(),
            from_me: origin.own(&self.account),
            content,
            attached,
            t: origin.t,
        };
        let mut state = self.account.lock();
        if !state.inbox.push(message) && !failed {
            state.inbox.repeats += 1;
            self.world.metrics.repeat();
        }
    }

    /// Builds a receipt that requests a message again. It contains the keys for a new session.
    fn retry_receipt(&self, origin: &Origin, count: u32) -> Node {
        let now = self.world.clock.seconds();
        let bundle = self.account.phone.prekey_bundle();
        let key = node("key").children([
            node("id").bytes(key_id(bundle.prekey_id)).build(),
            node("value").bytes(bundle.prekey.to_vec()).build(),
        ]);
        let signed = node("skey").children([
            node("id").bytes(key_id(bundle.signed_prekey_id)).build(),
            node("value").bytes(bundle.signed_prekey.to_vec()).build(),
            node("signature").bytes(bundle.signed_prekey_signature.to_vec()).build(),
        ]);
        let keys = node("keys").children([
            node("type").bytes(vec![crate::stanza::prekeys::KEY_TYPE]).build(),
            node("identity").bytes(bundle.identity.to_vec()).build(),
            key.build(),
            signed.build(),
        ]);
        let retry =
            node("retry").attr("v", "1").attr("count", count).attr("id", &origin.id).attr("t", origin.t);
        node("receipt")
            .attr("from", self.face(origin))
            .attr("id", &origin.id)
            .attr("type", "retry")
            .attr("t", now)
            .children([
                retry.build(),
                node("registration").bytes(bundle.registration_id.to_be_bytes().to_vec()).build(),
                keys.build(),
            ])
            .build()
    }
}

/// Whether the message of a companion asks the phone for its app-state key. A companion asks if it has lost the
/// key or never got it.
fn asks_for_app_state_key(message: &wa::Message) -> bool {
    message.protocol_message.as_option().is_some_and(|protocol| protocol.app_state_sync_key_request.is_set())
}
