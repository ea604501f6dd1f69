//! The command line beside and against a running server.

use std::process::Stdio;

use anyhow::Context as _;
use tokio::io::{AsyncBufReadExt as _, BufReader};

use super::installation::Installation;
use super::sim::Sim;

#[tokio::test]
async fn there_is_one_owner() -> anyhow::Result<()> {
    let sim = Sim::start().await?;
    let installation = Installation::new(&sim).await?;
    let again = ["owner", "create", "--email", "other@example.org", "--password-stdin"];
    let refused = installation.command_line(&again, "correct horse battery").await?;
    assert_eq!(refused.status.code(), Some(1));
    Ok(())
}

#[tokio::test]
async fn a_key_made_beside_a_running_server_opens_it() -> anyhow::Result<()> {
    let sim = Sim::start().await?;
    let installation = Installation::new(&sim).await?;
    let server = installation.start().await?;
    let key = ["api-key", "create", "--email", "owner@example.org", "--name", "second"];
    let printed = installation.command_line(&key, "").await?;
    let key = String::from_utf8(printed.stdout)?;
    assert!(key.starts_with("lk_") && key.trim().lines().count() == 1, "the key and nothing else: {key}");
    let api = super::api::Api::new(&server.base, key.trim())?;
    assert_eq!(api.call(reqwest::Method::GET, "/whatsapp/accounts", None).await?.0, 200);
    Ok(())
}

#[tokio::test]
async fn linking_in_a_terminal() -> anyhow::Result<()> {
    let sim = Sim::start().await?;
    let number = sim.phone("Ann")?;
    let installation = Installation::new(&sim).await?;
    let server = installation.start().await?;
    let mut link = installation
        .command(&["link", "--name", "Front desk", "--server", &server.base])
        .env("LINEKEEPER_API_KEY", installation.api_key())
        .stdin(Stdio::null())
        .spawn()?;
    let account = crate::deadline::until("an account", async || {
        let (_, list) = server.api.call(reqwest::Method::GET, "/whatsapp/accounts", None).await.ok()?;
        list["data"][0]["id"].as_str().map(str::to_owned)
    })
    .await?;
    let mut lines = BufReader::new(link.stdout.take().context("piped")?).lines();
    let drawn = lines.next_line().await?.context("a line")?;
    sim.scan(&number, &server.api.qr_text(&account).await?).await?;
    let mut said = vec![drawn];
    while let Some(line) = lines.next_line().await? {
        said.push(line);
    }
    let said = said.join("\n");
    assert!(link.wait().await?.success(), "{said}");
    assert!(said.contains('█') || said.contains('▀') || said.contains('▄'), "a code is drawn: {said}");
    assert!(said.contains(&number), "the number that was linked is said: {said}");
    sim.finish().await;
    Ok(())
}

#[tokio::test]
async fn the_doctor_finds_a_healthy_installation() -> anyhow::Result<()> {
    let sim = Sim::start().await?;
    let installation = Installation::new(&sim).await?;
    let report = installation.command_line(&["doctor"], "").await?;
    let report_text = String::from_utf8(report.stdout)?;
    assert!(report.status.success(), "{report_text}");
    assert!(!report_text.contains("fail"), "{report_text}");
    Ok(())
}
