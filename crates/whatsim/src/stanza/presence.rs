//! Presence: who is online. The server notifies the devices that subscribed to an account's presence. An account
//! becomes unavailable when its last device disconnects.

use super::Companion;
use crate::codec::{NodeRead, node};
use crate::world::{Account, DeviceAddress, World};
use std::collections::BTreeSet;
use wacore_binary::{Jid, Node, Server};

pub(super) fn handle(c: &Companion, presence: &Node) {
    match presence.text("type").as_deref() {
        None | Some("available") => {
            if let Some(name) = presence.text("name").filter(|name| !name.is_empty()) {
                c.account.lock().name = name;
            }
            set(&c.world, &c.account, true);
        }
        Some("unavailable") => set(&c.world, &c.account, false),
        Some("subscribe") => subscribe(c, presence),
        Some("unsubscribe") => unsubscribe(c, presence),
        Some(_) => {
            c.world.unknown(presence);
        }
    }
}

/// Handles the end of a device's connection. If no other device of the account is connected, the account becomes
/// unavailable.
pub(super) fn gone(c: &Companion) {
    let anyone = c.account.lock().devices.values().any(|device| device.link().is_some());
    if !anyone {
        set(&c.world, &c.account, false);
    }
}

fn set(world: &World, account: &Account, available: bool) {
    let watchers = {
        let mut state = account.lock();
        if state.available == available {
            return;
        }
        state.available = available;
        state.presence_watchers.clone()
    };
    tell(world, account, available, &watchers);
}

fn subscribe(c: &Companion, presence: &Node) {
    let Some(to) = presence.jid("to") else { return };
    let Some(target) = c.world.registry.by_jid(&to) else {
        return;
    };
    let available = {
        let mut state = target.lock();
        state.presence_watchers.insert(c.address());
        state.available
    };
    // WhatsApp does not say whether a person is online if the person hides this. In the simulation, nobody hides this.
    c.link.send(stanza(target.jid_on(to.server, 0), available, c.world.clock.seconds()));
}

fn unsubscribe(c: &Companion, presence: &Node) {
    let Some(target) = presence.jid("to").and_then(|to| c.world.registry.by_jid(&to)) else {
        return;
    };
    target.lock().presence_watchers.remove(&c.address());
}

fn tell(world: &World, account: &Account, available: bool, watchers: &BTreeSet<DeviceAddress>) {
    for DeviceAddress { number, device } in watchers {
        let Some(watcher) = world.registry.by_number(number) else {
            continue;
        };
        let server = if watcher.lid_migrated { Server::Lid } else { Server::Pn };
        let stanza = stanza(account.jid_on(server, 0), available, world.clock.seconds());
        if let Some(device) = watcher.lock().devices.get_mut(device) {
            device.send_now(stanza.into(), world.clock.seconds());
        }
    }
}

fn stanza(from: Jid, available: bool, now: u64) -> Node {
    let presence = node("presence").attr("from", from);
    if available {
        return presence.attr("type", "available").build();
    }
    presence.attr("type", "unavailable").attr("last", now).build()
}
