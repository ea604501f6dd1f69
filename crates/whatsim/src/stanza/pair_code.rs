//! Pairing by code: the companion shows eight characters, a person types them into the phone, and each side proves
//! to the other that it knows them. Then the phone offers the link, as after a scan of a QR code.

use super::{Answer, Newcomer};
use crate::acts::scan;
use crate::codec::{NodeRead, node};
use crate::faults::{FaultKind, Target};
use crate::world::CodeAttempt;
use wacore_binary::Node;

pub(super) fn handle(newcomer: &Newcomer, iq: &Node) {
    let registration = iq.child("link_code_companion_reg");
    let answer = match registration.and_then(|r| r.text("stage")).as_deref() {
        Some("companion_hello") => registration.and_then(|r| hello(newcomer, r)),
        Some("companion_finish") => registration.and_then(|r| finish(newcomer, iq, r)),
        _ => None,
    };
    answer.unwrap_or_else(Answer::bad_request).send(&newcomer.link, iq);
}

/// Handles a companion that shows a code for a phone number.
fn hello(newcomer: &Newcomer, registration: &Node) -> Option<Answer> {
    let number = registration.jid("jid")?.user.to_string();
    let refusing = |kind: &FaultKind| matches!(kind, FaultKind::RefuseCode(_));
    let now = newcomer.world.clock.now();
    if let Some(FaultKind::RefuseCode(refusal)) =
        newcomer.world.faults.next(Target::Account(&number), now, refusing)
    {
        return Some(Answer::Error(refusal.code, refusal.text()));
    }
    newcomer.world.registry.by_number(&number)?;
    let wrapped_ephemeral =
        registration.child("link_code_pairing_wrapped_companion_ephemeral_pub")?.payload();
    let reference = newcomer.world.stanza_id().into_bytes();
    let attempt = CodeAttempt { link: newcomer.link.id, wrapped_ephemeral, reference: reference.clone() };
    newcomer.world.pairing.request_code(number, attempt);
    Some(Answer::Result(vec![stage("companion_hello", [text("link_code_pairing_ref", reference)])]))
}

/// Handles the companion's proof that it knows the code. The phone then offers the link.
fn finish(newcomer: &Newcomer, iq: &Node, registration: &Node) -> Option<Answer> {
    let world = &newcomer.world;
    let account = world.registry.by_jid(&registration.jid("jid")?)?;
    let bundle = registration.child("link_code_pairing_wrapped_key_bundle")?.payload();
    let identity: [u8; 32] = registration.child("companion_identity_public")?.payload().try_into().ok()?;
    let (answer, outcome) = world.pairing.finish_code(&account.number, newcomer.link.id)?;
    let secret = match account.phone.pair_code_finish(answer, &bundle, &identity) {
        Ok(secret) => secret,
        Err(error) => {
            let _ = outcome.send(Err(error.into()));
            return None;
        }
    };
    let companion = world.pairing.registration(newcomer.link.id)?;
    // Send the result before the offer, because companions expect this order.
    Answer::done().send(&newcomer.link, iq);
    if let Err(error) = scan::link(world, &account, newcomer.link.id, &companion, &secret, outcome) {
        tracing::warn!(%error, "pairing by code failed");
    }
    Some(Answer::Sent)
}

/// Builds the stanza of one stage of the exchange.
pub fn stage(name: &'static str, children: impl IntoIterator<Item = Node>) -> Node {
    node("link_code_companion_reg").attr("stage", name).children(children).build()
}

/// Builds a child of a stage, with this content.
pub fn text(tag: &'static str, content: Vec<u8>) -> Node {
    node(tag).bytes(content).build()
}
