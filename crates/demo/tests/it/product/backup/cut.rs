//! A backup that is killed at a random moment either exists and can be restored, or does not exist.

use std::time::Duration;

use super::super::installation::Installation;
use super::super::s3_store::Store;
use crate::sim::Sim;

const KILLS: u32 = 12;

#[tokio::test]
async fn an_incomplete_backup_is_not_listed_as_a_backup() -> anyhow::Result<()> {
    let sim = Sim::start().await?;
    let store = Store::start().await?;
    let mut installation = Installation::new(&sim).await?;
    store.known_to(&mut installation);
    let folder = installation.data_dir().join("backups");
    // The first backup may be killed before it creates the folder, and a missing folder cannot be listed.
    std::fs::create_dir(&folder)?;
    let (server, account, _) = installation.online(&sim).await?;
    for place in ["s3://bucket/cut", folder.to_str().unwrap_or_default()] {
        for kill in 0..KILLS {
            let mut process = installation.command(&["backup", "--to", place]).spawn()?;
            // The kill must come at a random moment, so the test waits for a time and not for an event.
            let moment = Duration::from_millis(u64::from(kill * 25));
            let _ended_or_not = tokio::time::timeout(moment, process.wait()).await;
            process.kill().await?;
            let listed = installation.succeeds(&["backup", "list", "--to", place]).await?;
            if !listed.is_empty() {
                installation.succeeds(&["backup", "verify", "latest", "--to", place]).await?;
            }
        }
        // An incomplete backup does not disturb the next one.
        installation.succeeds(&["backup", "--to", place]).await?;
        installation.succeeds(&["backup", "verify", "latest", "--to", place]).await?;
    }
    let left =
        std::fs::read_dir(&folder)?.map(|entry| Ok(entry?.file_name().into_string().unwrap_or_default()));
    let left = left.collect::<anyhow::Result<Vec<String>>>()?;
    assert!(left.iter().all(|name| name.ends_with(".backup")), "{left:?}");
    assert!(!installation.data_dir().join("backup-work").exists());
    assert_eq!(server.api.account(&account).await?["connectionStatus"], "Connected");
    Ok(())
}
