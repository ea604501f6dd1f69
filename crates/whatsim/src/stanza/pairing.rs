//! The first answer to a newcomer, and the table of the stanzas that it may send.

use super::login::{admitted, refuse};
use super::newcomer::{Newcomer, registration};
use super::{Answer, offer, pair_code, passkey, stream};
use crate::codec::{NodeRead, node};
use crate::conn::Link;
use crate::faults::{Failure, FaultKind, Target};
use crate::world::{RefSet, World, pairing_ref};
use std::sync::Arc;
use wacore_binary::Node;
use waproto::whatsapp::ClientPayload;

/// The number of QR refs in a `<pair-device>`, as WhatsApp sends them.
const REFS: usize = 6;

/// Gives a newcomer its QR refs, or refuses it and closes the link.
pub fn greet(
    world: &Arc<World>,
    link: &Arc<Link>,
    payload: &ClientPayload,
    noise_key: [u8; 32],
) -> Option<Newcomer> {
    if !admitted(world, link, Target::Unknown) {
        return None;
    }
    let Some(registration) = registration(payload, noise_key) else {
        refuse(world, link, &Failure { reason: 400, expire: None, code: None, message: None, url: None });
        return None;
    };
    let refs: Vec<String> = (0..REFS).map(|_| pairing_ref(&mut rand::rng())).collect();
    let mut set = RefSet::new(refs, world.clock.now());
    let now = world.clock.now();
    if world.faults.next(Target::Unknown, now, |kind| *kind == FaultKind::ExpireRefs).is_some() {
        set.expire();
    }
    let children: Vec<Node> =
        set.refs().iter().map(|r| node("ref").bytes(r.as_bytes().to_vec()).build()).collect();
    world.pairing.enter(link, registration, set);
    link.send(offer::request(world, node("pair-device").children(children).build()));
    let newcomer = Newcomer { world: world.clone(), link: link.clone() };
    if let Some(fault) = world.faults.next(Target::Unknown, now, FaultKind::strikes) {
        stream::strike(link, &fault);
    }
    Some(newcomer)
}

/// Answers one stanza of a newcomer.
pub async fn handle(newcomer: &Newcomer, stanza: &Node) {
    let (kind, xmlns) = (stanza.text("type").unwrap_or_default(), stanza.text("xmlns").unwrap_or_default());
    let child = stanza.all().first().map_or("", |child| &*child.tag);
    match (&*stanza.tag, &*kind, &*xmlns, child) {
        ("iq", "result", _, "pair-device-sign") => offer::sign(newcomer, stanza).await,
        ("iq", "result", ..) => {}
        ("iq", "error", ..) => offer::refused(newcomer, stanza),
        ("iq", "get", "w:p", _) => Answer::done().send(&newcomer.link, stanza),
        ("iq", "set", "md", "link_code_companion_reg") => pair_code::handle(newcomer, stanza),
        ("iq", "get", "md", "ref" | "passkey_request_options")
        | ("iq", "set", "md", "passkey_prologue" | "companion_nonce" | "encrypted_pairing_request") => {
            passkey::handle(newcomer, stanza, child);
        }
        // Baileys sends its push name as soon as it knows the name, even before it is linked.
        ("ack" | "ib" | "presence", ..) => {}
        _ => {
            newcomer.world.unknown(stanza);
            if stanza.tag == "iq" {
                Answer::Error(501, "feature-not-implemented").send(&newcomer.link, stanza);
            }
        }
    }
}
