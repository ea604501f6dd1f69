//! Messages from a linked device: each copy goes to the device that it is encrypted for, then the sender gets its
//! ack. The server reads nothing of them.

use super::{Companion, limits};
use crate::codec::{NodeRead, node};
use crate::world::Account;
use std::sync::Arc;
use wacore_binary::{Jid, Node, Server};

/// Attributes of the sender's stanza that every recipient sees.
const CARRIED: [&str; 4] = ["type", "edit", "category", "push_priority"];
/// Children that are the server's business, not the recipients'.
const KEPT_BACK: [&str; 5] = ["participants", "enc", "device-identity", "tctoken", "cstoken"];

pub(super) fn relay(c: &Companion, message: &Node) {
    let Some(to) = message.jid("to") else { return };
    if !(to.server.is_pn_family() || to.server.is_lid_family()) {
        c.world.unknown(message);
        return c.ack(message, "message");
    }
    let recipient = c.world.registry.by_jid(&to).filter(|account| account.number != c.account.number);
    let chat = recipient.as_ref().map_or(&*to.user, |account| &account.number);
    if repeated(c, message, chat) {
        c.world.metrics.repeat();
        return c.ack(message, "message");
    }
    if let Some(recipient) = &recipient {
        if let Some(error) = limits::refusal(c, recipient, message) {
            return c.refuse_message(message, error);
        }
        recipient.hear_from(&c.account.number);
    }
    let envelope = Envelope::of(c, message);
    let mut relayed = 0;
    for (jid, content) in copies(message, &to) {
        let Some(target) = c.world.registry.by_jid(&jid) else {
            continue;
        };
        let stanza = envelope.address(&target, &jid, &to, content);
        target.deliver(jid.device, stanza);
        relayed += 1;
    }
    c.world.metrics.relayed(relayed);
    c.ack(message, "message");
}

/// Whether this account sent a message with this id to this chat before. What answers a retry receipt goes to one
/// device, and what is between the account's own devices is no message of a chat: both may repeat an id.
fn repeated(c: &Companion, message: &Node, chat: &str) -> bool {
    if message.child("participants").is_none() {
        return false;
    }
    message.text("id").is_some_and(|id| !c.account.lock().sent.insert(chat, &id))
}

/// Whom the copies are for: the listed participants, or the addressed device alone (retries, peer messages).
fn copies(message: &Node, to: &Jid) -> Vec<(Jid, Vec<Node>)> {
    let listed: Vec<(Jid, Vec<Node>)> = message
        .child("participants")
        .map_or(&[][..], NodeRead::all)
        .iter()
        .filter_map(|copy| Some((copy.jid("jid")?, copy.all().to_vec())))
        .collect();
    if !listed.is_empty() {
        return listed;
    }
    vec![(to.clone(), message.all().iter().filter(|child| child.tag == "enc").cloned().collect())]
}

/// What all copies of one message have in common.
struct Envelope<'a> {
    sender: &'a Account,
    device: u16,
    name: String,
    message: &'a Node,
    common: Vec<Node>,
    t: u64,
}

impl<'a> Envelope<'a> {
    fn of(c: &'a Companion, message: &'a Node) -> Self {
        let common =
            message.all().iter().filter(|child| !KEPT_BACK.contains(&&*child.tag)).cloned().collect();
        let name = c.account.lock().name.clone();
        Self { sender: &c.account, device: c.device, name, message, common, t: c.world.clock.seconds() }
    }

    /// One copy, as its recipient gets it. The sender appears in the form that the recipient was addressed by.
    fn address(&self, target: &Arc<Account>, jid: &Jid, chat: &Jid, content: Vec<Node>) -> Node {
        let mut stanza = node("message")
            .attr("from", self.sender.jid_on(jid.server, self.device))
            .attr("id", self.message.text("id").unwrap_or_default())
            .attr("t", self.t)
            .attr("notify", &self.name);
        for key in CARRIED {
            if let Some(value) = self.message.text(key) {
                stanza = stanza.attr(key, value);
            }
        }
        stanza = if jid.server == Server::Lid {
            stanza.attr("addressing_mode", "lid").attr("sender_pn", self.sender.pn_jid(0))
        } else {
            stanza.attr("sender_lid", self.sender.lid_jid(0))
        };
        // An own device is told which chat the copy belongs to.
        if target.number == self.sender.number && self.message.text("category").as_deref() != Some("peer") {
            stanza = stanza.attr("recipient", chat.to_non_ad());
        }
        let starts_session = content.iter().any(|enc| enc.text("type").as_deref() == Some("pkmsg"));
        let mut children = content;
        children.extend(self.common.iter().cloned());
        if starts_session && let Some(identity) = self.message.child("device-identity") {
            children.push(identity.clone());
        }
        stanza.children(children).build()
    }
}
