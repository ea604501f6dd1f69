//! At its default level, the log contains ids of accounts and never names or numbers of people.

use anyhow::Context as _;
use reqwest::Method;
use serde_json::{Value, json};
use whatsim::FaultKind;

use super::installation::Installation;
use crate::sim::Sim;

#[tokio::test]
async fn the_log_contains_account_ids_but_no_names_numbers_or_secrets() -> anyhow::Result<()> {
    let sim = Sim::start().await?;
    let mut installation = Installation::new(&sim).await?;
    installation.set("LINEKEEPER_LOG", "info");
    installation.set("LINEKEEPER_LOG_FORMAT", "json");
    let numbers = [sim.phone("Annabella")?, sim.phone("Benedikta")?, sim.phone("Cornelius")?];
    let [ann, ben, cor] = &numbers;
    let server = installation.start().await?;
    let mut needles = vec!["owner@example.org".to_owned(), installation.api_key().to_owned()];

    // An account is linked by QR, a message arrives, and the connection breaks and returns.
    let first = server.api.connect("Planted front desk").await?;
    let qr = server.api.qr_text(&first).await?;
    needles.extend(qr.rsplit('#').next().unwrap_or_default().split(',').map(str::to_owned));
    sim.scan(ann, &qr).await?;
    server.api.reaches(&first, "online").await?;
    sim.send(ben, ann, "planted words").await?;
    sim.drained(ann).await?;
    sim.fault(ann, FaultKind::DropConnection, 1)?;
    server.api.reaches_one_of(&first, &["network_lost", "server_closed"]).await?;
    server.api.reaches(&first, "online").await?;

    // The second account is linked by a pairing code.
    let wish =
        json!({ "displayName": "Planted sales", "method": "pairingCode", "phoneNumber": format!("+{ben}") });
    let second = server.api.create(wish).await?["id"].as_str().context("an id")?.to_owned();
    let path = format!("/whatsapp/accounts/{second}/pairing-code");
    let code = crate::deadline::until("a code", async || {
        let (_, body) = server.api.call(Method::GET, &path, None).await.ok()?;
        Some(body["code"].as_str()?.to_owned())
    })
    .await?;
    needles.push(code.clone());
    sim.type_code(ben, &code.replace('-', "")).await?;
    server.api.reaches(&second, "online").await?;

    // A pairing fails because a phone other than the expected one scanned the code.
    let wish = json!({ "displayName": "Planted support", "phoneNumber": "+15550199999" });
    let third = server.api.create(wish).await?["id"].as_str().context("an id")?.to_owned();
    sim.scan(cor, &server.api.qr_text(&third).await?).await?;
    server.api.reaches(&third, "phone_mismatch").await?;

    // The first account is removed on the phone, the second is disconnected by the API, and somebody signs in with
    // a wrong password.
    sim.unlink_all(ann)?;
    server.api.reaches_one_of(&first, &["device_removed", "logged_out"]).await?;
    server.api.disconnect(&second).await?;
    let wrong = json!({ "email": "owner@example.org", "password": "a planted password" });
    server.api.call(Method::POST, "/auth/sign-in", Some(wrong)).await?;

    let log = server.log().await?;
    let mut about_accounts = 0;
    for line in log.lines() {
        let told: Value = serde_json::from_str(line).with_context(|| line.to_owned())?;
        let target = told["target"].as_str().context("a target")?;
        if target.starts_with("linekeeper::accounts") || target.starts_with("linekeeper::whatsapp") {
            let account = told["fields"]["account"].as_str().with_context(|| line.to_owned())?;
            assert!([&first, &second, &third].into_iter().any(|id| id == account), "{line}");
            about_accounts += 1;
        }
    }
    assert!(about_accounts >= 10, "{log}");
    needles.extend(numbers.iter().cloned());
    needles.extend(
        ["15550199999", "Annabella", "Benedikta", "Cornelius", "lanted", "whatsapp.net", "@lid", "lk_"]
            .map(str::to_owned),
    );
    for needle in needles.iter().filter(|needle| needle.len() > 3) {
        assert!(!log.contains(needle.as_str()), "{needle} is in the log:\n{log}");
    }
    sim.finish().await?;
    Ok(())
}
