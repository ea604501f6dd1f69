//! A linked device logs out itself or another device of its account.

use super::{Answer, Companion};
use crate::codec::NodeRead;
use crate::world::unlink;
use wacore_binary::Node;

pub(super) fn remove(c: &Companion, iq: &Node) -> Answer {
    let Some(jid) = iq.child("remove-companion-device").and_then(|r| r.jid("jid")) else {
        return Answer::bad_request();
    };
    let own = c.world.registry.by_jid(&jid).is_some_and(|account| account.number == c.account.number);
    if !own || jid.device == 0 {
        return Answer::Error(403, "forbidden");
    }
    // Send the answer first. If the device removes itself, this connection ends now.
    Answer::done().send(&c.link, iq);
    unlink(&c.world, &c.account, jid.device);
    Answer::Sent
}
