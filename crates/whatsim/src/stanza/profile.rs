//! The text in which a person describes themself. Clients call it "about", and the protocol calls it "status".

use super::{Answer, Companion};
use crate::codec::NodeRead;
use wacore_binary::Node;

pub(super) fn set_about(c: &Companion, iq: &Node) -> Answer {
    let text = iq.child("status").map(NodeRead::payload).unwrap_or_default();
    let Ok(text) = String::from_utf8(text) else {
        return Answer::bad_request();
    };
    c.account.lock().about = text;
    Answer::done()
}
