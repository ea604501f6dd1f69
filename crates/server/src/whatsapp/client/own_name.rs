//! How the account's own name is sent to WhatsApp. The library sends the name in its presence stanzas. If the name
//! has an `@`, the library encodes it as an address, which WhatsApp cannot read (see `stanza`). So the library
//! gets the name in a reversible spelling without `@`, and the server sends the true name afterwards.

use std::sync::Arc;

use futures_util::FutureExt as _;
use whatsapp_rust::store::persistence_manager::PersistenceManager;
use whatsapp_rust::wacore::types::events::{Event, EventHandler, EventInterest, EventKind};
use whatsapp_rust::{Client, NodeBuilder};

use super::stanza::{self, SendError};

/// The text that replaces each `@` in the name that the library gets: a wide `@` with an invisible variation selector.
/// A person does not type this pair of characters.
const HELD: &str = "\u{FF20}\u{FE0E}";

/// Returns the true name for the name that the library has.
pub(super) fn original(held: &str) -> String {
    held.replace(HELD, "@")
}

/// Replaces the library's name if it has an `@`. Call this before each connection.
pub(super) async fn keep_harmless(device: &PersistenceManager) {
    let held = device.get_device_snapshot().push_name.clone();
    if held.contains('@') {
        device.modify_device(|device| device.push_name = held.replace('@', HELD)).await;
    }
}

/// Sends the account's true name to WhatsApp, if the library has it only with the replacement for `@`. It sends two
/// presence stanzas: the first one has only the name, and the second one also says that this device is unavailable.
pub(super) async fn say(client: &Client) -> Result<(), SendError> {
    let held = client.push_name();
    if held.contains(HELD) {
        let name = original(&held);
        stanza::send(client, &NodeBuilder::new("presence").attr("name", name.as_str()).build()).await?;
        let away = NodeBuilder::new("presence").attr("type", "unavailable").attr("name", name.as_str());
        stanza::send(client, &away.build()).await?;
    }
    Ok(())
}

/// Replaces the `@` in a new name as soon as the library emits the event with the name. The library sends a presence
/// stanza right after this event. The task that emits the event no longer holds the lock of the device record, so this
/// handler gets the lock at once. If another task holds the lock, the library sends the name unchanged. WhatsApp may
/// then end the connection, and the next connection begins with [`keep_harmless`].
pub(super) struct NewNames(pub(super) Arc<PersistenceManager>);

impl EventHandler for NewNames {
    fn handle_event(&self, event: Arc<Event>) {
        drop(event);
        if keep_harmless(&self.0).now_or_never().is_none() {
            tracing::debug!("the account's name could not be made harmless at once");
        }
    }

    fn interest(&self) -> EventInterest {
        EventInterest::of(&[EventKind::SelfPushNameUpdated, EventKind::PairSuccess])
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_is_unchanged_after_its_at_signs_were_replaced_and_restored() {
        for name in ["me@shop", "@", "@@", "Ann", "", "wide ＠ and @"] {
            let held = name.replace('@', HELD);
            assert!(!held.contains('@'));
            assert_eq!(original(&held), name);
        }
    }
}
