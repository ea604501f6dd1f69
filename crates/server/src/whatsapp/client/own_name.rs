//! How the account's own name is sent to WhatsApp. The library sends it in its own presences, and encodes a name with
//! an `@` as an address that WhatsApp cannot read (see `stanza`). So the library gets the name in a reversible form
//! without `@`, and we send the true name afterwards.

use std::sync::Arc;

use futures_util::FutureExt as _;
use whatsapp_rust::store::persistence_manager::PersistenceManager;
use whatsapp_rust::wacore::types::events::{Event, EventHandler, EventInterest, EventKind};
use whatsapp_rust::{Client, NodeBuilder};

use super::stanza::{self, SendError};

/// The replacement for an `@` in the library's name: a wide `@` and an invisible variation selector. Nobody types the
/// two together.
const HELD: &str = "\u{FF20}\u{FE0E}";

/// The true name, from the name that the library has.
pub(super) fn original(held: &str) -> String {
    held.replace(HELD, "@")
}

/// Replaces the library's name if it could not be sent. Call it before each connection.
pub(super) async fn keep_harmless(device: &PersistenceManager) {
    let held = device.get_device_snapshot().push_name.clone();
    if held.contains('@') {
        device.modify_device(|device| device.push_name = held.replace('@', HELD)).await;
    }
}

/// Sends the true name if the library sent the replaced one: first as a name, then as the name of an unavailable
/// device.
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

/// Replaces a new name while the library announces it, because the library sends a presence right after. The
/// announcement comes from the task that learned the name, which no longer holds the device, so nothing has to wait.
/// If another task holds the device, the name is sent unchanged: WhatsApp may then end the connection, and the next
/// one begins with [`keep_harmless`].
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
    fn names_are_read_back_as_they_were() {
        for name in ["me@shop", "@", "@@", "Ann", "", "wide ＠ and @"] {
            let held = name.replace('@', HELD);
            assert!(!held.contains('@'));
            assert_eq!(original(&held), name);
        }
    }
}
