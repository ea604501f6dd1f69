//! The disk under the data directory is full for a while.

use std::fs::File;
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::Command;

use linekeeper_storage::testing::Databases;
use reqwest::Method;
use whatsim::FaultKind;

use super::history;
use super::readiness::{is_ready, refused, storage_is_missed};
use crate::deadline::until;
use crate::product::installation::Installation;
use crate::sim::Sim;

/// A separate file system over a directory. It is unmounted when dropped.
pub struct SmallDisk(PathBuf);

impl SmallDisk {
    /// Mounts the file system. Returns `None` if this fails, for example because the user who runs the test is not
    /// allowed to mount file systems.
    pub fn over(directory: &Path, mebibytes: u32) -> anyhow::Result<Option<Self>> {
        let mut mount = Command::new("mount");
        mount.args(["-t", "tmpfs", "-o", &format!("size={mebibytes}m,mode=0700"), "linekeeper-test"]);
        Ok(mount.arg(directory).output()?.status.success().then(|| Self(directory.to_owned())))
    }

    /// Fills the remaining space.
    pub fn fill(&self) -> anyhow::Result<()> {
        let mut ballast = File::create(self.ballast())?;
        let full = loop {
            if let Err(error) = ballast.write_all(&[0; 4096]) {
                break error;
            }
        };
        anyhow::ensure!(full.kind() == std::io::ErrorKind::StorageFull, "{full}");
        Ok(())
    }

    /// Fills the remaining space except for `left` bytes.
    pub fn fill_but(&self, left: u64) -> anyhow::Result<()> {
        self.fill()?;
        let ballast = File::options().write(true).open(self.ballast())?;
        Ok(ballast.set_len(ballast.metadata()?.len().saturating_sub(left))?)
    }

    pub fn free(&self) -> anyhow::Result<()> {
        Ok(std::fs::remove_file(self.ballast())?)
    }

    fn turn_read_only(&self) -> anyhow::Result<()> {
        let mut mount = Command::new("mount");
        mount.args(["-o", "remount,ro"]).arg(&self.0);
        anyhow::ensure!(mount.status()?.success(), "it was mounted by this test");
        Ok(())
    }

    fn ballast(&self) -> PathBuf {
        self.0.join("ballast")
    }
}

impl Drop for SmallDisk {
    fn drop(&mut self) {
        // Unmounts lazily, because a server that this test left running may still have files open.
        let _stays_mounted = Command::new("umount").arg("--lazy").arg(&self.0).status();
    }
}

#[tokio::test]
async fn the_server_waits_while_the_disk_is_full() -> anyhow::Result<()> {
    let sim = Sim::start().await?;
    let database = Databases::sqlite();
    let directory = database.data_dir().to_owned();
    let Some(disk) = SmallDisk::over(&directory, 16)? else {
        eprintln!("skipped: this user may not mount a file system");
        return Ok(());
    };
    let installation = Installation::on(database, &sim).await?;
    let friend = sim.phone("Bob")?;
    let (server, account, number) = installation.online(&sim).await?;
    // The API shows the status `online` a moment before the event about it is on disk.
    let acknowledged = until("the story of the link", async || {
        let events = server.api.events().await.ok()?;
        let is_told = history::reasons(&history::unbroken(&events, &account).ok()?).last() == Some(&"online");
        is_told.then_some(events)
    })
    .await?;

    disk.fill()?;
    storage_is_missed(&server).await?;
    server.api.account(&account).await?;
    refused(&server, Method::POST, &format!("/whatsapp/accounts/{account}/pause")).await?;
    sim.fault(&number, FaultKind::DropConnection, 1)?;
    server.api.reaches_one_of(&account, &["network_lost", "server_closed"]).await?;
    // An account can reconnect although the disk is full. The server writes the change later.
    let back = server.api.reaches(&account, "online").await?;
    assert_eq!(back["isActive"], true, "the pause that was refused changed nothing");
    sim.send(&friend, &number, "meanwhile").await?;
    storage_is_missed(&server).await?;

    disk.free()?;
    is_ready(&server).await?;
    sim.drained(&number).await?;
    let before = history::unbroken(&acknowledged, &account)?.len();
    until("the story of the lost connection", async || {
        let events = server.api.events().await.ok()?;
        assert!(events.starts_with(&acknowledged), "what was in the log is still there");
        let changes = history::unbroken(&events, &account).ok()?;
        let reasons = history::reasons(&changes);
        matches!(reasons[before..], ["network_lost" | "server_closed", .., "online"]).then_some(())
    })
    .await?;

    // Neither database is damaged.
    assert_eq!(server.stop().await?, Some(0));
    let server = installation.start().await?;
    let again = server.api.reaches(&account, "online").await?;
    assert_eq!(again["messagesReceivedToday"], 1, "counted while nothing could be written");
    sim.send(&friend, &number, "after").await?;
    sim.drained(&number).await?;
    assert_eq!(sim.retries(&number)?, 0, "every message decrypts");
    assert_eq!(sim.state(&number)?.devices.len(), 1);
    server.kill().await?;
    sim.finish().await?;
    Ok(())
}

#[tokio::test]
async fn the_doctor_reports_a_read_only_disk() -> anyhow::Result<()> {
    let sim = Sim::start().await?;
    let database = Databases::sqlite();
    let Some(disk) = SmallDisk::over(database.data_dir(), 16)? else {
        eprintln!("skipped: this user may not mount a file system");
        return Ok(());
    };
    let installation = Installation::on(database, &sim).await?;
    disk.turn_read_only()?;
    let ended = installation.command_line(&["doctor", "--offline"], "").await?;
    let said = String::from_utf8(ended.stdout)?;
    assert!(!ended.status.success() && said.contains("mounted read-only"), "{said}");
    assert!(!said.contains("DATABASE_URL"), "{said}");
    Ok(())
}
