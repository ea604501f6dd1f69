//! Linking an account that WhatsApp protects with a passkey.

use std::sync::Arc;

use serde_json::json;
use whatsapp_rust::passkey::{Assertion, CallbackAuthenticator, PasskeyError};
use whatsapp_rust::wacore::types::events::Event;

use super::companion::Companion;
use crate::deadline::within;
use crate::sim::Sim;

/// The WebAuthn options that the server sent to the client.
async fn asked(companion: &Companion) -> anyhow::Result<String> {
    companion
        .event("passkey request", |event| match event {
            Event::PairPasskeyRequest(request) => Some(request.request_options_json.clone()),
            _ => None,
        })
        .await
}

/// The answer of a phone's passkey.
fn answer(sim: &Sim, number: &str, options: &str) -> anyhow::Result<Assertion> {
    let answer = sim.phones().use_passkey(number, options)?;
    Ok(Assertion { assertion_json: answer.json.into_bytes(), credential_id: answer.credential_id })
}

/// The confirmation code that the client shows.
async fn code(companion: &Companion) -> anyhow::Result<String> {
    companion
        .event("passkey confirmation", |event| match event {
            Event::PairPasskeyConfirmation(confirmation) => Some(confirmation.code.clone()),
            _ => None,
        })
        .await
}

/// Waits for a passkey error. Returns whether the passkey had already answered when the error came.
async fn failed(companion: &Companion) -> anyhow::Result<bool> {
    companion
        .event("passkey error", |event| match event {
            Event::PairPasskeyError(error) => Some(error.continuation),
            _ => None,
        })
        .await
}

/// The passkey answers, and a person confirms that both sides show the same code.
async fn confirm(sim: &Sim, number: &str, companion: &Companion) -> anyhow::Result<()> {
    let assertion = answer(sim, number, &asked(companion).await?)?;
    within("taken assertion", companion.client().send_passkey_response(assertion)).await??;
    assert_eq!(code(companion).await?, sim.passkey_code(number)?);
    within("taken confirmation", companion.client().send_passkey_confirmation()).await??;
    Ok(())
}

#[tokio::test]
async fn a_protected_account_is_linked_by_qr_code_and_passkey() -> anyhow::Result<()> {
    let sim = Sim::start().await?;
    let number = sim.phone("Ann")?;
    sim.named_fault(&number, "passkey_required", json!({}), None)?;
    let mut companion = Companion::new(&sim).await?;
    let qr = companion.show_qr().await?;
    tokio::try_join!(sim.scan(&number, &qr), confirm(&sim, &number, &companion))?;
    companion.paired().await?;
    assert_eq!(sim.devices(&number)?, [1]);
    sim.finish().await
}

#[tokio::test]
async fn a_protected_account_is_linked_by_pairing_code_and_passkey() -> anyhow::Result<()> {
    let sim = Sim::start().await?;
    let number = sim.phone("Ann")?;
    sim.named_fault(&number, "passkey_required", json!({}), None)?;
    let mut companion = Companion::new(&sim).await?;
    let shown = companion.show_code(&number).await?;
    tokio::try_join!(sim.type_code(&number, &shown), confirm(&sim, &number, &companion))?;
    companion.paired().await?;
    assert_eq!(sim.devices(&number)?, [1]);
    sim.finish().await
}

#[tokio::test]
async fn only_a_protected_account_asks_for_its_passkey() -> anyhow::Result<()> {
    let sim = Sim::start().await?;
    let (ann, bob) = (sim.phone("Ann")?, sim.phone("Bob")?);
    sim.named_fault(&ann, "passkey_required", json!({}), None)?;
    Companion::linked(&sim, &bob).await?;
    assert!(sim.phones().passkey(&bob).is_err());
    sim.finish().await
}

#[tokio::test]
async fn the_assertion_of_another_passkey_is_refused() -> anyhow::Result<()> {
    let sim = Sim::start().await?;
    let (ann, bob) = (sim.phone("Ann")?, sim.phone("Bob")?);
    sim.named_fault(&ann, "passkey_required", json!({}), Some(1))?;
    let mut companion = Companion::new(&sim).await?;
    let qr = companion.show_qr().await?;
    let with_bobs_passkey = async {
        let assertion = answer(&sim, &bob, &asked(&companion).await?)?;
        within("refused assertion", companion.client().send_passkey_response(assertion)).await
    };
    let (scanned, sent) = tokio::join!(sim.scan(&ann, &qr), with_bobs_passkey);
    assert!(matches!(sent?, Err(PasskeyError::Flow(_))));
    let refusal = scanned.expect_err("Bob's passkey linked Ann's account");
    assert!(refusal.to_string().contains("another passkey"), "{refusal:#}");

    sim.scan(&ann, &qr).await?;
    companion.paired().await?;
    sim.finish().await
}

#[tokio::test]
async fn the_client_reports_which_passkey_step_was_refused() -> anyhow::Result<()> {
    for (refuse, continuation) in [("assertion", false), ("nonce", true)] {
        let sim = Sim::start().await?;
        let number = sim.phone("Ann")?;
        sim.named_fault(&number, "passkey_required", json!({ "refuse": refuse }), Some(1))?;
        let mut companion = Companion::new(&sim).await?;
        let (phones, of) = (sim.phones(), number.clone());
        let authenticator = CallbackAuthenticator::new(move |request| {
            let answer = phones
                .use_passkey(&of, &request.raw_options_json)
                .map(|answer| Assertion {
                    assertion_json: answer.json.into_bytes(),
                    credential_id: answer.credential_id,
                })
                .map_err(|error| PasskeyError::Backend(error.to_string()));
            Box::pin(std::future::ready(answer))
        });
        companion.client().set_passkey_authenticator(Arc::new(authenticator)).await;
        let qr = companion.show_qr().await?;
        let (scanned, failed) = tokio::join!(sim.scan(&number, &qr), failed(&companion));
        assert_eq!(failed?, continuation, "{refuse}");
        assert!(scanned.is_err(), "{refuse}");

        sim.scan(&number, &qr).await?;
        companion.paired().await?;
        sim.finish().await?;
    }
    Ok(())
}

#[tokio::test]
async fn no_device_is_linked_if_the_phone_refuses_the_confirmation() -> anyhow::Result<()> {
    let sim = Sim::start().await?;
    let number = sim.phone("Ann")?;
    sim.named_fault(&number, "passkey_required", json!({ "refuse": "confirmation" }), Some(1))?;
    let mut companion = Companion::new(&sim).await?;
    let qr = companion.show_qr().await?;
    let (scanned, confirmed) = tokio::join!(sim.scan(&number, &qr), confirm(&sim, &number, &companion));
    assert!(scanned.is_err() && confirmed.is_err());
    assert!(sim.devices(&number)?.is_empty());

    sim.scan(&number, &qr).await?;
    companion.paired().await?;
    sim.finish().await
}
