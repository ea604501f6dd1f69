//! Logouts while WhatsApp cannot be reached. The server keeps the keys until it has told WhatsApp about the
//! logout, even if it is restarted. Then it destroys them.

use linekeeper_storage::testing::Databases;
use reqwest::{Method, StatusCode};
use serde_json::json;

use super::lists_nothing;
use crate::deadline::{until, within};
use crate::product::installation::{Installation, Server, online};
use crate::sim::Sim;
use whatsim::FaultKind;

async fn left_in_the_dark(sim: &Sim, server: &Server, account: &str) -> anyhow::Result<()> {
    sim.server().go_dark().await;
    let (status, left) = within("a disconnect", server.api.disconnect(account)).await??;
    assert_eq!((status, &left["connectionStatus"]), (StatusCode::OK, &"Disconnected".into()), "{left}");
    let told = (&left["status"]["reason"], &left["status"]["action"]);
    assert_eq!(told, (&"logout_pending".into(), &"remove_device".into()), "{left}");
    Ok(())
}

#[tokio::test]
async fn a_disconnect_during_an_outage_finishes_when_whatsapp_returns() -> anyhow::Result<()> {
    let sim = Sim::start().await?;
    let (installation, server, account, number) = online(&sim).await?;
    left_in_the_dark(&sim, &server, &account).await?;
    let again = within("a second disconnect", server.api.disconnect(&account)).await??.1;
    assert_eq!(again["status"]["reason"], "logout_pending");
    server.kill().await?;

    let server = installation.start().await?;
    let pending = server.api.account(&account).await?;
    assert_eq!(pending["status"]["reason"], "logout_pending", "it survives a restart");
    let vault = installation.database.inspect_vault().await;
    assert!(vault.count("vault_rows").await > 0, "the keys are kept");
    assert_eq!(sim.state(&number)?.devices.len(), 1, "the phone lists the device");

    sim.server().return_from_dark().await?;
    lists_nothing(&sim, &number).await?;
    server.api.reaches(&account, "user_disconnected").await?;
    assert_eq!((vault.count("vault_rows").await, vault.count("data_keys").await), (0, 1), "nothing is kept");
    assert_eq!(installation.database.inspect_product().await.count("pending_logouts").await, 0);
    sim.finish().await?;
    Ok(())
}

#[tokio::test]
async fn a_disconnect_during_an_outage_finishes_on_postgresql() -> anyhow::Result<()> {
    let sim = Sim::start().await?;
    let installation = Installation::on(Databases::postgres().await, &sim).await?;
    let (server, account, number) = installation.online(&sim).await?;
    left_in_the_dark(&sim, &server, &account).await?;
    server.kill().await?;
    let server = installation.start().await?;
    sim.server().return_from_dark().await?;
    lists_nothing(&sim, &number).await?;
    server.api.reaches(&account, "user_disconnected").await?;
    let vault = installation.database.inspect_vault().await;
    assert_eq!((vault.count("vault_rows").await, vault.count("data_keys").await), (0, 1), "nothing is kept");
    sim.finish().await?;
    Ok(())
}

/// The test links the same phone again before the old device is logged out. The server then logs out only the old
/// device.
#[tokio::test]
async fn an_account_can_be_linked_again_while_its_logout_is_pending() -> anyhow::Result<()> {
    let sim = Sim::start().await?;
    let (installation, server, account, number) = online(&sim).await?;
    left_in_the_dark(&sim, &server, &account).await?;
    let old = sim.state(&number)?.devices[0].device;
    sim.server().return_from_dark().await?;
    let (status, body) = server.api.connect_again(&account).await?;
    assert_eq!((status, &body["status"]["reason"]), (StatusCode::OK, &"pairing".into()), "{body}");
    server.scan(&sim, &number, &account).await?;
    until("the new device alone", async || {
        let devices = sim.state(&number).ok()?.devices;
        (devices.len() == 1 && devices[0].device != old).then_some(())
    })
    .await?;
    assert_eq!(server.api.account(&account).await?["status"]["reason"], "online");
    server.kill().await?;
    let server = installation.start().await?;
    server.api.reaches(&account, "online").await?;
    sim.finish().await?;
    Ok(())
}

#[tokio::test]
async fn an_account_deleted_during_an_outage_is_logged_out_when_whatsapp_returns() -> anyhow::Result<()> {
    let sim = Sim::start().await?;
    let (installation, server, account, number) = online(&sim).await?;
    sim.server().go_dark().await;
    let path = format!("/whatsapp/accounts/{account}");
    let (status, left) = within("a deletion", server.api.call(Method::DELETE, &path, None)).await??;
    assert_eq!(
        (status, &left["status"]["reason"]),
        (StatusCode::ACCEPTED, &"logout_pending".into()),
        "the account is gone, and its phone still lists the device"
    );
    assert_eq!(server.api.call(Method::GET, &path, None).await?.0, StatusCode::NOT_FOUND);
    let product = installation.database.inspect_product().await;
    assert_eq!((product.count("accounts").await, product.count("pending_logouts").await), (0, 1));
    server.kill().await?;

    let server = installation.start().await?;
    sim.server().return_from_dark().await?;
    lists_nothing(&sim, &number).await?;
    until("an empty vault", async || {
        let vault = installation.database.inspect_vault().await;
        (vault.count("vault_rows").await == 0 && vault.count("data_keys").await == 1).then_some(())
    })
    .await?;
    until("no pending logout", async || (product.count("pending_logouts").await == 0).then_some(())).await?;
    // Another account can link the phone at once.
    server.link(&sim, &number).await?;
    sim.finish().await?;
    Ok(())
}

/// The wrong phone scans the code of an account, and WhatsApp does not let the new device log in yet. The server
/// logs the device out later. Until then, the account can already be linked to the right phone.
#[tokio::test]
async fn the_device_on_a_wrong_phone_is_logged_out_when_whatsapp_is_reachable() -> anyhow::Result<()> {
    let sim = Sim::start().await?;
    let (expected, other) = (sim.phone("Ann")?, sim.phone("Bob")?);
    let installation = Installation::new(&sim).await?;
    let server = installation.start().await?;
    let wish = json!({ "displayName": "Ann", "phoneNumber": format!("+{expected}") });
    let account = server.api.create(wish).await?["id"].as_str().expect("an id").to_owned();
    let away = sim.fault(&other, FaultKind::RefuseConnect, 1000)?;
    sim.scan(&other, &server.api.qr_text(&account).await?).await?;
    let refused = server.api.reaches(&account, "phone_mismatch").await?;
    let message = refused["status"]["message"].as_str().unwrap_or_default();
    assert!(message.ends_with("It is logged out again as soon as WhatsApp can be reached."), "{message}");
    server.api.connect_again(&account).await?;
    server.scan(&sim, &expected, &account).await?;
    assert_eq!(sim.state(&other)?.devices.len(), 1, "WhatsApp did not let it in");
    server.kill().await?;
    let server = installation.start().await?;
    sim.clear(away)?;
    lists_nothing(&sim, &other).await?;
    server.api.reaches(&account, "online").await?;
    assert_eq!(sim.state(&expected)?.devices.len(), 1);
    Ok(())
}

/// A logout uses the current proxy of its account, even if the proxy was set after the logout was requested.
#[tokio::test]
async fn a_pending_logout_uses_the_new_proxy_after_a_change() -> anyhow::Result<()> {
    let sim = Sim::start().await?;
    let (_installation, server, account, number) = online(&sim).await?;
    server.api.tell(&account, "pause").await?;
    // Nothing listens at this address.
    server.api.change(&account, json!({ "proxy": "socks5://127.0.0.1:9" })).await?;
    let (_, left) = within("a disconnect", server.api.disconnect(&account)).await??;
    assert_eq!(left["status"]["reason"], "logout_pending", "never past the proxy");
    assert_eq!(sim.state(&number)?.devices.len(), 1);
    server.api.change(&account, json!({ "proxy": null })).await?;
    lists_nothing(&sim, &number).await?;
    server.api.reaches(&account, "user_disconnected").await?;
    sim.finish().await?;
    Ok(())
}
