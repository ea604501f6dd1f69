//! A device becomes active. The server announces the waiting stanzas, sends all of them at once, and then says that it
//! has sent all. It accepts `offline_batch` requests, but they change nothing.

use super::{Answer, Companion};
use crate::codec::{node, server_jid};
use crate::world::Presence;
use wacore_binary::Node;

pub(super) fn go_active(c: &Companion, iq: &Node) -> Answer {
    Answer::done().send(&c.link, iq);
    drain(c);
    Answer::Sent
}

pub(super) fn go_passive(c: &Companion) -> Answer {
    let mut state = c.account.lock();
    if let Some(device) = state.devices.get_mut(&c.device)
        && device.link().is_some_and(|link| link.id == c.link.id)
    {
        device.presence = Presence::Passive(c.link.clone());
    }
    Answer::done()
}

/// Sends the waiting stanzas and makes the device active. The account is locked meanwhile, so that new stanzas come
/// after the waiting ones.
pub(super) fn drain(c: &Companion) {
    let mut state = c.account.lock();
    let Some(device) = state.devices.get_mut(&c.device) else {
        return;
    };
    if device.link().is_none_or(|link| link.id != c.link.id) {
        return;
    }
    // Do nothing if the device is already active, because it has got all waiting stanzas.
    if matches!(device.presence, Presence::Active(_)) {
        return;
    }
    let queue = &device.queue;
    let preview = node("offline_preview")
        .attr("count", queue.len())
        .attr("message", queue.count("message"))
        .attr("receipt", queue.count("receipt"))
        .attr("notification", queue.count("notification"))
        .attr("appdata", 0)
        .attr("call", 0)
        .attr("status", 0);
    c.link.send(ib(preview.build()));
    for stanza in queue.offline() {
        c.link.send(stanza);
    }
    c.link.send(ib(node("offline").attr("count", queue.len()).build()));
    device.presence = Presence::Active(c.link.clone());
    device.catch_up(c.world.clock.seconds());
}

fn ib(child: Node) -> Node {
    node("ib").attr("from", server_jid()).children([child]).build()
}
