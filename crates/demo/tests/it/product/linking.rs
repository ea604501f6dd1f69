//! From nothing to online by a QR code, over the API alone.

use std::time::Instant;

use reqwest::{Method, StatusCode};

use super::installation::Installation;
use super::sim::Sim;

#[tokio::test]
async fn a_scanned_code_brings_the_account_online() -> anyhow::Result<()> {
    let sim = Sim::start().await?;
    let number = sim.phone("Ann")?;
    let server = Installation::new(&sim).await?;
    let server = server.start().await?;

    let account = server.api.connect("Front desk").await?;
    let qr = server.api.qr_text(&account).await?;
    let scanned = Instant::now();
    sim.scan(&number, &qr).await?;
    let online = server.api.reaches(&account, "online").await?;
    eprintln!("from scan to Connected over the API: {:?}", scanned.elapsed());

    assert_eq!(online["connectionStatus"], "Connected");
    assert_eq!(online["phoneNumber"], format!("+{number}"));
    assert!(online["lastConnectedAt"].is_string());
    let (status, refused) =
        server.api.call(Method::GET, &format!("/whatsapp/qr-code/{account}"), None).await?;
    assert_eq!((status, &refused["code"]), (StatusCode::CONFLICT, &"qr_not_needed".into()));
    let (status, refused) = server.api.connect_again(&account).await?;
    assert_eq!((status, &refused["code"]), (StatusCode::CONFLICT, &"already_connected".into()));
    sim.finish().await;
    Ok(())
}

#[tokio::test]
async fn the_pictures_show_the_code() -> anyhow::Result<()> {
    let sim = Sim::start().await?;
    let installation = Installation::new(&sim).await?;
    let server = installation.start().await?;
    let account = server.api.connect("Front desk").await?;
    let text = server.api.qr_text(&account).await?;
    let path = format!("/whatsapp/qr-code/{account}");

    let (kind, png) = server.api.bytes(&path, "image/png").await?;
    assert_eq!(kind, "image/png");
    let picture = image::load_from_memory(&png)?.to_luma8();
    let (width, height) = (picture.width() as usize, picture.height() as usize);
    let mut picture = rqrr::PreparedImage::prepare_from_greyscale(width, height, |x, y| {
        picture.get_pixel(x as u32, y as u32).0[0]
    });
    let codes = picture.detect_grids();
    assert_eq!(codes.len(), 1, "one code in the picture");
    assert_eq!(codes[0].decode()?.1, text);

    let (kind, svg) = server.api.bytes(&path, "image/svg+xml").await?;
    assert!(kind.starts_with("image/svg+xml"), "{kind}");
    assert!(String::from_utf8(svg)?.contains("<svg"));
    Ok(())
}

#[tokio::test]
async fn another_phone_than_the_expected_one_is_turned_away() -> anyhow::Result<()> {
    let sim = Sim::start().await?;
    let (expected, other) = (sim.phone("Ann")?, sim.phone("Bob")?);
    let installation = Installation::new(&sim).await?;
    let server = installation.start().await?;
    let body = serde_json::json!({ "displayName": "Ann", "phoneNumber": format!("+{expected}") });
    let (_, account) = server.api.call(Method::POST, "/whatsapp/connect", Some(body)).await?;
    let account = account["id"].as_str().expect("an id").to_owned();
    sim.scan(&other, &server.api.qr_text(&account).await?).await?;
    server.api.reaches(&account, "phone_mismatch").await?;
    crate::deadline::until("no linked device", async || {
        sim.state(&other).ok()?.devices.is_empty().then_some(())
    })
    .await?;

    let (status, _) = server.api.connect_again(&account).await?;
    assert_eq!(status, StatusCode::OK);
    server.scan(&sim, &expected, &account).await?;
    Ok(())
}

#[tokio::test]
async fn one_phone_belongs_to_one_account() -> anyhow::Result<()> {
    let sim = Sim::start().await?;
    let number = sim.phone("Ann")?;
    let installation = Installation::new(&sim).await?;
    let server = installation.start().await?;
    let first = server.link(&sim, &number).await?;

    let body = serde_json::json!({ "displayName": "Second", "phoneNumber": format!("+{number}") });
    let (status, refused) = server.api.call(Method::POST, "/whatsapp/connect", Some(body)).await?;
    assert_eq!((status, &refused["code"]), (StatusCode::CONFLICT, &"phone_number_taken".into()));
    let second = server.api.connect("Second").await?;
    sim.scan(&number, &server.api.qr_text(&second).await?).await?;
    let refused = server.api.reaches(&second, "phone_mismatch").await?;
    assert_eq!(refused["status"]["message"], "The phone that was scanned belongs to another account here.");
    assert_eq!(server.api.account(&first).await?["connectionStatus"], "Connected");
    Ok(())
}
