//! Changes of an account's device list. The server notifies the account's own devices and all devices that asked
//! for the list. Without this, senders would use the old list, and a new device would get no messages.

use super::{Account, DeviceAddress, World};
use crate::codec::node;
use std::collections::BTreeSet;
use std::sync::Arc;
use wacore_binary::{Jid, Node, Server};

/// Notifies the devices in `audience` about a new device, except the new device itself.
pub fn announce_added(world: &World, account: &Arc<Account>, device: u16, key_index: u32) {
    let indexes = account.lock().key_indexes();
    let list = account.phone.key_index_list(&indexes, world.clock.seconds());
    let entry = node("device")
        .attr("jid", account.pn_jid(device))
        .attr("lid", account.lid_jid(device))
        .attr("key-index", key_index)
        .build();
    let list = node("key-index-list").attr("ts", world.clock.seconds()).bytes(list).build();
    tell(world, account, device, node("add").children([entry, list]).build());
}

/// Notifies the devices in `audience` that a device was unlinked.
fn announce_removed(world: &World, account: &Arc<Account>, device: u16) {
    let entry =
        node("device").attr("jid", account.pn_jid(device)).attr("lid", account.lid_jid(device)).build();
    let list = node("key-index-list").attr("ts", world.clock.seconds()).build();
    tell(world, account, device, node("remove").children([entry, list]).build());
}

/// Unlinks a device. Its connection ends with the error `device_removed`, and its keys and queue are deleted.
/// Returns `false` if there is no such device.
pub fn unlink(world: &World, account: &Arc<Account>, device: u16) -> bool {
    let Some(removed) = account.lock().devices.remove(&device) else {
        return false;
    };
    if let Some(link) = removed.link() {
        link.send(crate::stanza::stream::device_removed());
        link.close();
    }
    account.phone.forget_session(&crate::phone::Peer::new(account.number.as_str(), device));
    announce_removed(world, account, device);
    true
}

/// The devices that are notified of changes to an account: its linked devices, and the devices that asked for its
/// device list.
pub fn audience(account: &Account) -> BTreeSet<DeviceAddress> {
    let state = account.lock();
    let own = state.devices.keys().map(|device| account.address(*device));
    state.watchers.iter().cloned().chain(own).collect()
}

fn tell(world: &World, account: &Arc<Account>, about: u16, change: Node) {
    let mut audience = audience(account);
    audience.remove(&account.address(about));
    for DeviceAddress { number, device } in audience {
        let Some(target) = world.registry.by_number(&number) else {
            continue;
        };
        let server = if account.hides_from(&number) { Server::Lid } else { Server::Pn };
        let notification = node("notification")
            .attr("from", account.jid_on(server, 0))
            .attr("lid", Jid::lid(account.lid.as_str()))
            .attr("type", "devices")
            .attr("id", world.stanza_id())
            .attr("t", world.clock.seconds())
            .children([change.clone()])
            .build();
        target.deliver(device, notification);
    }
}
