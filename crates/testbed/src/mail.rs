//! A real mail server: aiosmtpd, by `scripts/smtp-sink.py`.

use std::collections::BTreeMap;
use std::process::Stdio;
use std::time::Duration;

use anyhow::Context as _;
use serde::Deserialize;
use tokio::io::{AsyncBufReadExt as _, BufReader, Lines};
use tokio::process::{Child, ChildStdout, Command};
use tokio::time::timeout;

const SCRIPT: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../../scripts/smtp-sink.py");
/// Most that a test waits for a mail.
const PATIENCE: Duration = Duration::from_secs(60);

/// Takes mail and shows it. Gone when dropped.
pub struct MailServer {
    /// Where it listens.
    pub port: u16,
    credentials: Vec<String>,
    process: Child,
    mails: Lines<BufReader<ChildStdout>>,
}

/// A mail as its reader gets it.
#[derive(Debug, Deserialize)]
pub struct Received {
    /// Of the envelope.
    pub from: String,
    /// Of the envelope.
    pub to: Vec<String>,
    /// By their names as they were written.
    pub headers: BTreeMap<String, String>,
    /// The text, decoded.
    pub text: String,
}

impl MailServer {
    /// Takes everybody's mail.
    pub async fn start() -> anyhow::Result<Self> {
        Self::at(0, Vec::new()).await
    }

    /// Takes mail from whoever knows the password.
    pub async fn with_password(user: &str, password: &str) -> anyhow::Result<Self> {
        Self::at(0, vec![user.to_owned(), password.to_owned()]).await
    }

    async fn at(port: u16, credentials: Vec<String>) -> anyhow::Result<Self> {
        let mut command = Command::new(SCRIPT);
        command.arg(port.to_string()).args(&credentials).stdin(Stdio::null()).stdout(Stdio::piped());
        let mut process = command.kill_on_drop(true).spawn()?;
        let mut mails = BufReader::new(process.stdout.take().context("its output is ours")?).lines();
        let port = timeout(PATIENCE, mails.next_line()).await.context("it starts")??;
        let port = port.context("aiosmtpd is installed")?.parse()?;
        Ok(Self { port, credentials, process, mails })
    }

    /// Its address for a server that sends mail.
    pub fn url(&self) -> String {
        format!("smtp://127.0.0.1:{}", self.port)
    }

    /// The next mail that was taken.
    pub async fn next(&mut self) -> anyhow::Result<Received> {
        let line = timeout(PATIENCE, self.mails.next_line()).await.context("a mail comes")??;
        Ok(serde_json::from_str(&line.context("the mail server runs")?)?)
    }

    /// The mail server is gone for some time.
    pub async fn stop(&mut self) -> anyhow::Result<()> {
        Ok(self.process.kill().await?)
    }

    /// It is there again, at the same address.
    pub async fn return_to_work(self) -> anyhow::Result<Self> {
        Self::at(self.port, self.credentials.clone()).await
    }

    /// Ends it; answers all mails that nobody has looked at.
    pub async fn rest(mut self) -> anyhow::Result<Vec<Received>> {
        self.stop().await?;
        let mut rest = Vec::new();
        while let Some(line) = self.mails.next_line().await? {
            rest.push(serde_json::from_str(&line)?);
        }
        Ok(rest)
    }
}
