//! The folders and stores that backups go to: which backups are listed there, kept and verified, and which errors
//! can occur.

use std::os::unix::fs::PermissionsExt as _;

use super::super::installation::Installation;
use super::super::s3_store::{SECRET_KEY, Store};
use crate::sim::Sim;

#[tokio::test]
async fn backups_in_an_s3_store_are_listed_pruned_and_verified() -> anyhow::Result<()> {
    let sim = Sim::start().await?;
    let store = Store::start().await?;
    let mut installation = Installation::new(&sim).await?;
    store.known_to(&mut installation);
    installation.set("BACKUP_TO", "s3://bucket/deep/er");
    installation.set("BACKUP_KEEP", 2);
    for _ in 0..3 {
        installation.succeeds(&["backup"]).await?;
    }
    let listed = installation.succeeds(&["backup", "list"]).await?;
    assert_eq!(listed.lines().count(), 2, "{listed}");
    let oldest = listed.split_whitespace().next().unwrap_or_default();
    let verified = installation.succeeds(&["backup", "verify", oldest]).await?;
    assert!(verified.contains(&format!("{oldest} restores: 0 accounts")), "{verified}");
    let missing = installation.command_line(&["backup", "verify", "nothing"], "").await?;
    assert!(!missing.status.success() && String::from_utf8(missing.stderr)?.contains("no backup nothing"));
    let doctor = installation.succeeds(&["doctor", "--offline"]).await?;
    assert!(doctor.contains("ok    backups"), "{doctor}");
    Ok(())
}

/// `BACKUP_KEEP` applies only to the place in `BACKUP_TO`. A backup to another folder removes old backups only if
/// the command has `--keep`, and it does not count as a scheduled backup.
#[tokio::test]
async fn a_backup_to_another_folder_does_not_count_as_a_scheduled_backup() -> anyhow::Result<()> {
    let sim = Sim::start().await?;
    let mut installation = Installation::new(&sim).await?;
    let (usual, elsewhere) =
        (installation.data_dir().join("usual"), installation.data_dir().join("elsewhere"));
    let (usual, elsewhere) = (usual.to_str().unwrap_or_default(), elsewhere.to_str().unwrap_or_default());
    installation.set("BACKUP_TO", usual);
    installation.set("BACKUP_KEEP", 1);
    let missing = installation.command_line(&["backup", "list"], "").await?;
    let said = String::from_utf8(missing.stderr)?;
    assert!(!missing.status.success() && said.contains("there is no folder"), "{said}");
    for _ in 0..3 {
        installation.succeeds(&["backup", "--to", elsewhere]).await?;
    }
    let kept = async |place: &str| {
        anyhow::Ok(installation.succeeds(&["backup", "list", "--to", place]).await?.lines().count())
    };
    assert_eq!(kept(elsewhere).await?, 3);
    let doctor = installation.succeeds(&["doctor", "--offline"]).await?;
    assert!(doctor.contains("the first one is made soon"), "{doctor}");
    installation.succeeds(&["backup", "--to", elsewhere, "--keep", "2"]).await?;
    assert_eq!(kept(elsewhere).await?, 2);
    for _ in 0..2 {
        installation.succeeds(&["backup"]).await?;
    }
    assert_eq!(kept(usual).await?, 1);
    let doctor = installation.succeeds(&["doctor", "--offline"]).await?;
    assert!(doctor.contains(&format!("{usual}/")), "{doctor}");
    for entry in std::fs::read_dir(usual)? {
        let path = entry?.path();
        assert_eq!(path.metadata()?.permissions().mode() & 0o777, 0o600, "{}", path.display());
        std::fs::remove_file(path)?;
    }
    let doctor = installation.succeeds(&["doctor", "--offline"]).await?;
    assert!(doctor.contains("warn  backups") && doctor.contains("is not there any more"), "{doctor}");
    Ok(())
}

/// If somebody makes one backup by hand and `BACKUP_TO` is not set, `doctor` must still warn that no backups are
/// scheduled.
#[tokio::test]
async fn the_doctor_still_warns_after_a_manual_backup_to_another_folder() -> anyhow::Result<()> {
    let sim = Sim::start().await?;
    let installation = Installation::new(&sim).await?;
    let elsewhere = installation.data_dir().join("elsewhere");
    installation.succeeds(&["backup", "--to", elsewhere.to_str().unwrap_or_default()]).await?;
    let doctor = installation.succeeds(&["doctor", "--offline"]).await?;
    assert!(doctor.contains("warn  backups") && doctor.contains("BACKUP_TO is not set"), "{doctor}");
    Ok(())
}

#[tokio::test]
async fn a_refusal_by_the_store_is_reported_without_the_secret() -> anyhow::Result<()> {
    let sim = Sim::start().await?;
    let store = Store::start().await?;
    let mut installation = Installation::new(&sim).await?;
    store.known_to(&mut installation);
    installation.set("S3_SECRET_ACCESS_KEY", "another-secret");
    installation.set("BACKUP_TO", "s3://bucket");
    let refused = installation.command_line(&["backup"], "").await?;
    let said = String::from_utf8(refused.stderr)?;
    assert!(!refused.status.success() && said.contains("SignatureDoesNotMatch"), "{said}");
    assert!(!said.contains("another-secret") && !said.contains(SECRET_KEY), "{said}");
    // From here on, the endpoint is an address at which no store answers.
    installation.set("S3_SECRET_ACCESS_KEY", SECRET_KEY);
    installation.set("S3_ENDPOINT", "http://127.0.0.1:9");
    let nobody = installation.command_line(&["backup"], "").await?;
    assert!(!nobody.status.success());
    let doctor = installation.succeeds(&["doctor", "--offline"]).await?;
    assert!(doctor.contains("warn  backups") && doctor.contains("failed 2 times"), "{doctor}");
    assert!(!installation.data_dir().join("backup-work").exists(), "nothing is left lying about");
    Ok(())
}

#[tokio::test]
async fn an_altered_backup_fails_verification() -> anyhow::Result<()> {
    let sim = Sim::start().await?;
    let installation = Installation::new(&sim).await?;
    let folder = installation.data_dir().join("backups");
    let place = folder.to_str().unwrap_or_default();
    installation.succeeds(&["backup", "--to", place]).await?;
    std::fs::write(folder.join("notes.txt"), "not a backup")?;
    let listed = installation.succeeds(&["backup", "list", "--to", place]).await?;
    let name = listed.split_whitespace().next().unwrap_or_default();
    assert_eq!(listed.lines().count(), 1, "{listed}");
    let mut bytes = std::fs::read(folder.join(name))?;
    let middle = bytes.len() / 2;
    bytes[middle] ^= 1;
    std::fs::write(folder.join(name), &bytes)?;
    let refused = installation.command_line(&["backup", "verify", "latest", "--to", place], "").await?;
    let said = String::from_utf8(refused.stderr)?;
    assert!(!refused.status.success() && said.contains("altered or cut off"), "{said}");
    Ok(())
}

#[tokio::test]
async fn restoring_without_the_master_key_fails_and_creates_no_new_key() -> anyhow::Result<()> {
    let sim = Sim::start().await?;
    let installation = Installation::new(&sim).await?;
    let folder = installation.data_dir().join("backups");
    let place = folder.to_str().unwrap_or_default();
    installation.succeeds(&["backup", "--to", place]).await?;
    let elsewhere = installation.elsewhere(linekeeper_storage::testing::Databases::sqlite());
    let from = format!("{place}/latest");
    let refused = elsewhere.command_line(&["restore", "--from", &from], "").await?;
    let said = String::from_utf8(refused.stderr)?;
    assert_eq!(refused.status.code(), Some(64));
    assert!(said.contains("encryption.key"), "{said}");
    assert!(!elsewhere.key_file().exists(), "a new key would open nothing");
    Ok(())
}

#[tokio::test]
async fn the_backup_folder_is_created_but_not_its_parents() -> anyhow::Result<()> {
    let sim = Sim::start().await?;
    let installation = Installation::new(&sim).await?;
    let place = tempfile::tempdir()?;
    let (made, refused) = (place.path().join("backups"), place.path().join("unmounted/backups"));
    let to = |folder: &std::path::Path| folder.display().to_string();
    installation.succeeds(&["backup", "--to", &to(&made)]).await?;
    assert!(installation.succeeds(&["backup", "list", "--to", &to(&made)]).await?.contains(".backup"));
    let ended = installation.command_line(&["backup", "--to", &to(&refused)], "").await?;
    let said = String::from_utf8(ended.stderr)?;
    assert!(!ended.status.success() && said.contains("unmounted/backups: No such file"), "{said}");
    assert!(!place.path().join("unmounted").exists());
    Ok(())
}
