//! How the account's own name is sent to WhatsApp. The library sends the name in its presence stanzas. If the name
//! has an `@`, the library encodes it as an address, which WhatsApp cannot read (see `stanza`). So the library
//! gets the name in a reversible spelling without `@`, and the server sends the true name afterwards.

use std::sync::Arc;

use futures_util::FutureExt as _;
use whatsapp_rust::store::persistence_manager::PersistenceManager;
use whatsapp_rust::wacore::types::events::{Event, EventHandler, EventInterest, EventKind};
use whatsapp_rust::{Client, NodeBuilder};

use super::stanza::{self, SendError};

/// Replaces an `@` in the name that the library gets. It is a wide `@` with an invisible variation selector, which
/// nobody types together.
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

/// If the library sent a replaced name, sends the true name: first as a name, and then as the name of an
/// unavailable device.
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

/// Replaces a new name while the library announces it, because the library sends a presence stanza right after
/// that. The announcement comes from the task that learned the name. This task no longer holds the lock of the
/// device record, so nothing has to wait. If another task holds the lock, the name is sent unchanged. WhatsApp may
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
    fn a_name_whose_at_signs_were_replaced_is_restored() {
        for name in ["me@shop", "@", "@@", "Ann", "", "wide ＠ and @"] {
            let held = name.replace('@', HELD);
            assert!(!held.contains('@'));
            assert_eq!(original(&held), name);
        }
    }
}
