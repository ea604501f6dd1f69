//! Information broadcasts (`<ib>`): notifications that clients send. The server does not answer them.

use super::Companion;
use crate::codec::NodeRead;
use wacore_binary::Node;

pub(super) fn handle(c: &Companion, ib: &Node) {
    let known =
        |tag: &str| matches!(tag, "unified_session" | "offline_batch" | "edge_routing" | "clean_dirty");
    if !ib.all().iter().all(|child| known(&child.tag)) {
        c.world.unknown(ib);
    }
}
