//! A phone receives: decrypts what is addressed to device 0, puts it in its inbox and says so to the sender, or
//! asks for it again.

use super::Primary;
use super::log::Known;
use crate::codec::{NodeRead, key_id, node};
use crate::content::{Attached, Content, Undecryptable};
use crate::phone::{EncKind, Peer, SignalError};
use crate::world::{Account, Chat, InboxMessage};
use std::sync::Arc;
use wacore_binary::{Jid, Node, Server};
use waproto::whatsapp as wa;

/// How often a phone asks for one message again.
const MOST_ASKS: u32 = 5;

/// Where a message came from.
struct Origin {
    id: String,
    from: Jid,
    sender: Arc<Account>,
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
        let Some(sender) = self.world.registry.by_jid(&from) else {
            return;
        };
        let t = stanza.text("t").and_then(|t| t.parse().ok()).unwrap_or_default();
        let peer = stanza.text("category").as_deref() == Some("peer");
        let origin = Origin { id, from, sender, peer, t };
        for enc in stanza.all().iter().filter(|n| n.tag == "enc") {
            let Some(kind) = enc.text("type").as_deref().and_then(EncKind::parse) else {
                continue;
            };
            let remote = Peer::new(origin.sender.number.as_str(), origin.from.device);
            match self.account.phone.decrypt(&remote, kind, &enc.payload()).await {
                Ok(message) => {
                    self.accept(&origin, &message);
                    if origin.own(&self.account) && asks_for_app_state_key(&message) {
                        self.share_app_state_key(origin.from.device).await;
                    }
                }
                Err(error) => self.refuse(&origin, &error),
            }
        }
    }

    fn accept(&mut self, origin: &Origin, message: &wa::Message) {
        self.asked.remove(&origin.id);
        let own = origin.own(&self.account);
        let sent_on = message.device_sent_message.as_option();
        let inner = sent_on.and_then(|d| d.message.as_option()).unwrap_or(message);
        let to = sent_on.and_then(|d| d.destination_jid.as_deref()?.parse::<Jid>().ok());
        let person =
            to.and_then(|to| self.world.registry.by_jid(&to)).unwrap_or_else(|| origin.sender.clone());
        let chat = Chat::Person(person);
        if !origin.peer {
            let known = Known::new(Some(chat.clone()), &origin.sender, origin.t, inner);
            self.log.remember(&origin.id, known);
        }
        if !origin.peer
            && let Some(content) = Content::read(inner)
        {
            self.file(origin, &chat, content, Attached::read(inner));
        }
        let kind = match (origin.peer, own) {
            (true, _) => Some("peer_msg"),
            (_, true) => Some("sender"),
            _ => None,
        };
        let me = self.account.jid_on(origin.from.server, 0);
        if let Some(receipt) = self.receipt(&me, std::slice::from_ref(&origin.id), kind) {
            origin.sender.deliver(origin.from.device, receipt);
        }
    }

    fn refuse(&mut self, origin: &Origin, error: &SignalError) {
        tracing::warn!(%error, id = origin.id, "the phone could not decrypt a message");
        let asks = self.asked.entry(origin.id.clone()).or_default();
        *asks += 1;
        let count = *asks;
        let chat = Chat::Person(origin.sender.clone());
        self.file(origin, &chat, Content::Undecryptable(Undecryptable {}), Attached::default());
        let lasting = matches!(error, SignalError::Plaintext { .. });
        if count <= MOST_ASKS && !lasting {
            origin.sender.deliver(origin.from.device, self.retry_receipt(origin, count));
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

    /// Asks a device to send a message again, with the keys for a new session.
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
            .attr("from", self.account.jid_on(origin.from.server, 0))
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

/// A companion that lost its app-state key, or never got it, asks the phone.
fn asks_for_app_state_key(message: &wa::Message) -> bool {
    message.protocol_message.as_option().is_some_and(|protocol| protocol.app_state_sync_key_request.is_set())
}
