//! Requests of linked devices about groups (read a group, list all groups of the account, create a group), and messages
//! to groups. A message has one ciphertext for all members. For members that lack the sender's key, the message also
//! contains the key.

use super::{Answer, Companion};
use crate::codec::{NodeRead, node};
use crate::world::{Account, Group, Member, World, deliver};
use std::sync::Arc;
use wacore_binary::builder::NodeBuilder;
use wacore_binary::{Jid, Node, Server};

/// The error code for a message to a group if the sender is not a member.
const FORBIDDEN: u16 = 403;

pub(super) fn query(c: &Companion, iq: &Node) -> Answer {
    let group = iq.jid("to").and_then(|jid| c.world.groups.by_jid(&jid));
    match group.filter(|group| group.has(&c.account.number)) {
        Some(group) => Answer::Result(vec![describe(&group)]),
        None => Answer::not_found(),
    }
}

pub(super) fn participating(c: &Companion) -> Answer {
    let groups = c.world.groups.all();
    let own = groups.iter().filter(|group| group.has(&c.account.number)).map(|group| describe(group));
    Answer::Result(vec![node("groups").children(own).build()])
}

pub(super) fn create(c: &Companion, iq: &Node) -> Answer {
    let Some(create) = iq.child("create") else {
        return Answer::bad_request();
    };
    let listed = create.all().iter().filter(|child| child.tag == "participant");
    let invited = listed.filter_map(|participant| c.world.registry.by_jid(&participant.jid("jid")?));
    let members = std::iter::once(c.account.clone()).chain(invited).collect();
    let subject = create.text("subject").unwrap_or_default();
    let group = found(&c.world, subject, members, c.account.lid_migrated, c.device);
    Answer::Result(vec![describe(&group)])
}

/// Creates a group and notifies the devices of all members. `author` is the creator's device that sent the request. The
/// server does not notify `author`.
pub fn found(
    world: &World,
    subject: String,
    members: Vec<Arc<Account>>,
    lid: bool,
    author: u16,
) -> Arc<Group> {
    let group = world.groups.add(world, subject, members, lid);
    let Some(creator) = group.members.first() else { return group };
    for (account, device) in group.devices() {
        if account.number == creator.account.number && device == author {
            continue;
        }
        let created = node("create").attr("type", "new").attr("key", world.stanza_id());
        let notification = node("notification")
            .attr("from", group.jid())
            .attr("type", "w:gp2")
            .attr("id", world.stanza_id())
            .attr("participant", creator.account.jid_on(group.server(), 0))
            .attr("t", world.clock.seconds())
            .attr("notify", creator.account.lock().name.clone())
            .children([created.children([describe(&group)]).build()])
            .build();
        account.deliver(device, notification);
    }
    group
}

fn describe(group: &Group) -> Node {
    let participant = |Member { account, admin }: &Member| {
        let person = node("participant").attr("jid", account.jid_on(group.server(), 0));
        let person = if account.hides_number() {
            person
        } else if group.lid {
            person.attr("phone_number", account.pn_jid(0))
        } else {
            person.attr("lid", account.lid_jid(0))
        };
        let person = match (*admin, account.number == group.creator) {
            (_, true) => person.attr("type", "superadmin"),
            (true, false) => person.attr("type", "admin"),
            (false, false) => person,
        };
        person.build()
    };
    let creator = group.members.first().map(|member| member.account.jid_on(group.server(), 0));
    let mut described = node("group")
        .attr("id", group.id.as_str())
        .attr("subject", group.subject.as_str())
        .attr("creation", group.created)
        .attr("s_t", group.created)
        .attr("addressing_mode", if group.lid { "lid" } else { "pn" })
        .attr("p_v_id", "1")
        .attr("size", group.members.len());
    if let Some(creator) = creator {
        described = described.attr("creator", &creator).attr("s_o", creator);
    }
    described.children(group.members.iter().map(participant)).build()
}

/// Starts a stanza that comes from a group. It contains the sending member's phone number and LID. In a group whose
/// members appear by their LIDs, it does not contain the number of a member that hides its number.
pub fn from_group(stanza: NodeBuilder, group: &Group, sender: &Account, device: u16) -> NodeBuilder {
    let stanza = stanza.attr("from", group.jid()).attr("participant", sender.jid_on(group.server(), device));
    if group.lid && sender.hides_number() {
        stanza.attr("addressing_mode", "lid")
    } else if group.lid {
        stanza.attr("addressing_mode", "lid").attr("participant_pn", sender.pn_jid(0))
    } else {
        stanza.attr("addressing_mode", "pn").attr("participant_lid", sender.lid_jid(0))
    }
}

/// Relays a message of a linked device to all other devices in a group. Returns the number of devices, or the
/// error code if the message is refused.
pub(super) fn relay(c: &Companion, message: &Node, to: &Jid) -> Result<u64, u16> {
    let group = c.world.groups.by_jid(to).filter(|group| group.has(&c.account.number)).ok_or(FORBIDDEN)?;
    let listed = message.child("participants").map_or(&[][..], NodeRead::all);
    let shared: Vec<Node> = message.all().iter().filter(|child| child.tag == "enc").cloned().collect();
    // A message that answers a retry receipt goes only to the device that sent the receipt.
    let only = message.jid("participant").filter(|_| listed.is_empty());
    let mut relayed = 0;
    for (account, device) in group.devices() {
        if account.number == c.account.number && device == c.device {
            continue;
        }
        let is = |jid: &Jid| {
            jid.device == device && c.world.registry.by_jid(jid).is_some_and(|a| a.number == account.number)
        };
        if only.as_ref().is_some_and(|only| !is(only)) {
            continue;
        }
        let own = listed.iter().find(|copy| copy.jid("jid").is_some_and(|jid| is(&jid)));
        let content: Vec<Node> =
            own.map_or(&[][..], |copy| copy.all()).iter().chain(&shared).cloned().collect();
        if content.is_empty() {
            continue;
        }
        let stanza = from_group(super::message::envelope(c, message), &group, &c.account, c.device);
        deliver(&c.world, &account, device, super::message::filled(stanza, message, content));
        relayed += 1;
    }
    Ok(relayed)
}

/// Relays a receipt for a message in a group to the sender of the message.
pub(super) fn relay_receipt(c: &Companion, receipt: &Node, to: &Jid) {
    let Some(group) = c.world.groups.by_jid(to) else { return };
    let Some(author) = receipt.jid("participant") else { return };
    let Some(target) = c.world.registry.by_jid(&author) else { return };
    let kind = receipt.text("type");
    let devices = match kind.as_deref() {
        Some("retry") => vec![author.device],
        _ if author.device != 0 => vec![author.device],
        _ => target.device_ids(),
    };
    for device in devices {
        if target.number == c.account.number && device == c.device {
            continue;
        }
        let stanza = node("receipt")
            .attr("from", group.jid())
            .attr("participant", c.account.jid_on(group.server(), c.device))
            .attr("id", receipt.text("id").unwrap_or_default())
            .attr("t", c.world.clock.seconds());
        let stanza = match &kind {
            Some(kind) => stanza.attr("type", kind),
            None => stanza,
        };
        target.deliver(device, stanza.apply_content(receipt.content.clone()).build());
    }
}

/// Whether an address is that of a group.
pub(super) fn is_group(jid: &Jid) -> bool {
    jid.server == Server::Group
}
