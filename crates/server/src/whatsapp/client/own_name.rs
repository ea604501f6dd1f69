//! The account's own name on its way to WhatsApp. The library says it in presences that it sends by itself, and packs a
//! name with an `@` as an address that WhatsApp cannot read (see `stanza`). So the library holds the name in a form without
//! `@`, which can be turned back, and we say the true name after it.

use std::sync::Arc;

use futures_util::FutureExt as _;
use whatsapp_rust::store::persistence_manager::PersistenceManager;
use whatsapp_rust::wacore::types::events::{Event, EventHandler, EventInterest, EventKind};
use whatsapp_rust::{Client, NodeBuilder};

use super::stanza::{self, SendError};

/// Stands for an `@` in what the library holds: one that is wide, and a variation selector that shows nothing. Nobody
/// types the two together.
const HELD: &str = "\u{FF20}\u{FE0E}";

/// The name that somebody gave themself, from what the library holds.
pub(super) fn original(held: &str) -> String {
    held.replace(HELD, "@")
}

/// Replaces what the library holds where it could not be sent. To be called before each connection.
pub(super) async fn keep_harmless(device: &PersistenceManager) {
    let held = device.get_device_snapshot().push_name.clone();
    if held.contains('@') {
        device.modify_device(|device| device.push_name = held.replace('@', HELD)).await;
    }
}

/// Says the true name where the library said another one: as a name, then as the name of somebody who is away.
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

/// Replaces a new name while the library tells of it: it sends a presence right after. It tells inside the task that
/// learned of the name, which no longer holds the device, so that nothing has to be waited for. Where another task holds it, the name
/// goes out as it is: WhatsApp may end that connection, and the next one begins with [`keep_harmless`].
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
    fn names_come_back_as_they_were() {
        for name in ["me@shop", "@", "@@", "Ann", "", "wide ＠ and @"] {
            let held = name.replace('@', HELD);
            assert!(!held.contains('@'));
            assert_eq!(original(&held), name);
        }
    }
}
