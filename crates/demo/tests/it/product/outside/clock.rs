//! The system clock jumps a day ahead and back. libfaketime changes only the wall clock and not the monotonic clock,
//! just as a real change of the system clock does.

use std::path::{Path, PathBuf};
use std::time::Duration;

use anyhow::Context as _;
use linekeeper_storage::testing::Databases;
use tokio::time::Instant;
use whatsim::FaultKind;

use super::history;
use crate::deadline::until;
use crate::product::installation::{Installation, Server};
use crate::sim::Sim;

const DAY: u64 = 24 * 60 * 60 * 1000;

/// The maximum duration of a login on a busy machine.
const LOGIN: Duration = Duration::from_secs(6);

/// The clock of one installation's processes.
struct FakeClock(PathBuf);

impl FakeClock {
    /// A clock that shows the right time at first.
    fn at(file: PathBuf) -> anyhow::Result<Self> {
        let clock = Self(file);
        clock.set("+0")?;
        Ok(clock)
    }

    /// Sets the offset that the processes see when they next read the clock. Writes a new file and renames it, so
    /// that no process reads a half-written file.
    fn set(&self, offset: &str) -> anyhow::Result<()> {
        let next = self.0.with_extension("next");
        std::fs::write(&next, offset)?;
        Ok(std::fs::rename(next, &self.0)?)
    }

    fn environment(&self) -> anyhow::Result<Vec<(&'static str, String)>> {
        let library = library().context("libfaketime is not there: `apt-get install faketime`")?;
        Ok(vec![
            ("LD_PRELOAD", library.display().to_string()),
            ("FAKETIME_TIMESTAMP_FILE", self.0.display().to_string()),
            ("FAKETIME_NO_CACHE", "1".to_owned()),
            ("FAKETIME_DONT_FAKE_MONOTONIC", "1".to_owned()),
            ("NO_FAKE_STAT", "1".to_owned()),
        ])
    }
}

/// The path of libfaketime's library for programs with threads, as Debian installs it.
fn library() -> Option<PathBuf> {
    let folders = std::fs::read_dir("/usr/lib").ok()?;
    let libraries =
        folders.filter_map(|folder| Some(folder.ok()?.path().join("faketime/libfaketimeMT.so.1")));
    libraries.into_iter().find(|library| Path::exists(library))
}

#[tokio::test]
async fn a_clock_jump_of_a_day_does_not_disturb_an_account() -> anyhow::Result<()> {
    let sim = Sim::start().await?;
    let database = Databases::sqlite();
    let clock = FakeClock::at(database.data_dir().join("clock"))?;
    let installation = Installation::within(database, clock.environment()?, &sim).await?;
    let friend = sim.phone("Bob")?;
    let (server, account, number) = installation.online(&sim).await?;
    let today = server.api.account(&account).await?["lastConnectedAt"].clone();
    for text in ["one", "two", "three"] {
        sim.send(&friend, &number, text).await?;
    }
    received(&server, &account, 3).await?;

    clock.set("+1d")?;
    assert_eq!(server.api.account(&account).await?["status"]["reason"], "online");
    sim.send(&friend, &number, "tomorrow").await?;
    received(&server, &account, 1).await?;
    // The clock jumps back while the account waits after its third failure. It jumps ahead again while the account
    // waits after its fourth failure.
    wait_is_kept(&sim, &server, &account, &number, (3, 4), || clock.set("+0")).await?;
    sim.send(&friend, &number, "four").await?;
    received(&server, &account, 4).await?;
    wait_is_kept(&sim, &server, &account, &number, (4, 8), || clock.set("+1d")).await?;
    let back = server.api.account(&account).await?;
    assert!(back["lastConnectedAt"].as_str() > today.as_str(), "{back}");
    sim.send(&friend, &number, "tomorrow, again").await?;
    received(&server, &account, 2).await?;

    let events = server.api.events().await?;
    for change in history::unbroken(&events, &account)? {
        assert!(change.duration_ms.is_none_or(|lasted| lasted < DAY + DAY / 24), "{change:?}");
    }
    server.kill().await?;
    sim.finish().await?;
    Ok(())
}

/// Makes connections fail until the account waits after its failure number `failures`. Then the clock jumps.
/// Without a jump, the wait takes `seconds`, plus up to a fifth. Checks that the jump makes the wait neither
/// shorter nor longer.
async fn wait_is_kept(
    sim: &Sim,
    server: &Server,
    account: &str,
    number: &str,
    (failures, seconds): (u32, u64),
    jump: impl Fn() -> anyhow::Result<()>,
) -> anyhow::Result<()> {
    let wait = Duration::from_secs(seconds);
    let fault = sim.fault(number, FaultKind::RefuseConnect, 1000)?;
    sim.fault(number, FaultKind::DropConnection, 1)?;
    until("the wait", async || {
        let body = server.api.account(account).await.ok()?;
        (body["status"]["attempt"] == failures && body["status"]["nextRetryAt"].is_string()).then_some(())
    })
    .await?;
    let (waiting, tries) = (Instant::now(), sim.server().state().counters.accepted_connections);
    sim.clear(fault)?;
    jump()?;
    server.api.reaches(account, "online").await?;
    let waited = waiting.elapsed();
    // The wait began a moment before the test started to measure, so the measured time may be a little too short.
    assert!(waited >= wait - Duration::from_secs(1), "after {waited:?}: the jump made it early");
    assert!(waited <= wait.mul_f64(1.2) + LOGIN, "after {waited:?}: the jump made it late");
    assert_eq!(sim.server().state().counters.accepted_connections, tries + 1, "one try, no storm");
    Ok(())
}

async fn received(server: &Server, account: &str, messages: u64) -> anyhow::Result<()> {
    until(format!("{messages} messages today"), async || {
        let body = server.api.account(account).await.ok()?;
        (body["messagesReceivedToday"] == messages).then_some(())
    })
    .await
}
