//! Two different clients write to each other: whatsapp-rust here, and Baileys in a Node process.

use std::path::Path;
use std::process::Stdio;

use anyhow::Context;
use tokio::io::{AsyncBufReadExt, BufReader, Lines};
use tokio::process::{Child, ChildStdin, ChildStdout, Command};

use super::companion::Companion;
use crate::deadline::within;
use crate::sim::Sim;

/// `interop/echo.mjs`, linked to a phone. The process ends when this value is dropped.
struct Echo {
    lines: Lines<BufReader<ChildStdout>>,
    _input: ChildStdin,
    _process: Child,
}

impl Echo {
    async fn linked(sim: &Sim, number: &str) -> anyhow::Result<Self> {
        let interop = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../interop");
        let mut process = Command::new("node")
            .arg("echo.mjs")
            .args([sim.admin_url().as_str(), &sim.root_key(), number])
            .current_dir(&interop)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .kill_on_drop(true)
            .spawn()
            .context("node is needed, and `npm ci` in interop/")?;
        let mut echo = Self {
            lines: BufReader::new(process.stdout.take().context("no output")?).lines(),
            _input: process.stdin.take().context("no input")?,
            _process: process,
        };
        anyhow::ensure!(echo.line().await? == "linked");
        Ok(echo)
    }

    async fn line(&mut self) -> anyhow::Result<String> {
        within("line from Baileys", self.lines.next_line()).await??.context("Baileys ended")
    }
}

#[tokio::test]
async fn a_companion_and_baileys_exchange_texts() -> anyhow::Result<()> {
    let sim = Sim::start().await?;
    let (ann, bob) = (sim.phone("Ann")?, sim.phone("Bob")?);
    let companion = Companion::linked(&sim, &ann).await?;
    let mut echo = Echo::linked(&sim, &bob).await?;
    for body in ["hello, Baileys", "and again, in the same session"] {
        companion.send_text(&bob, body).await?;
        assert_eq!(echo.line().await?, format!("heard {body}"));
        assert_eq!(companion.next_text().await?.body, format!("echo: {body}"));
    }
    sim.finish().await
}
