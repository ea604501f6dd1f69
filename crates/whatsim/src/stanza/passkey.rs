//! Linking with a passkey. The server requests a WebAuthn assertion. The companion and the phone exchange keys and show
//! a code that a person compares. Then the companion sends a new ADV secret, and the phone offers the link. From there
//! on, the link continues as after a QR code or a pairing code.

use super::{Answer, Newcomer, offer};
use crate::codec::{NodeRead, node, server_jid};
use crate::conn::ConnId;
use crate::faults::PasskeyStep;
use crate::phone::proves_handoff;
use crate::world::{
    Account, Ceremony, CeremonyError, Challenge, LinkFailure, Linked, PairingError, Stage, Step, World,
    pairing_ref,
};
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::oneshot;
use wacore_binary::Node;

/// How long the phone waits before its next step. A client sends a request, and finishes its step after it has read the
/// answer. For example, whatsapp-rust 0.7 stores its new secret only then. Without this pause, the phone's next stanza
/// could arrive before the client has finished. A real phone is never that fast.
const PHONE_PACE: Duration = Duration::from_millis(250);

/// Asks the companion for the passkey of an account.
pub fn demand(
    world: &World,
    account: &Arc<Account>,
    id: ConnId,
    adv_secret: &[u8],
    refuse: Option<PasskeyStep>,
    outcome: oneshot::Sender<Result<Linked, LinkFailure>>,
) -> Result<(), PairingError> {
    let challenge = Challenge::new(&account.phone.passkey_id(), &mut rand::rng());
    let options = node("passkey_request_options").bytes(challenge.options().into_bytes()).build();
    let ceremony = Ceremony {
        account: account.clone(),
        adv_secret: adv_secret.to_vec(),
        challenge,
        refuse,
        outcome,
        stage: Stage::Asked { reference: None },
    };
    let link = world.pairing.begin_ceremony(id, ceremony)?;
    link.send(notification(world, "passkey_prologue_request", options));
    Ok(())
}

/// Answers one request of a companion that was asked for a passkey.
pub(super) fn handle(newcomer: &Newcomer, iq: &Node, request: &str) {
    let step = match request {
        "ref" => give_ref(newcomer),
        "passkey_request_options" => repeat_options(newcomer),
        "passkey_prologue" => check_prologue(newcomer, iq),
        "companion_nonce" => show_code(newcomer, &content(iq, request)),
        _ => take_secret(newcomer, &content(iq, request)),
    };
    let answer = match step {
        Step::Taken(children) => Answer::Result(children),
        Step::Failed => Answer::Error(401, "not-authorized"),
        Step::Uncalled => Answer::not_found(),
    };
    let taken = matches!(answer, Answer::Result(_));
    answer.send(&newcomer.link, iq);
    match request {
        "passkey_prologue" if taken => later(newcomer, greet),
        "encrypted_pairing_request" if taken => later(newcomer, offer),
        _ => {}
    }
}

fn give_ref(newcomer: &Newcomer) -> Step<Vec<Node>> {
    newcomer.world.pairing.ceremony_step(newcomer.link.id, |ceremony| {
        let Stage::Asked { reference } = &mut ceremony.stage else {
            return Err(CeremonyError::OutOfTurn);
        };
        let given = pairing_ref(&mut rand::rng());
        *reference = Some(given.clone());
        Ok(vec![node("ref").bytes(given.into_bytes()).build()])
    })
}

fn repeat_options(newcomer: &Newcomer) -> Step<Vec<Node>> {
    newcomer.world.pairing.ceremony_step(newcomer.link.id, |ceremony| {
        let options = ceremony.challenge.options().into_bytes();
        Ok(vec![node("passkey_request_options").bytes(options).build()])
    })
}

fn check_prologue(newcomer: &Newcomer, iq: &Node) -> Step<Vec<Node>> {
    let part = |tag: &str| Some(iq.child("passkey_prologue")?.child(tag)?.payload());
    let payload = part("prologue_payload").unwrap_or_default();
    newcomer.world.pairing.ceremony_step(newcomer.link.id, |ceremony| {
        let Stage::Asked { reference: Some(reference) } = &ceremony.stage else {
            return Err(CeremonyError::OutOfTurn);
        };
        ceremony.permits(PasskeyStep::Assertion)?;
        let (passkey, assertion) = (part("credential_id"), part("webauthn_assertion"));
        ceremony.challenge.check(&passkey.unwrap_or_default(), &assertion.unwrap_or_default())?;
        if let Some(proof) = part("pairing_handoff_proof")
            && !proves_handoff(&ceremony.adv_secret, &payload, &proof)
        {
            return Err(CeremonyError::Handoff);
        }
        let exchange = ceremony.account.phone.passkey_exchange(&payload, reference)?;
        ceremony.stage = Stage::Proved(exchange);
        Ok(Vec::new())
    })
}

fn show_code(newcomer: &Newcomer, nonce: &[u8]) -> Step<Vec<Node>> {
    newcomer.world.pairing.ceremony_step(newcomer.link.id, |ceremony| {
        ceremony.permits(PasskeyStep::Nonce)?;
        let taken = std::mem::replace(&mut ceremony.stage, Stage::Asked { reference: None });
        let Stage::Proved(exchange) = taken else {
            return Err(CeremonyError::OutOfTurn);
        };
        let code = exchange.code(nonce)?;
        ceremony.stage = Stage::Shown { exchange, code };
        Ok(Vec::new())
    })
}

fn take_secret(newcomer: &Newcomer, request: &[u8]) -> Step<Vec<Node>> {
    let desk = &newcomer.world.pairing;
    let Some(registration) = desk.registration(newcomer.link.id) else {
        return Step::Uncalled;
    };
    desk.ceremony_step(newcomer.link.id, |ceremony| {
        ceremony.permits(PasskeyStep::Confirmation)?;
        let Stage::Shown { exchange, .. } = &ceremony.stage else {
            return Err(CeremonyError::OutOfTurn);
        };
        let adv_secret = exchange.open(request, &registration.noise_key, &registration.identity)?;
        ceremony.stage = Stage::Confirmed { adv_secret };
        Ok(Vec::new())
    })
}

/// Sends the phone's half of the key exchange.
fn greet(newcomer: &Newcomer) {
    let world = &newcomer.world;
    let identity = world.pairing.ceremony_step(newcomer.link.id, |ceremony| match &ceremony.stage {
        Stage::Proved(exchange) => Ok(exchange.primary_identity()),
        _ => Err(CeremonyError::OutOfTurn),
    });
    if let Step::Taken(identity) = identity {
        let identity = node("primary_ephemeral_identity").bytes(identity).build();
        newcomer.link.send(notification(world, "crsc_continuation", identity));
    }
}

/// Offers the link with the companion's new secret, after the passkey was verified.
fn offer(newcomer: &Newcomer) {
    let (world, id) = (&newcomer.world, newcomer.link.id);
    let (Some(registration), Some(ceremony)) =
        (world.pairing.registration(id), world.pairing.end_ceremony(id))
    else {
        return;
    };
    let Ceremony { account, outcome, stage: Stage::Confirmed { adv_secret }, .. } = ceremony else {
        return;
    };
    if let Err(error) = offer::make(world, &account, id, &registration, &adv_secret, outcome) {
        tracing::warn!(%error, "linking with a passkey failed");
    }
}

/// Does the phone's next step after a pause, unless the companion disconnects first.
fn later(newcomer: &Newcomer, step: fn(&Newcomer)) {
    let newcomer = Newcomer { world: newcomer.world.clone(), link: newcomer.link.clone() };
    let tasks = newcomer.world.tasks.clone();
    tasks.spawn(async move {
        let pace = tokio::time::sleep(PHONE_PACE);
        if newcomer.link.hung_up.run_until_cancelled(pace).await.is_some() {
            step(&newcomer);
        }
    });
}

fn notification(world: &World, kind: &'static str, child: Node) -> Node {
    node("notification")
        .attr("from", server_jid())
        .attr("type", kind)
        .attr("id", world.stanza_id())
        .attr("t", world.clock.seconds())
        .children([child])
        .build()
}

fn content(iq: &Node, tag: &str) -> Vec<u8> {
    iq.child(tag).map(NodeRead::payload).unwrap_or_default()
}
