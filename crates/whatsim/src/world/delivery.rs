//! Delivers a message to a device, and applies the faults that damage, duplicate or delay messages.

use super::{Account, World};
use crate::faults::{FaultKind, Target};
use std::sync::Arc;
use std::time::Duration;
use wacore_binary::{Node, NodeContent};

/// Delivers a message to a device. Faults of the device may damage, duplicate or delay the message. Faults never affect
/// messages of the category `peer`, which the devices of one account send to each other and which no person sees.
pub fn deliver(world: &Arc<World>, target: &Arc<Account>, device: u16, message: Node) {
    let peer = message.attrs.get("category").is_some_and(|category| *category == *"peer");
    if peer || !world.faults.any_on_messages() {
        return target.deliver(device, message);
    }
    let whom = match device {
        0 => Target::Phone(&target.number),
        device => Target::Device(&target.number, device),
    };
    let now = world.clock.now();
    let meets = |wanted: fn(&FaultKind) -> bool| world.faults.next(whom, now, wanted);
    let mut message = message;
    if meets(|kind| *kind == FaultKind::CorruptCiphertext).is_some() {
        corrupt(&mut message);
    }
    if meets(|kind| *kind == FaultKind::UnknownEnc).is_some() {
        disguise(&mut message);
    }
    let copies = if meets(|kind| *kind == FaultKind::Duplicate).is_some() { 2 } else { 1 };
    let message = Arc::new(message);
    let held = match meets(|kind| matches!(kind, FaultKind::Reorder(_))) {
        Some(FaultKind::Reorder(params)) => Some(Duration::from_millis(params.hold_ms)),
        _ => None,
    };
    let Some(held) = held else {
        for _ in 0..copies {
            target.deliver(device, message.clone());
        }
        return;
    };
    let (target, stop) = (target.clone(), world.stop.clone());
    world.tasks.spawn(async move {
        if stop.run_until_cancelled(tokio::time::sleep(held)).await.is_some() {
            for _ in 0..copies {
                target.deliver(device, message.clone());
            }
        }
    });
}

/// Damages each ciphertext, so that its MAC or signature does not match any more.
fn corrupt(message: &mut Node) {
    let Some(NodeContent::Nodes(children)) = &mut message.content else { return };
    for enc in children.iter_mut().filter(|child| child.tag == "enc") {
        if let Some(NodeContent::Bytes(bytes)) = &mut enc.content
            && let Some(byte) = bytes.len().checked_sub(12).and_then(|at| bytes.get_mut(at))
        {
            *byte ^= 0x55;
        }
    }
}

/// Changes the encryption type of each ciphertext to one that no client knows.
fn disguise(message: &mut Node) {
    let Some(NodeContent::Nodes(children)) = &mut message.content else { return };
    for enc in children.iter_mut().filter(|child| child.tag == "enc") {
        enc.attrs.insert("type", "futuremsg");
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::codec::{NodeRead, node};

    #[test]
    fn corrupting_a_message_damages_only_the_ciphertext() {
        let enc = node("enc").attr("type", "msg").bytes(vec![7; 40]).build();
        let mut message = node("message").attr("id", "A").children([enc]).build();
        corrupt(&mut message);
        let damaged = message.child("enc").unwrap().payload();
        assert_eq!(damaged.iter().filter(|byte| **byte != 7).count(), 1);
        assert_eq!(message.text("id").as_deref(), Some("A"));
    }
}
