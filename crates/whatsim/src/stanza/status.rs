//! Status posts, which go to everybody who may see the status. The sender of a post lists the recipients.

use super::{Companion, message};
use crate::codec::NodeRead;
use crate::world::deliver;
use wacore_binary::{Jid, Node, STATUS_BROADCAST_USER, Server};

/// Whether this is the address of status posts.
pub(super) fn is_status(jid: &Jid) -> bool {
    jid.server == Server::Broadcast && jid.user == STATUS_BROADCAST_USER
}

/// Sends a post to the devices that the sender lists. Returns the number of devices.
pub(super) fn relay(c: &Companion, post: &Node, to: &Jid) -> u64 {
    let listed = post.child("participants").map_or(&[][..], NodeRead::all);
    let shared: Vec<Node> = post.all().iter().filter(|child| child.tag == "enc").cloned().collect();
    let mut relayed = 0;
    for copy in listed {
        let Some(jid) = copy.jid("jid") else { continue };
        let Some(target) = c.world.registry.by_jid(&jid) else { continue };
        let content: Vec<Node> = copy.all().iter().chain(&shared).cloned().collect();
        let stanza = message::envelope(c, post)
            .attr("from", to)
            .attr("participant", c.account.jid_on(jid.server, c.device));
        deliver(&c.world, &target, jid.device, message::filled(stanza, post, content));
        relayed += 1;
    }
    relayed
}
