//! Disconnecting removes the device from the phone and the session from the disk.

use reqwest::StatusCode;

use super::installation::Installation;
use crate::deadline::until;
use crate::sim::Sim;

#[tokio::test]
async fn disconnecting_removes_the_device_from_the_phone_and_the_server() -> anyhow::Result<()> {
    let sim = Sim::start().await?;
    let number = sim.phone("Ann")?;
    let installation = Installation::new(&sim).await?;
    let server = installation.start().await?;
    let account = server.link(&sim, &number).await?;

    let (status, body) = server.api.disconnect(&account).await?;
    assert_eq!((status, &body["status"]["reason"]), (StatusCode::OK, &"user_disconnected".into()));
    assert!(sim.state(&number)?.devices.is_empty(), "the phone no longer lists the device");
    let (status, again) = server.api.disconnect(&account).await?;
    assert_eq!((status, &again["status"]["reason"]), (StatusCode::OK, &"user_disconnected".into()));

    server.kill().await?;
    let server = installation.start().await?;
    assert_eq!(server.api.reaches(&account, "user_disconnected").await?["connectionStatus"], "Disconnected");
    let (status, _) = server.api.connect_again(&account).await?;
    assert_eq!(status, StatusCode::OK);
    server.scan(&sim, &number, &account).await?;
    sim.finish().await?;
    Ok(())
}

#[tokio::test]
async fn a_device_removed_on_the_phone_is_reported_and_can_be_linked_again() -> anyhow::Result<()> {
    let sim = Sim::start().await?;
    let number = sim.phone("Ann")?;
    let installation = Installation::new(&sim).await?;
    let server = installation.start().await?;
    let account = server.link(&sim, &number).await?;

    sim.unlink_all(&number)?;
    let failed = server.api.reaches(&account, "device_removed").await?;
    assert_eq!(
        (&failed["connectionStatus"], &failed["status"]["action"]),
        (&"Failed".into(), &"link".into())
    );
    server.api.connect_again(&account).await?;
    server.scan(&sim, &number, &account).await?;
    until("the new device alone", async || (sim.state(&number).ok()?.devices.len() == 1).then_some(()))
        .await?;
    sim.finish().await?;
    Ok(())
}
