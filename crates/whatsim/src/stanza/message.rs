//! Messages from a linked device. The server delivers each copy to the device that it is encrypted for, and then
//! acknowledges the message to the sender. It cannot read the messages.

use super::{Companion, groups, limits, status};
use crate::codec::{NodeRead, node};
use crate::faults::{FaultKind, Target};
use crate::world::{Account, deliver};
use std::sync::Arc;
use std::time::Duration;
use wacore_binary::builder::NodeBuilder;
use wacore_binary::{Jid, Node, Server};

/// The error code for an invalid message.
const MALFORMED: u16 = 479;
/// The attributes of the sender's stanza that are copied to the recipients' stanzas.
const CARRIED: [&str; 4] = ["type", "edit", "category", "push_priority"];
/// The children of the sender's stanza that are not copied to the recipients' stanzas.
const KEPT_BACK: [&str; 5] = ["participants", "enc", "device-identity", "tctoken", "cstoken"];

pub(super) fn relay(c: &Companion, message: &Node) {
    let Some(to) = message.jid("to") else {
        tracing::warn!(device = %c.address(), "a message has no address: {}", crate::codec::render(message));
        return c.refuse_message(message, MALFORMED);
    };
    if is_resend(message) && loses_resends(c) {
        return lose(c, message);
    }
    let fate = fate(c, message);
    if let Some(Fate::Refused(code)) = fate {
        return c.refuse_message(message, code);
    }
    if let Some(Fate::Lost) = fate {
        return;
    }
    let person = to.server.is_pn_family() || to.server.is_lid_family();
    if !person {
        return relay_to_many(c, message, &to, fate);
    }
    let recipient = c.world.registry.by_jid(&to).filter(|account| account.number != c.account.number);
    let chat = recipient.as_ref().map_or(&*to.user, |account| &account.number);
    if repeated(c, message, chat) {
        c.world.metrics.repeat();
        return acknowledge(c, message, fate);
    }
    if let Some(recipient) = &recipient {
        if let Some(error) = limits::refusal(c, recipient, message) {
            return c.refuse_message(message, error);
        }
        recipient.hear_from(&c.account.number);
    }
    let mut relayed = 0;
    for (jid, content) in copies(message, &to) {
        let Some(target) = c.world.registry.by_jid(&jid) else {
            continue;
        };
        let stanza = filled(address(c, message, &target, &jid, &to), message, content);
        deliver(&c.world, &target, jid.device, stanza);
        relayed += 1;
    }
    c.world.metrics.relayed(relayed);
    acknowledge(c, message, fate);
}

/// What a fault does to a device's message instead of the normal delivery.
#[derive(Clone, Copy)]
enum Fate {
    /// The server refuses the message.
    Refused(u16),
    /// The message is lost.
    Lost,
    /// The server accepts the message and never acknowledges it.
    Unanswered,
    /// The server accepts the message and acknowledges it late.
    Late(Duration),
}

fn fate(c: &Companion, message: &Node) -> Option<Fate> {
    if !c.world.faults.any_on_messages() || message.text("category").as_deref() == Some("peer") {
        return None;
    }
    let meeting = |kind: &FaultKind| {
        matches!(kind, FaultKind::AckError(_) | FaultKind::NoAck(_) | FaultKind::SlowAck(_))
    };
    let sender = Target::Device(&c.account.number, c.device);
    match c.world.faults.next(sender, c.world.clock.now(), meeting)? {
        FaultKind::AckError(params) => Some(Fate::Refused(params.code)),
        FaultKind::NoAck(params) if params.lost => Some(Fate::Lost),
        FaultKind::NoAck(_) => Some(Fate::Unanswered),
        FaultKind::SlowAck(params) => Some(Fate::Late(Duration::from_millis(params.delay_ms))),
        _ => None,
    }
}

/// Whether the message answers a retry receipt.
fn is_resend(message: &Node) -> bool {
    message.all().iter().any(|enc| enc.tag == "enc" && enc.text("count").is_some())
}

fn loses_resends(c: &Companion) -> bool {
    let sender = Target::Device(&c.account.number, c.device);
    c.world.faults.any_on_messages()
        && c.world.faults.next(sender, c.world.clock.now(), |kind| *kind == FaultKind::LostResend).is_some()
}

/// Simulates that the device's process ended after it acknowledged a retry receipt, and before it sent the message
/// again.
fn lose(c: &Companion, message: &Node) {
    if let Some(id) = message.text("id")
        && let Some(device) = c.account.lock().devices.get_mut(&c.device)
    {
        device.queue.settle("receipt", &id, message.jid("to").as_ref());
    }
    c.link.sever();
}

fn acknowledge(c: &Companion, message: &Node, fate: Option<Fate>) {
    match fate {
        Some(Fate::Unanswered) => {}
        Some(Fate::Late(delay)) => {
            let (link, ack) = (c.link.clone(), c.confirmation(message, "message").build());
            c.world.tasks.spawn(async move {
                if link.hung_up.run_until_cancelled(tokio::time::sleep(delay)).await.is_some() {
                    link.send(ack);
                }
            });
        }
        _ => c.ack(message, "message"),
    }
}

/// Relays a message to a group, or a status post to its recipients.
fn relay_to_many(c: &Companion, message: &Node, to: &Jid, fate: Option<Fate>) {
    if repeated(c, message, &to.user) {
        c.world.metrics.repeat();
        return acknowledge(c, message, fate);
    }
    let relayed = if groups::is_group(to) {
        groups::relay(c, message, to)
    } else if status::is_status(to) {
        Ok(status::relay(c, message, to))
    } else {
        c.world.unknown(message);
        Ok(0)
    };
    match relayed {
        Ok(copies) => {
            c.world.metrics.relayed(copies);
            acknowledge(c, message, fate);
        }
        Err(code) => c.refuse_message(message, code),
    }
}

/// Whether this account has already sent a message with this id to this chat. Two kinds of messages may have the
/// id of an earlier one: answers to retry receipts, and messages between the account's own devices.
fn repeated(c: &Companion, message: &Node, chat: &str) -> bool {
    let exempt = message.text("category").as_deref() == Some("peer")
        || message.text("participant").is_some()
        || message.jid("to").is_some_and(|to| to.device != 0)
        || is_resend(message);
    !exempt && message.text("id").is_some_and(|id| !c.account.lock().sent.insert(chat, &id))
}

/// The devices that get copies of a message, each with its ciphertexts. If the message lists no participants, only
/// the addressed device gets a copy.
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

/// Starts the stanza for recipients, with the attributes that all copies of a message share.
pub(super) fn envelope(c: &Companion, message: &Node) -> NodeBuilder {
    let mut stanza = node("message")
        .attr("id", message.text("id").unwrap_or_default())
        .attr("t", c.world.clock.seconds())
        .attr("notify", c.account.lock().name.clone());
    for key in CARRIED {
        if let Some(value) = message.text(key) {
            stanza = stanza.attr(key, value);
        }
    }
    stanza
}

/// Completes the stanza of one copy: adds the ciphertexts, and those children of the message that recipients see.
pub(super) fn filled(stanza: NodeBuilder, message: &Node, content: Vec<Node>) -> Node {
    let starts_session = content.iter().any(|enc| enc.text("type").as_deref() == Some("pkmsg"));
    let mut children = content;
    children.extend(message.all().iter().filter(|child| !KEPT_BACK.contains(&&*child.tag)).cloned());
    if starts_session && let Some(identity) = message.child("device-identity") {
        children.push(identity.clone());
    }
    stanza.children(children).build()
}

/// Starts the stanza for one device of a person. `jid` is the address of that device in the sender's message. If `jid`
/// is a LID, the new stanza comes from the sender's LID, and otherwise from the sender's phone number. If the sender
/// hides its number from this person, the stanza always comes from the LID.
fn address(c: &Companion, message: &Node, target: &Arc<Account>, jid: &Jid, chat: &Jid) -> NodeBuilder {
    let sender = &c.account;
    let own = target.number == sender.number;
    let hidden = !own && sender.hides_from(&target.number);
    let server = if hidden { Server::Lid } else { jid.server };
    let stanza = envelope(c, message).attr("from", sender.jid_on(server, c.device));
    let mut stanza = match server {
        Server::Lid if hidden => stanza.attr("addressing_mode", "lid"),
        Server::Lid => stanza.attr("addressing_mode", "lid").attr("sender_pn", sender.pn_jid(0)),
        _ => stanza.attr("sender_lid", sender.lid_jid(0)),
    };
    // The sender's other devices get the attribute `recipient`, because they need to know which chat the message
    // belongs to.
    if own && message.text("category").as_deref() != Some("peer") {
        stanza = stanza.attr("recipient", chat.to_non_ad());
    }
    stanza
}
