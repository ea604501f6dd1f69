//! All ways in which a pairing can end without a link.

use anyhow::ensure;
use reqwest::Method;
use serde_json::{Value, json};
use whatsim::{FaultKind, PasskeyRequired, RefuseCode};

use crate::deadline::until;
use crate::product::installation::{Installation, Server};
use crate::sim::Sim;

#[tokio::test]
async fn a_wrong_signature_is_reported_as_pairing_rejected() -> anyhow::Result<()> {
    let sim = Sim::start().await?;
    let number = sim.phone("Ann")?;
    let installation = Installation::new(&sim).await?;
    let server = installation.start().await?;
    let account = server.api.connect("Front desk").await?;
    let fault = sim.fault(&number, FaultKind::CorruptPairing, 1)?;
    let qr = server.api.qr_text(&account).await?;
    let _refused = sim.scan(&number, &qr).await;
    let failed = server.api.reaches(&account, "pairing_rejected").await?;
    assert_eq!(
        (&failed["connectionStatus"], &failed["status"]["action"]),
        (&"Failed".into(), &"link".into())
    );
    // The fault ends after its first hit. So it may no longer exist here, and then `clear` fails.
    let _gone = sim.clear(fault);
    server.api.connect_again(&account).await?;
    server.scan(&sim, &number, &account).await?;
    sim.finish().await?;
    Ok(())
}

#[tokio::test]
async fn a_typed_pairing_code_links_the_account() -> anyhow::Result<()> {
    let sim = Sim::start().await?;
    let number = sim.phone("Ann")?;
    let installation = Installation::new(&sim).await?;
    let server = installation.start().await?;
    let wish =
        json!({ "displayName": "Front desk", "phoneNumber": format!("+{number}"), "method": "pairingCode" });
    let (status, account) = server.api.call(Method::POST, "/whatsapp/connect", Some(wish)).await?;
    assert_eq!(status, 201, "{account}");
    let account = account["id"].as_str().unwrap_or_default().to_owned();
    let (status, shown) =
        server.api.call(Method::GET, &format!("/whatsapp/accounts/{account}/pairing-code"), None).await?;
    assert_eq!(status, 200, "{shown}");
    sim.type_code(&number, shown["code"].as_str().unwrap_or_default()).await?;
    let online = server.api.reaches(&account, "online").await?;
    assert_eq!(online["phoneNumber"], format!("+{number}"));
    sim.finish().await?;
    Ok(())
}

#[tokio::test]
async fn an_account_with_a_passkey_is_linked_after_a_confirmation() -> anyhow::Result<()> {
    let sim = Sim::start().await?;
    let number = sim.phone("Ann")?;
    let installation = Installation::new(&sim).await?;
    let server = installation.start().await?;
    let account = server.api.connect("Front desk").await?;
    sim.fault(&number, FaultKind::PasskeyRequired(PasskeyRequired::default()), 1)?;
    let qr = server.api.qr_text(&account).await?;
    let scan = sim.scan(&number, &qr);
    let link = async {
        let asked = server.api.reaches(&account, "passkey_required").await?;
        assert_eq!(asked["status"]["action"], "passkey");
        let path = format!("/whatsapp/accounts/{account}/passkey");
        let (status, challenge) = server.api.call(Method::GET, &path, None).await?;
        assert_eq!(
            (status.as_u16(), challenge["publicKey"]["challenge"].is_string()),
            (200, true),
            "{challenge}"
        );
        let assertion = sim.use_passkey(&number, &challenge["publicKey"].to_string())?;
        let (status, body) =
            server.api.call(Method::POST, &format!("{path}/assertion"), Some(assertion)).await?;
        assert_eq!(status, 202, "{body}");
        // Usually a person must compare two codes. If the phone does not ask for this, the pairing continues at
        // once.
        let step =
            server.api.reaches_one_of(&account, &["passkey_confirmation", "linking", "online"]).await?;
        if step["status"]["reason"] == "passkey_confirmation" {
            let (status, body) = server.api.call(Method::POST, &format!("{path}/confirm"), None).await?;
            assert_eq!(status, 202, "{body}");
        }
        server.api.reaches(&account, "online").await
    };
    let (scanned, linked) = tokio::join!(scan, link);
    scanned?;
    linked?;
    until("the linked device", async || (sim.state(&number).ok()?.devices.len() == 1).then_some(())).await?;
    sim.finish().await?;
    Ok(())
}

/// Creates an account that asks for a pairing code for `number`.
async fn by_code(server: &Server, number: &str) -> anyhow::Result<String> {
    let wish =
        json!({ "displayName": "Front desk", "phoneNumber": format!("+{number}"), "method": "pairingCode" });
    let account = server.api.create(wish).await?;
    Ok(account["id"].as_str().unwrap_or_default().to_owned())
}

async fn code_of(server: &Server, account: &str) -> anyhow::Result<Value> {
    let path = format!("/whatsapp/accounts/{account}/pairing-code");
    let (status, shown) = server.api.call(Method::POST, &path, Some(json!({}))).await?;
    ensure!(status == 200, "{status}: {shown}");
    Ok(shown["code"].clone())
}

#[tokio::test]
async fn a_wrong_code_typed_on_the_phone_is_reported_as_wrong_pairing_code() -> anyhow::Result<()> {
    let sim = Sim::start().await?;
    let number = sim.phone("Ann")?;
    let installation = Installation::new(&sim).await?;
    let server = installation.start().await?;
    let account = by_code(&server, &number).await?;
    let code = code_of(&server, &account).await?;
    let typed = if code == "AAAA-AAAA" { "BBBB-BBBB" } else { "AAAA-AAAA" };
    let _refused = sim.type_code(&number, typed).await;
    let failed = server.api.reaches(&account, "wrong_pairing_code").await?;
    let message = failed["status"]["message"].as_str().unwrap_or_default();
    assert!(message.contains("wrong code"), "{message}");
    assert_eq!(failed["status"]["action"], "link");

    let code = code_of(&server, &account).await?;
    sim.type_code(&number, code.as_str().unwrap_or_default()).await?;
    server.api.reaches(&account, "online").await?;
    sim.finish().await?;
    Ok(())
}

#[tokio::test]
async fn a_number_unknown_to_whatsapp_is_reported_as_number_not_found() -> anyhow::Result<()> {
    let sim = Sim::start().await?;
    let installation = Installation::new(&sim).await?;
    let server = installation.start().await?;
    let account = by_code(&server, "15559999999").await?;
    let failed = server.api.reaches(&account, "number_not_found").await?;
    assert_eq!(failed["status"]["action"], "link");
    let path = format!("/whatsapp/accounts/{account}/pairing-code");
    let (status, refused) = server.api.call(Method::GET, &path, None).await?;
    assert_eq!((status.as_u16(), &refused["code"]), (409, &"pairing_rejected".into()));
    assert_eq!(refused["detail"], failed["status"]["message"], "the answer says why");
    Ok(())
}

/// If WhatsApp gives out no more pairing codes for the moment, it answers with the code 429. If too many codes were
/// requested for one number, it answers with the code 400.
#[tokio::test]
async fn too_many_code_requests_are_reported_as_pairing_throttled() -> anyhow::Result<()> {
    let sim = Sim::start().await?;
    let installation = Installation::new(&sim).await?;
    let server = installation.start().await?;
    for code in [429, 400] {
        let number = sim.phone("Ann")?;
        let account = by_code(&server, &number).await?;
        code_of(&server, &account).await?;
        server.api.disconnect(&account).await?;
        server.api.reaches(&account, "user_disconnected").await?;
        sim.fault(&number, FaultKind::RefuseCode(RefuseCode { code }), 1)?;
        let again = json!({ "accountId": account, "method": "pairingCode" });
        server.api.call(Method::POST, "/whatsapp/connect", Some(again)).await?;
        let failed = server.api.reaches(&account, "pairing_throttled").await?;
        let message = failed["status"]["message"].as_str().unwrap_or_default();
        assert!(message.contains("no more codes"), "{message}");
    }
    Ok(())
}
