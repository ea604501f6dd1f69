//! A kill during a link and the first login: what is left on disk, and how the next start handles it.

use std::sync::Arc;
use std::time::Duration;

use anyhow::Context as _;
use linekeeper_model::clock::SystemClock;
use linekeeper_storage::{KeyRing, SessionStore, Storage};
use whatsapp_rust::wacore::store::Device;
use whatsapp_rust::wacore::store::traits::DeviceStore as _;
use whatsapp_rust::waproto::whatsapp::ADVSignedDeviceIdentity;

use super::installation::{Installation, Server, online};
use crate::deadline::{until, until_after};
use crate::sim::Sim;

/// Less than the 10 s for which the library waits for a missing app-state key.
const NO_GRACE: Duration = Duration::from_secs(8);

/// The stored session of an account whose server is down.
async fn session(installation: &Installation, account: &str) -> anyhow::Result<(Storage, SessionStore)> {
    let keys = KeyRing::of_file_or_new(installation.key_file(), Vec::new())?;
    let options = installation.database.options_with(keys, "test");
    let storage = Storage::open(options, Arc::new(SystemClock)).await?;
    let session = storage.vault().take(account.parse()?).await?;
    Ok((storage, session))
}

async fn change_device(
    installation: &Installation,
    account: &str,
    change: impl FnOnce(&mut Device),
) -> anyhow::Result<()> {
    let (_storage, session) = session(installation, account).await?;
    let mut device = session.load().await?.context("a device record")?;
    change(&mut device);
    Ok(session.save(&device).await?)
}

/// Removes the account's name from the database and from the stored session. The server reads the name from
/// WhatsApp's settings, and then stores it. A kill between these two steps leaves the same state.
async fn lose_the_name(installation: &Installation, account: &str) -> anyhow::Result<()> {
    installation.database.inspect_product().await.execute("UPDATE accounts SET push_name = NULL").await;
    change_device(installation, account, |device| device.push_name.clear()).await
}

/// The number of events about the account's name.
async fn names_told(server: &Server) -> anyhow::Result<usize> {
    Ok(server.api.events().await?.iter().filter(|event| event["data"]["pushName"] == "Ann").count())
}

/// Waits for the first event about the account's name. The link causes this event. Returns the number of such
/// events.
async fn names_told_by_the_link(server: &Server) -> anyhow::Result<usize> {
    until("the name of a new account", async || names_told(server).await.ok().filter(|told| *told > 0)).await
}

/// Checks that the account comes online in less time than the library waits for a missing key. Then waits for a new
/// event about the account's name.
async fn comes_back_with_its_name(server: &Server, account: &str, told: usize) -> anyhow::Result<()> {
    until_after(NO_GRACE, "login without a wait for the key", async || {
        (server.api.account(account).await.ok()?["connectionStatus"] == "Connected").then_some(())
    })
    .await?;
    until("the account's name", async || (names_told(server).await.ok()? > told).then_some(())).await
}

#[tokio::test]
async fn a_login_is_quick_even_if_a_kill_lost_the_stored_account_name() -> anyhow::Result<()> {
    let sim = Sim::start().await?;
    let (installation, server, account, _number) = online(&sim).await?;
    let told = names_told_by_the_link(&server).await?;
    server.kill().await?;
    lose_the_name(&installation, &account).await?;
    let server = installation.start().await?;
    comes_back_with_its_name(&server, &account, told).await?;
    server.stop().await?;
    let (_storage, session) = session(&installation, &account).await?;
    assert_eq!(session.load().await?.context("a record")?.push_name, "Ann", "the next login has it");
    sim.finish().await?;
    Ok(())
}

#[tokio::test]
async fn an_app_state_key_lost_when_the_server_was_killed_is_requested_again() -> anyhow::Result<()> {
    let sim = Sim::start().await?;
    let (installation, server, account, _number) = online(&sim).await?;
    let told = names_told_by_the_link(&server).await?;
    server.kill().await?;
    lose_the_name(&installation, &account).await?;
    let vault = installation.database.inspect_vault().await;
    assert!(vault.delete("app state key").await > 0, "there was a key");
    let server = installation.start().await?;
    comes_back_with_its_name(&server, &account, told).await?;
    sim.finish().await?;
    Ok(())
}

#[tokio::test]
async fn a_link_that_the_server_has_not_signed_is_reported_as_not_linked() -> anyhow::Result<()> {
    let sim = Sim::start().await?;
    let number = sim.phone("Ann")?;
    let installation = Installation::new(&sim).await?;
    let server = installation.start().await?;
    let account = server.api.connect("Front desk").await?;
    server.api.qr_code(&account).await?;
    server.kill().await?;
    // Makes the stored device look as if the phone had agreed to the link, but the server had not sent its
    // signature yet.
    change_device(&installation, &account, |device| {
        device.pn = format!("{number}:1@s.whatsapp.net").parse().ok();
        device.account = Some(Arc::new(ADVSignedDeviceIdentity::default()));
    })
    .await?;
    let server = installation.start().await?;
    let body = server.api.reaches_one_of(&account, &["not_linked", "logged_out", "device_removed"]).await?;
    assert_eq!(
        (&body["status"]["reason"], &body["status"]["action"]),
        (&"not_linked".into(), &"link".into())
    );
    server.api.connect_again(&account).await?;
    server.scan(&sim, &number, &account).await?;
    assert_eq!(sim.state(&number)?.devices.len(), 1);
    sim.finish().await?;
    Ok(())
}

/// A kill in the middle of a link can leave a stored device that has the phone's number, but not the identity that
/// the phone signed. The library stores this identity before the server sends its own signature. So WhatsApp has
/// not completed such a link.
#[tokio::test]
async fn a_half_finished_link_is_reported_as_not_linked() -> anyhow::Result<()> {
    let sim = Sim::start().await?;
    let number = sim.phone("Ann")?;
    let installation = Installation::new(&sim).await?;
    let server = installation.start().await?;
    let account = server.api.connect("Front desk").await?;
    server.api.qr_code(&account).await?;
    server.kill().await?;
    change_device(&installation, &account, |device| {
        device.pn = format!("{number}:1@s.whatsapp.net").parse().ok();
    })
    .await?;
    let server = installation.start().await?;
    server.api.reaches(&account, "not_linked").await?;
    server.api.connect_again(&account).await?;
    server.scan(&sim, &number, &account).await?;
    sim.finish().await?;
    Ok(())
}
