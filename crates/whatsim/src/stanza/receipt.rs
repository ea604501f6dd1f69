//! Receipts and acks from a linked device. Both remove stanzas from the device's queue. The server also forwards
//! receipts.

use super::{Companion, groups};
use crate::codec::{NodeRead, node};
use crate::world::Account;
use std::sync::Arc;
use wacore_binary::{Jid, Node, Server};

/// Handles an ack: removes the acknowledged stanza from the device's queue.
pub(super) fn settle(c: &Companion, ack: &Node) {
    let (Some(class), Some(id)) = (ack.text("class"), ack.text("id")) else {
        return;
    };
    if let Some(device) = c.account.lock().devices.get_mut(&c.device) {
        device.queue.settle(&class, &id, ack.jid("to").as_ref());
    }
}

/// Handles a receipt: removes the message from the device's queue, and forwards the receipt to the sender of the
/// message.
pub(super) fn relay(c: &Companion, receipt: &Node) {
    note(c, receipt);
    c.ack(receipt, "receipt");
    let Some(to) = receipt.jid("to") else { return };
    if groups::is_group(&to) {
        return groups::relay_receipt(c, receipt, &to);
    }
    let Some(target) = c.world.registry.by_jid(&to) else {
        return;
    };
    for device in audience(c, &target, &to, receipt.text("type").as_deref()) {
        target.deliver(device, forward(c, receipt, &to, &target));
    }
}

/// Removes the messages of the receipt from the device's queue, and counts the receipt. A retry receipt removes
/// messages, too, because the sender sends them again as new stanzas.
fn note(c: &Companion, receipt: &Node) {
    let ids = receipt.text("id").into_iter().chain(
        receipt.child("list").map_or(&[][..], NodeRead::all).iter().filter_map(|item| item.text("id")),
    );
    let ids: Vec<String> = ids.collect();
    let from = receipt.jid("to");
    let mut state = c.account.lock();
    let Some(device) = state.devices.get_mut(&c.device) else {
        return;
    };
    for id in &ids {
        device.queue.settle("message", id, from.as_ref());
    }
    match receipt.text("type").as_deref() {
        Some("retry") => {
            device.retries += 1;
            c.world.metrics.retry();
            tracing::debug!(device = %c.address(), ?ids, "retry receipt");
        }
        None | Some("inactive" | "sender") => device.delivered += ids.len() as u64,
        Some(_) => {}
    }
}

/// The devices that get a receipt. If the receipt names a device other than 0, it goes only to that device. Device
/// 0 and the whole account have the same address in the protocol. So a receipt for this address goes to all
/// devices of the account except its own sender, but a retry receipt goes only to device 0.
fn audience(c: &Companion, target: &Arc<Account>, to: &Jid, kind: Option<&str>) -> Vec<u16> {
    // A receipt with this type says that a file has expired. The receipt is for the account's own phone, even if its
    // address names another device.
    if kind == Some("server-error") {
        return vec![0];
    }
    if to.device != 0 || matches!(kind, Some("retry" | "peer_msg")) {
        return vec![to.device];
    }
    let own = target.number == c.account.number;
    target.device_ids().into_iter().filter(|device| !(own && *device == c.device)).collect()
}

fn forward(c: &Companion, receipt: &Node, to: &Jid, target: &Account) -> Node {
    let server = if c.account.hides_from(&target.number) { Server::Lid } else { to.server };
    let mut stanza = node("receipt")
        .attr("from", c.account.jid_on(server, c.device))
        .attr("id", receipt.text("id").unwrap_or_default())
        .attr("t", c.world.clock.seconds());
    if let Some(kind) = receipt.text("type") {
        stanza = stanza.attr("type", kind);
    }
    if let Some(recipient) = receipt.jid("recipient") {
        stanza = stanza.attr("recipient", recipient);
    }
    stanza.apply_content(receipt.content.clone()).build()
}
