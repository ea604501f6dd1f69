//! A person changes the name on a phone.

use crate::phone::CRITICAL_BLOCK;
use crate::stanza::app_state::server_sync;
use crate::world::{Account, World};

/// Changes the phone's push name in app state. Every linked device is notified.
pub fn rename(world: &World, account: &Account, name: &str) {
    let mut state = account.lock();
    state.name = name.to_owned();
    let collection = state.collections.entry(CRITICAL_BLOCK.to_owned()).or_default();
    let version = collection.version() + 1;
    let patch = account.phone.push_name_patch(name, version, world.clock.millis());
    collection.append(patch);
    for device in state.devices.values_mut() {
        device.deliver(server_sync(world, &[(CRITICAL_BLOCK.to_owned(), version)]).into());
    }
}
