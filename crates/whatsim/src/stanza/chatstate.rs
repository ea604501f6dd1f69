//! The states "typing" and "recording". The server passes them on to devices that are connected, and to devices
//! that reconnect within some seconds.

use super::Companion;
use crate::codec::{NodeRead, node};
use std::sync::Arc;
use wacore_binary::Node;

pub(super) fn relay(c: &Companion, chatstate: &Node) {
    let Some(to) = chatstate.jid("to") else { return };
    let Some(target) = c.world.registry.by_jid(&to) else {
        return;
    };
    let stanza: Arc<Node> = node("chatstate")
        .attr("from", c.account.jid_on(to.server, 0))
        .apply_content(chatstate.content.clone())
        .build()
        .into();
    let now = c.world.clock.seconds();
    for device in target.lock().devices.values_mut() {
        device.send_now(stanza.clone(), now);
    }
}
