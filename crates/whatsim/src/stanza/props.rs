//! Settings ("props") that WhatsApp's server sends to clients. The simulator sends none, so every client uses its
//! defaults.

use super::Answer;
use crate::codec::{NodeRead, node};
use wacore_binary::Node;

pub(super) fn answer(iq: &Node) -> Answer {
    let protocol = iq.child("props").and_then(|p| p.text("protocol")).unwrap_or_else(|| "1".to_owned());
    Answer::Result(vec![
        node("props")
            .attr("protocol", protocol)
            .attr("ab_key", "")
            .attr("hash", "whatsim")
            .attr("refresh", "86400")
            .attr("refresh_id", "1")
            .build(),
    ])
}
