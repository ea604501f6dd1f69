//! Commands while a server is running on the same database, and commands that call a running server.

use std::process::Stdio;

use anyhow::Context as _;
use tokio::io::{AsyncBufReadExt as _, BufReader};

use super::installation::Installation;
use crate::sim::Sim;

#[tokio::test]
async fn a_second_owner_cannot_be_created() -> anyhow::Result<()> {
    let sim = Sim::start().await?;
    let installation = Installation::new(&sim).await?;
    let again = ["owner", "create", "--email", "other@example.org", "--password-stdin"];
    let refused = installation.command_line(&again, "correct horse battery").await?;
    assert_eq!(refused.status.code(), Some(1));
    Ok(())
}

#[tokio::test]
async fn an_api_key_created_while_the_server_runs_works_at_once() -> anyhow::Result<()> {
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
async fn an_account_can_be_linked_in_a_terminal() -> anyhow::Result<()> {
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
    sim.finish().await?;
    Ok(())
}

#[tokio::test]
async fn a_message_can_be_sent_from_a_terminal() -> anyhow::Result<()> {
    let sim = Sim::start().await?;
    let installation = Installation::new(&sim).await?;
    let (server, account, _) = installation.online(&sim).await?;
    let bob = sim.phone("Bob")?;
    let send = async |to: &str, text: &str| {
        let command = ["send", "--server", &server.base, "--account", &account, "--to", to, text];
        let mut command = installation.command(&command);
        anyhow::Ok(command.env("LINEKEEPER_API_KEY", installation.api_key()).output().await?)
    };
    let sent = send(&format!("+{bob}"), "from a terminal").await?;
    assert!(sent.status.success(), "{sent:?}");
    let id = String::from_utf8(sent.stdout)?;
    let path = format!("/whatsapp/accounts/{account}/messages/{}", id.trim());
    let text = crate::deadline::until("the message at the phone", async || {
        let inbox = sim.server().phones().inbox(&bob, 0).ok()?;
        inbox.first()?.text().map(str::to_owned)
    })
    .await?;
    assert_eq!(text, "from a terminal");
    assert_eq!(server.api.call(reqwest::Method::GET, &path, None).await?.0, 200);
    std::fs::write(installation.data_dir().join("prices.txt"), "bread 2")?;
    let command =
        ["send", "--server", &server.base, "--account", &account, "--to", &bob, "--file", "prices.txt"];
    let mut command = installation.command(&command);
    let sent = command.env("LINEKEEPER_API_KEY", installation.api_key()).output().await?;
    assert!(sent.status.success(), "{sent:?}");
    let file = crate::deadline::until("the file at the phone", async || {
        let inbox = sim.server().phones().inbox(&bob, 1).ok()?;
        serde_json::to_value(inbox.first()?).ok()
    })
    .await?;
    assert_eq!((&file["document"]["fileName"], &file["document"]["size"]), (&"prices.txt".into(), &7.into()));
    let refused = send("ana", "hello").await?;
    let said = String::from_utf8(refused.stderr)?;
    assert!(!refused.status.success() && said.contains("to: "), "the field is named: {said}");
    sim.finish().await?;
    Ok(())
}

#[tokio::test]
async fn the_doctor_finds_nothing_wrong_with_a_healthy_installation() -> anyhow::Result<()> {
    let sim = Sim::start().await?;
    let installation = Installation::new(&sim).await?;
    let report = installation.command_line(&["doctor"], "").await?;
    let report_text = String::from_utf8(report.stdout)?;
    assert!(report.status.success(), "{report_text}");
    assert!(!report_text.contains("fail"), "{report_text}");
    Ok(())
}
