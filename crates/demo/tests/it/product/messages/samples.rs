//! Runs the shell commands of docs/MESSAGES.md in order. The test changes only the placeholders: the server's
//! address, the API key, the ids, and the address of the web server that a file is fetched from.

use std::process::Stdio;

use tokio::process::Command;

use super::files::by_url;
use super::*;
use crate::deadline::within;

const TEXT: &str = include_str!("../../../../../../docs/MESSAGES.md");
/// The placeholder for the id of a message in the documentation.
const SOME_MESSAGE: &str = "01890a5d-..";
/// The number that the commands in the documentation write to, and the number that sends messages to the account.
const PHONES: [&str; 2] = ["+15551234567", "+15557654321"];
/// The first bytes of a JPEG, enough to recognise it as a picture.
const JPEG: &[u8] = b"\xff\xd8\xff\xe0\0\x10JFIF\0\x01\x01\0\0\x01\0\x01\0\0\xff\xd9";

/// The commands in the documentation, without the block that explains the variables.
fn commands() -> anyhow::Result<Vec<String>> {
    let blocks: Vec<&str> =
        TEXT.split("```sh\n").skip(1).filter_map(|rest| rest.split("```").next()).collect();
    let (names, commands) = blocks.split_first().context("the page has samples")?;
    let function = names.lines().find(|line| line.starts_with("send()")).context("send is defined")?;
    ensure!(commands.len() >= 8, "{} blocks of commands", commands.len());
    Ok(std::iter::once(function).chain(commands.iter().copied()).map(str::to_owned).collect())
}

#[tokio::test]
async fn the_commands_in_the_documentation_work() -> anyhow::Result<()> {
    let sim = Sim::start().await?;
    let mut installation = unhurried(&sim).await?;
    installation.set("WEBHOOK_ALLOW_NETWORKS", "127.0.0.1");
    let (server, account, number) = installation.online(&sim).await?;
    let desk = Desk { api: &server.api, account: &account };
    for phone in PHONES {
        sim.phone_with(phone.trim_start_matches('+'), "Reader")?;
    }
    let (web, _serving) = by_url::files().await?;
    let [reader, writer] = PHONES.map(|phone| phone.trim_start_matches('+'));
    sim.send(writer, &number, "is it ready?").await?;
    let received = desk.listed("messages", 1).await?.remove(0);

    let mut script = String::from(
        "set -euo pipefail\ncurl() { command curl --fail-with-body --silent --show-error --max-time 60 \"$@\"; }\n",
    );
    for line in commands()?.iter().flat_map(|block| block.lines()) {
        let mut line = line.replace("https://example.org", &web);
        if line.contains(SOME_MESSAGE) {
            let id = if line.trim_start().starts_with("-d") {
                received["id"].clone()
            } else {
                let sent = desk.send_text(PHONES[0], "to be acted on").await?;
                desk.reaches(&sent, &["delivered"]).await?["id"].clone()
            };
            line = line.replace(SOME_MESSAGE, id.as_str().context("an id")?);
        }
        script.push_str(&line);
        script.push('\n');
    }
    let folder = tempfile::tempdir()?;
    std::fs::write(folder.path().join("shoes.jpg"), JPEG)?;
    std::fs::write(folder.path().join("prices.pdf"), b"%PDF-1.7 prices")?;
    let running = Command::new("bash")
        .args(["-xc", &script])
        .current_dir(folder.path())
        .env("BASE", format!("{}/api/v1", server.base))
        .env("AUTH", format!("Authorization: Bearer {}", installation.api_key()))
        .env("ACCOUNT", &account)
        .env("CHAT", received["chat"]["id"].as_str().context("a chat")?)
        .env("CONTACT", received["sender"]["id"].as_str().context("a person")?)
        .stdin(Stdio::null())
        .kill_on_drop(true)
        .output();
    let ended = within("the commands of the page", running).await??;
    let (said, done) = (String::from_utf8_lossy(&ended.stdout), String::from_utf8_lossy(&ended.stderr));
    assert!(ended.status.success(), "{done}\n{said}");

    // Checks that the commands did what the documentation says. The last command erases its contact.
    desk.queue_is_empty().await?;
    let inbox = serde_json::to_value(sim.server().phones().inbox(reader, 0)?)?;
    let kinds = inbox.as_array().context("a list")?.iter().filter_map(|heard| heard["type"].as_str());
    let kinds: Vec<&str> = kinds.collect();
    for kind in ["text", "image", "document", "reaction"] {
        assert!(kinds.contains(&kind), "{kind} in {kinds:?}");
    }
    let left = desk.get("contacts").await?;
    assert!(!left.to_string().contains(received["sender"]["id"].as_str().unwrap_or("?")), "{left}");
    server.kill().await?;
    sim.finish().await?;
    Ok(())
}
