//! Privacy settings, the block list and trusted-contact tokens. Clients send some requests at login, and some before
//! they write to somebody. This module handles only these requests.

use super::{Answer, Companion};
use crate::codec::{NodeRead, node};
use rand::RngExt;
use wacore_binary::Node;

/// The categories of settings that WhatsApp lists. In the simulation, all of them are open to everybody.
const CATEGORIES: [&str; 9] =
    ["readreceipts", "last", "online", "profile", "status", "groupadd", "calladd", "messages", "defense"];

pub(super) fn settings() -> Answer {
    let categories = CATEGORIES.map(|name| {
        let value = match name {
            "online" => "match_last_seen",
            "calladd" => "all",
            "defense" => "off",
            _ => "all",
        };
        node("category").attr("name", name).attr("value", value).build()
    });
    Answer::Result(vec![node("privacy").children(categories).build()])
}

pub(super) fn blocklist() -> Answer {
    Answer::Result(vec![node("list").attr("dhash", "whatsim").build()])
}

/// Creates a token for each listed contact and sends it to the contact's devices. A contact includes the token in
/// its messages to this account.
pub(super) fn tokens(c: &Companion, iq: &Node) -> Answer {
    let Some(tokens) = iq.child("tokens") else {
        return Answer::bad_request();
    };
    for token in tokens.all() {
        let (Some(jid), Some(t)) = (token.jid("jid"), token.text("t")) else {
            return Answer::bad_request();
        };
        let Some(contact) = c.world.registry.by_jid(&jid) else {
            continue;
        };
        let secret: [u8; 16] = rand::rng().random();
        for device in contact.device_ids().into_iter().filter(|device| *device != 0) {
            let token =
                node("token").attr("type", "trusted_contact").attr("t", &t).bytes(secret.to_vec()).build();
            let notification = node("notification")
                .attr("from", c.account.jid_on(jid.server, 0))
                .attr("sender_lid", c.account.lid_jid(0))
                .attr("type", "privacy_token")
                .attr("id", c.world.stanza_id())
                .attr("t", c.world.clock.seconds())
                .children([node("tokens").children([token]).build()])
                .build();
            contact.deliver(device, notification);
        }
    }
    Answer::done()
}
