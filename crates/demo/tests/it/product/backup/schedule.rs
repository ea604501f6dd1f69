//! Backups that a server makes by its schedule.

use super::super::installation::Installation;
use super::super::s3_store::Store;
use crate::deadline::until;
use crate::sim::Sim;

#[tokio::test]
async fn a_server_makes_scheduled_backups() -> anyhow::Result<()> {
    let sim = Sim::start().await?;
    let store = Store::start().await?;
    let mut installation = Installation::new(&sim).await?;
    store.known_to(&mut installation);
    installation.set("BACKUP_TO", "s3://bucket/");
    let (server, account, _) = installation.online(&sim).await?;
    let done = async || {
        let doctor = installation.command_line(&["doctor", "--offline"], "").await.ok()?;
        String::from_utf8(doctor.stdout).ok().filter(|said| said.contains("restored for a trial"))
    };
    until("a backup that was proven", done).await?;
    installation.succeeds(&["backup", "verify", "latest"]).await?;
    assert_eq!(server.api.account(&account).await?["connectionStatus"], "Connected");
    Ok(())
}

#[tokio::test]
async fn a_server_keeps_running_while_its_backup_store_is_down() -> anyhow::Result<()> {
    let sim = Sim::start().await?;
    let mut installation = Installation::new(&sim).await?;
    // No store listens at this address.
    installation.set("S3_ENDPOINT", "http://127.0.0.1:9");
    installation.set("S3_ACCESS_KEY_ID", "id");
    installation.set("S3_SECRET_ACCESS_KEY", "hunter2hunter2");
    installation.set("BACKUP_TO", "s3://bucket/");
    let (server, ..) = installation.online(&sim).await?;
    let told = async || {
        let doctor = installation.command_line(&["doctor", "--offline"], "").await.ok()?;
        String::from_utf8(doctor.stdout).ok().filter(|said| said.contains(" times, last at"))
    };
    let said = until("a failure that is told", told).await?;
    assert!(!said.contains("hunter2"), "{said}");
    let log = server.log().await?;
    assert!(log.contains("the backup failed") && !log.contains("hunter2"), "{log}");
    Ok(())
}
