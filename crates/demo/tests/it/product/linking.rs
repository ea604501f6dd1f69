//! A new server gets an online account by a QR code. The test uses only the API.

use std::time::Instant;

use reqwest::{Method, StatusCode};

use super::installation::Installation;
use crate::sim::Sim;

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
    sim.finish().await?;
    Ok(())
}

#[tokio::test]
async fn the_png_and_svg_show_the_qr_code() -> anyhow::Result<()> {
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
async fn a_phone_other_than_the_expected_one_is_rejected() -> anyhow::Result<()> {
    let sim = Sim::start().await?;
    let (expected, other) = (sim.phone("Ann")?, sim.phone("Bob")?);
    let installation = Installation::new(&sim).await?;
    let server = installation.start().await?;
    let body = serde_json::json!({ "displayName": "Ann", "phoneNumber": format!("+{expected}") });
    let (_, account) = server.api.call(Method::POST, "/whatsapp/connect", Some(body)).await?;
    let account = account["id"].as_str().expect("an id").to_owned();
    sim.scan(&other, &server.api.qr_text(&account).await?).await?;
    let refused = server.api.reaches(&account, "phone_mismatch").await?;
    let expected_message = format!(
        "Another phone than the expected one was linked. Its number is +{other}. It is logged out again as soon as WhatsApp can be reached."
    );
    assert_eq!(refused["status"]["message"], expected_message);
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
async fn one_phone_can_belong_to_only_one_account() -> anyhow::Result<()> {
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
    let expected = format!(
        "The phone that was linked, +{number}, belongs to another account here. It is logged out again as soon as WhatsApp can be reached."
    );
    assert_eq!(refused["status"]["message"], expected);
    assert_eq!(server.api.account(&first).await?["connectionStatus"], "Connected");
    Ok(())
}

#[tokio::test]
async fn a_phone_links_even_if_whatsapp_writes_its_number_differently() -> anyhow::Result<()> {
    let sim = Sim::start().await?;
    let installation = Installation::new(&sim).await?;
    let server = installation.start().await?;
    for (expected, spelled) in [
        ("+5531999990000", "553199990000"),
        ("+525512345678", "5215512345678"),
        ("+541112345678", "5491112345678"),
    ] {
        sim.phone_with(spelled, "Ana")?;
        let wish = serde_json::json!({ "displayName": "Ana", "phoneNumber": expected });
        let account = server.api.create(wish).await?;
        let account = account["id"].as_str().expect("an id").to_owned();
        server.scan(&sim, spelled, &account).await?;
        let online = server.api.account(&account).await?;
        assert_eq!(online["phoneNumber"], format!("+{spelled}"), "as WhatsApp writes it");

        let second = serde_json::json!({ "displayName": "Second", "phoneNumber": expected });
        let (status, refused) = server.api.call(Method::POST, "/whatsapp/connect", Some(second)).await?;
        assert_eq!((status, &refused["code"]), (StatusCode::CONFLICT, &"phone_number_taken".into()));
        let found = format!("/whatsapp/accounts?q={}", expected.trim_start_matches('+'));
        let (_, page) = server.api.call(Method::GET, &found, None).await?;
        assert_eq!(page["data"][0]["id"], account.as_str(), "{page}");
    }
    Ok(())
}

#[tokio::test]
async fn a_disconnected_account_accepts_another_phone_only_with_replace_phone() -> anyhow::Result<()> {
    let sim = Sim::start().await?;
    let (first, second) = (sim.phone("Ann")?, sim.phone("Bob")?);
    let installation = Installation::new(&sim).await?;
    let server = installation.start().await?;
    let account = server.link(&sim, &first).await?;
    let replace = serde_json::json!({ "accountId": account, "replacePhone": true });
    let connect = async |body| server.api.call(Method::POST, "/whatsapp/connect", Some(body)).await;

    let (status, refused) = connect(replace.clone()).await?;
    assert_eq!((status, &refused["code"]), (StatusCode::CONFLICT, &"already_connected".into()));
    server.api.disconnect(&account).await?;
    server.api.reaches(&account, "user_disconnected").await?;
    let (status, _) = server.api.connect_again(&account).await?;
    assert_eq!(status, StatusCode::OK);
    sim.scan(&second, &server.api.qr_text(&account).await?).await?;
    server.api.reaches(&account, "phone_mismatch").await?;

    let (status, pairing) = connect(replace).await?;
    assert_eq!((status, &pairing["phoneNumber"]), (StatusCode::OK, &serde_json::Value::Null), "{pairing}");
    server.scan(&sim, &second, &account).await?;
    assert_eq!(server.api.account(&account).await?["phoneNumber"], format!("+{second}"));
    let events = server.api.events().await?;
    let linked: Vec<_> = events.iter().filter(|event| event["type"] == "account.linked").collect();
    let numbers: Vec<_> = linked.iter().map(|event| event["data"]["phoneNumber"].clone()).collect();
    assert_eq!(numbers, [format!("+{first}"), format!("+{second}")], "earlier events stay the account's");
    // The first phone does not belong to the account any more, so another account can link it.
    let other = server.api.connect("Other").await?;
    server.scan(&sim, &first, &other).await?;
    Ok(())
}

#[tokio::test]
async fn an_account_created_for_a_number_accepts_no_other_phone() -> anyhow::Result<()> {
    let sim = Sim::start().await?;
    let number = sim.phone("Ann")?;
    let installation = Installation::new(&sim).await?;
    let server = installation.start().await?;
    let wish = serde_json::json!({ "displayName": "Ann", "phoneNumber": format!("+{number}") });
    let account = server.api.create(wish).await?["id"].as_str().expect("an id").to_owned();
    server.scan(&sim, &number, &account).await?;
    server.api.disconnect(&account).await?;
    server.api.reaches(&account, "user_disconnected").await?;
    let replace = serde_json::json!({ "accountId": account, "replacePhone": true });
    let (status, refused) = server.api.call(Method::POST, "/whatsapp/connect", Some(replace)).await?;
    assert_eq!(
        (status, &refused["code"]),
        (StatusCode::BAD_REQUEST, &"validation_failed".into()),
        "{refused}"
    );
    assert_eq!(refused["errors"][0]["field"], "replacePhone", "{refused}");
    assert_eq!(server.api.account(&account).await?["phoneNumber"], format!("+{number}"));
    Ok(())
}
