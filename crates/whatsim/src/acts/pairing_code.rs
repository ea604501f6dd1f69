//! A person types a pairing code into a phone.

use crate::codec::{node, server_jid};
use crate::phone::PairCodeError;
use crate::stanza::pair_code::{stage, text};
use crate::world::{Account, LinkFailure, Linked, PairingError, World};
use std::sync::Arc;
use tokio::sync::oneshot;

/// Why a typed code was refused at once. A well-formed code can be wrong, too, but this is known only when the
/// companion has answered. Then the channel of `type_code` reports the error.
#[derive(Debug, thiserror::Error)]
pub enum TypeCodeError {
    /// No companion waits for a code.
    #[error(transparent)]
    Pairing(#[from] PairingError),
    /// The text is not a pairing code.
    #[error(transparent)]
    Code(#[from] PairCodeError),
}

/// Types a code into the phone, as a person does. The phone then answers the companion's hello. The returned
/// channel reports the result.
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
    // The key derivation takes long by design, so it runs on a thread that may block.
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
