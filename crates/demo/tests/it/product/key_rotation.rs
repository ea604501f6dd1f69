//! The master key changes while accounts are online, link and reconnect. Nobody has to scan another code, and all
//! messages and files can still be read.

use linekeeper_storage::testing::{Databases, TestDatabase};

use super::installation::{Installation, Server};
use super::messages::kept::Kept;
use crate::sim::Sim;

const ACCOUNTS: usize = 6;

#[tokio::test]
async fn rotating_the_master_key_does_not_disturb_running_accounts() -> anyhow::Result<()> {
    changes(Databases::sqlite(), "encryption.key").await
}

#[tokio::test]
async fn rotating_the_master_key_does_not_disturb_accounts_on_postgresql() -> anyhow::Result<()> {
    changes(Databases::postgres().await, "master.key").await
}

async fn changes(database: TestDatabase, file: &str) -> anyhow::Result<()> {
    let sim = Sim::start().await?;
    let installation = Installation::on(database, &sim).await?;
    let key = installation.data_dir().join(file);
    let old = std::fs::read_to_string(&key)?;
    let server = installation.start().await?;
    let mut linked = Vec::new();
    for _ in 0..ACCOUNTS {
        let number = sim.phone("Ann")?;
        linked.push((server.link(&sim, &number).await?, number));
    }

    let (account, number) = &linked[0];
    let kept = Kept::make(&sim, &server.api, account, number).await?;

    let rotating = async {
        let rotated = installation.command_line(&["keys", "rotate"], "").await?;
        anyhow::ensure!(rotated.status.success(), "{}", String::from_utf8_lossy(&rotated.stderr));
        anyhow::Ok(())
    };
    let (rotated, newcomers, returned) =
        tokio::join!(rotating, newcomers(&server, &sim), come_and_go(&server, &linked));
    rotated?;
    returned?;
    linked.extend(newcomers?);
    // The accounts disconnect and reconnect once more. The server still uses the keys that it started with.
    come_and_go(&server, &linked).await?;
    linked.extend(self::newcomers(&server, &sim).await?);

    assert_ne!(std::fs::read_to_string(&key)?, old);
    std::fs::remove_file(key.with_extension("key.previous"))?;
    server.kill().await?;
    let server = installation.start().await?;
    for (account, number) in &linked {
        server.api.reaches(account, "online").await?;
        assert_eq!(sim.state(number)?.devices.len(), 1, "the same device");
    }
    kept.goes_on(&sim, &server.api).await?;
    kept.files_are_there(&server.api).await?;
    server.kill().await?;

    std::fs::write(&key, old)?;
    let refused = installation.command_line(&["serve"], "").await?;
    let said = String::from_utf8(refused.stderr)?;
    assert!(!refused.status.success() && said.contains("not the one that sealed"), "{said}");
    sim.finish().await?;
    Ok(())
}

/// Links new accounts during the rotation.
async fn newcomers(server: &Server, sim: &Sim) -> anyhow::Result<Vec<(String, String)>> {
    let mut linked = Vec::new();
    for _ in 0..3 {
        let number = sim.phone("Ben")?;
        linked.push((server.link(sim, &number).await?, number));
    }
    Ok(linked)
}

/// Pauses and resumes accounts during the rotation. At each resume, the server unwraps the account's data key.
async fn come_and_go(server: &Server, accounts: &[(String, String)]) -> anyhow::Result<()> {
    for (account, _) in accounts {
        server.api.tell(account, "pause").await?;
        server.api.reaches(account, "paused").await?;
        server.api.tell(account, "resume").await?;
        server.api.reaches(account, "online").await?;
    }
    Ok(())
}
