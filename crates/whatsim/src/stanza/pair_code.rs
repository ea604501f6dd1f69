//! Pairing by code: the companion shows eight characters, a person types them into the phone, and both prove to
//! each other that they know them. Ends in the same offer as a scanned QR code.

use super::{Answer, Newcomer, scan};
use crate::codec::{NodeRead, node, server_jid};
use crate::faults::{FaultKind, Target};
use crate::phone::PairCodeError;
use crate::world::{Account, CodeAttempt, LinkFailure, Linked, PairingError, World};
use std::sync::Arc;
use tokio::sync::oneshot;
use wacore_binary::Node;

/// Why a typed code was refused at once. Whether it is the right one shows only when the companion answers.
#[derive(Debug, thiserror::Error)]
pub enum TypeCodeError {
    /// No companion waits for it.
    #[error(transparent)]
    Pairing(#[from] PairingError),
    /// It is no pairing code at all.
    #[error(transparent)]
    Code(#[from] PairCodeError),
}

pub(super) fn handle(newcomer: &Newcomer, iq: &Node) {
    let registration = iq.child("link_code_companion_reg");
    let answer = match registration.and_then(|r| r.text("stage")).as_deref() {
        Some("companion_hello") => registration.and_then(|r| hello(newcomer, r)),
        Some("companion_finish") => registration.and_then(|r| finish(newcomer, iq, r)),
        _ => None,
    };
    answer.unwrap_or_else(Answer::bad_request).send(&newcomer.link, iq);
}

/// The companion shows a code for a number.
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

/// A person types a code into the phone: the phone answers the companion's hello. How it ends comes through the
/// channel.
///
/// # Errors
/// See [`TypeCodeError`].
pub async fn type_code(
    world: &Arc<World>,
    account: &Arc<Account>,
    code: String,
) -> Result<oneshot::Receiver<Result<Linked, LinkFailure>>, TypeCodeError> {
    let attempt = world.pairing.code_request(&account.number)?;
    let (phone, wrapped) = (account.phone.clone(), attempt.wrapped_ephemeral.clone());
    // The key derivation is slow by design.
    let answer = world
        .tasks
        .spawn_blocking(move || phone.pair_code_answer(&wrapped, &code))
        .await
        .map_err(|_| PairingError::Gone)??;
    let ephemeral = answer.wrapped_ephemeral().to_vec();
    let (outcome, end) = oneshot::channel();
    let link = world.pairing.type_code(&account.number, &attempt, answer, outcome)?;
    let hello = stage(
        "primary_hello",
        [
            text("link_code_pairing_wrapped_primary_ephemeral_pub", ephemeral),
            text("primary_identity_pub", account.phone.identity().to_vec()),
            text("link_code_pairing_ref", attempt.reference),
        ],
    );
    link.send(
        node("notification")
            .attr("from", server_jid())
            .attr("type", "link_code_companion_reg")
            .attr("id", world.stanza_id())
            .attr("t", world.clock.seconds())
            .children([hello])
            .build(),
    );
    Ok(end)
}

/// The companion proves that it knows the code: the phone offers the link.
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
    // The result precedes the offer, as the companion expects.
    Answer::done().send(&newcomer.link, iq);
    if let Err(error) = scan::link(world, &account, newcomer.link.id, &companion, &secret, outcome) {
        tracing::warn!(%error, "pairing by code failed");
    }
    Some(Answer::Sent)
}

fn stage(name: &'static str, children: impl IntoIterator<Item = Node>) -> Node {
    node("link_code_companion_reg").attr("stage", name).children(children).build()
}

fn text(tag: &'static str, content: Vec<u8>) -> Node {
    node(tag).bytes(content).build()
}
