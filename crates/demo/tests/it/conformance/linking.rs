//! How a device is linked and unlinked.

use std::time::Instant;

use serde_json::json;
use whatsapp_rust::wacore::types::events::Event;

use super::companion::{Companion, Ending};
use crate::sim::Sim;

#[tokio::test]
async fn scanning_a_qr_code_links_a_companion() -> anyhow::Result<()> {
    let sim = Sim::start().await?;
    let number = sim.phone("Ann")?;
    let mut companion = Companion::new(&sim).await?;
    let qr = companion.show_qr().await?;
    let scanned = Instant::now();
    sim.scan(&number, &qr).await?;
    companion.paired().await?;
    eprintln!("from scan to connected: {:?}", scanned.elapsed());

    let jid = companion.client().pn().expect("a linked client has an address");
    assert_eq!((jid.user.as_str(), jid.device), (number.as_str(), 1));
    assert_eq!(sim.devices(&number)?, [1]);
    sim.finish().await
}

#[tokio::test]
async fn typing_a_pairing_code_links_a_companion() -> anyhow::Result<()> {
    let sim = Sim::start().await?;
    let number = sim.phone("Ann")?;
    let mut companion = Companion::new(&sim).await?;
    companion.link_by_code(&sim, &number).await?;
    assert_eq!(sim.devices(&number)?, [1]);
    sim.finish().await
}

#[tokio::test]
async fn a_mistyped_pairing_code_links_no_device() -> anyhow::Result<()> {
    let sim = Sim::start().await?;
    let number = sim.phone("Ann")?;
    let mut companion = Companion::new(&sim).await?;
    let shown = companion.show_code(&number).await?;
    let typed = if shown == "ABCDEFGH" { "HGFEDCBA" } else { "ABCDEFGH" };
    assert!(sim.type_code(&number, typed).await.is_err());
    assert!(sim.devices(&number)?.is_empty());
    sim.finish().await
}

#[tokio::test]
async fn an_invalid_qr_code_is_refused() -> anyhow::Result<()> {
    let sim = Sim::start().await?;
    let number = sim.phone("Ann")?;
    let mut companion = Companion::new(&sim).await?;
    let qr = companion.show_qr().await?;
    let (_, keys) = qr.split_once(',').expect("a QR code has fields");
    assert!(sim.scan(&number, "rubbish").await.is_err());
    assert!(sim.scan(&number, &format!("2@unknown,{keys}")).await.is_err());
    sim.scan(&number, &qr).await?;
    companion.paired().await?;
    assert!(sim.scan(&number, &qr).await.is_err(), "a QR code links once");
    sim.finish().await
}

#[tokio::test]
async fn two_companions_of_one_account_are_two_devices() -> anyhow::Result<()> {
    let sim = Sim::start().await?;
    let number = sim.phone("Ann")?;
    let first = Companion::linked(&sim, &number).await?;
    let second = Companion::linked(&sim, &number).await?;
    assert_eq!(sim.devices(&number)?, [first.device()?, second.device()?]);
    assert_ne!(first.device()?, second.device()?);
    sim.finish().await
}

#[tokio::test]
async fn the_push_name_comes_from_app_state() -> anyhow::Result<()> {
    let sim = Sim::start().await?;
    let number = sim.phone("Ann of Green Gables")?;
    let companion = Companion::linked(&sim, &number).await?;
    assert_eq!(companion.client().push_name(), "Ann of Green Gables");
    sim.finish().await
}

#[tokio::test]
async fn logging_out_removes_the_device_from_the_phone() -> anyhow::Result<()> {
    let sim = Sim::start().await?;
    let number = sim.phone("Ann")?;
    let mut companion = Companion::linked(&sim, &number).await?;
    companion.log_out().await?;
    companion.ended().await?;
    assert!(sim.devices(&number)?.is_empty());

    companion.restart().await?;
    companion.dial();
    assert_eq!(companion.ended().await?, [Ending::LoggedOut { on_connect: true, code: 401 }]);
    sim.finish().await
}

#[tokio::test]
async fn a_device_is_notified_when_the_phone_unlinks_it() -> anyhow::Result<()> {
    let sim = Sim::start().await?;
    let number = sim.phone("Ann")?;
    let mut companion = Companion::linked(&sim, &number).await?;
    sim.unlink(&number, companion.device()?)?;
    assert_eq!(companion.ended().await?, [Ending::LoggedOut { on_connect: false, code: 401 }]);
    assert!(sim.devices(&number)?.is_empty());
    sim.finish().await
}

#[tokio::test]
async fn a_device_unlinked_while_away_is_notified_when_it_returns() -> anyhow::Result<()> {
    let sim = Sim::start().await?;
    let number = sim.phone("Ann")?;
    let mut companion = Companion::linked(&sim, &number).await?;
    let device = companion.device()?;
    companion.hang_up().await?;
    sim.unlink(&number, device)?;
    companion.restart().await?;
    companion.dial();
    assert_eq!(companion.ended().await?, [Ending::LoggedOut { on_connect: true, code: 401 }]);
    sim.finish().await
}

#[tokio::test]
async fn a_companion_refuses_a_pair_success_with_a_wrong_signature() -> anyhow::Result<()> {
    let sim = Sim::start().await?;
    let number = sim.phone("Ann")?;
    let mut companion = Companion::new(&sim).await?;
    let qr = companion.show_qr().await?;
    sim.named_fault(&number, "corrupt_pairing", json!({}), Some(1))?;
    let refusal = sim.scan(&number, &qr).await.expect_err("a forged signature was taken");
    assert!(refusal.to_string().contains("signature"), "{refusal:#}");
    let error = companion
        .event("PairError", |event| match event {
            Event::PairError(error) => Some(error.error.clone()),
            _ => None,
        })
        .await?;
    assert!(error.contains("signature"), "{error}");
    assert!(sim.devices(&number)?.is_empty());

    sim.scan(&number, &qr).await?;
    companion.paired().await?;
    sim.finish().await
}
