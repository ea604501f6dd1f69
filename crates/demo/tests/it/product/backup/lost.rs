//! The data directory is lost. With a backup and the master key, every account comes online on another server
//! without a new QR code, and all messages are there.

use linekeeper_storage::testing::{Databases, TestDatabase};
use tokio::process::Command;

use super::super::installation::Installation;
use super::super::messages::kept::Kept;
use super::super::s3_store::{SECRET_KEY, Store};
use crate::sim::Sim;

const PLACE: &str = "s3://bucket/linekeeper";

#[tokio::test]
async fn an_installation_is_restored_elsewhere_from_an_s3_store() -> anyhow::Result<()> {
    is_restored(Databases::sqlite(), Databases::sqlite()).await
}

#[tokio::test]
async fn a_postgresql_installation_is_restored_into_sqlite() -> anyhow::Result<()> {
    is_restored(Databases::postgres().await, Databases::sqlite()).await
}

#[tokio::test]
async fn an_sqlite_installation_is_restored_into_postgresql() -> anyhow::Result<()> {
    is_restored(Databases::sqlite(), Databases::postgres().await).await
}

async fn is_restored(before: TestDatabase, after: TestDatabase) -> anyhow::Result<()> {
    let sim = Sim::start().await?;
    let store = Store::start().await?;
    let mut installation = Installation::on(before, &sim).await?;
    store.known_to(&mut installation);
    let server = installation.start().await?;
    let friend = sim.phone("Bob")?;
    let mut linked = Vec::new();
    for _ in 0..3 {
        let number = sim.phone("Anastasia")?;
        linked.push((server.link(&sim, &number).await?, number));
    }
    let (account, number) = &linked[0];
    let kept = Kept::make(&sim, &server.api, account, number).await?;
    let made = installation.succeeds(&["backup", "--to", PLACE]).await?;
    assert!(made.contains("restored for a trial"), "{made}");

    // Somebody who can read the store cannot read the secrets: the master key is not in it.
    let content = store.content()?;
    let key = std::fs::read_to_string(installation.key_file())?;
    let mut planted = vec![
        "Anastasia",
        "Kept friend",
        "kept from before",
        "Front desk",
        "owner@example.org",
        SECRET_KEY,
        key.trim(),
    ];
    planted.extend(linked.iter().map(|(_, number)| number.trim_start_matches('+')));
    planted.push(installation.api_key());
    for secret in planted {
        assert!(!content.windows(secret.len()).any(|window| window == secret.as_bytes()), "{secret}");
    }

    server.kill().await?;
    let elsewhere = installation.elsewhere(after);
    std::fs::copy(installation.key_file(), elsewhere.key_file())?;
    let media = installation.data_dir().join("media");
    for (_, number) in linked.iter().skip(1) {
        sim.send(&friend, number, "while it was lost").await?;
    }
    let from = format!("{PLACE}/latest");
    let said = elsewhere.succeeds(&["restore", "--from", &from]).await?;
    assert!(said.contains("3 accounts") && said.contains("must never run again"), "{said}");
    let again = elsewhere.command_line(&["restore", "--from", &from], "").await?;
    let refused = String::from_utf8(again.stderr)?;
    assert!(!again.status.success() && refused.contains("3 in accounts"), "{refused}");

    let server = elsewhere.start().await?;
    for (account, number) in &linked {
        server.api.reaches(account, "online").await?;
        sim.drained(number).await?;
        assert_eq!(sim.state(number)?.devices.len(), 1, "the same device");
    }
    kept.goes_on(&sim, &server.api).await?;
    // A backup holds the keys of files, but not the files. The files are copied separately.
    kept.files_are_missed(&server.api).await?;
    let copied = Command::new("cp").arg("-a").arg(media).arg(elsewhere.data_dir()).status().await?;
    assert!(copied.success());
    kept.files_are_there(&server.api).await?;
    sim.finish().await?;
    Ok(())
}
