//! A real mail server, aiosmtpd, that `scripts/smtp-sink.py` starts.

use std::collections::BTreeMap;
use std::process::Stdio;
use std::time::Duration;

use anyhow::Context as _;
use serde::Deserialize;
use tokio::io::{AsyncBufReadExt as _, BufReader, Lines};
use tokio::process::{Child, ChildStdout, Command};
use tokio::time::timeout;

const SCRIPT: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../../scripts/smtp-sink.py");
/// The longest time that a test waits for a mail.
const PATIENCE: Duration = Duration::from_secs(60);

/// A mail server that accepts mails and passes them to the test. Dropping it ends its process.
pub struct MailServer {
    /// The port on which the mail server listens.
    pub port: u16,
    credentials: Vec<String>,
    process: Child,
    mails: Lines<BufReader<ChildStdout>>,
}

/// A mail as its recipient gets it.
#[derive(Debug, Deserialize)]
pub struct Received {
    /// The sender that the envelope names.
    pub from: String,
    /// The recipients that the envelope names.
    pub to: Vec<String>,
    /// The headers by name, spelled as in the mail.
    pub headers: BTreeMap<String, String>,
    /// The text of the mail, decoded.
    pub text: String,
}

impl MailServer {
    /// Starts a mail server that accepts mail from everybody.
    pub async fn start() -> anyhow::Result<Self> {
        Self::at(0, Vec::new()).await
    }

    /// Starts a mail server that accepts mail only from clients that sign in with this user and password.
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

    /// The URL of the mail server, for linekeeper's configuration.
    pub fn url(&self) -> String {
        format!("smtp://127.0.0.1:{}", self.port)
    }

    /// Waits for the next mail that the mail server accepted.
    pub async fn next(&mut self) -> anyhow::Result<Received> {
        let line = timeout(PATIENCE, self.mails.next_line()).await.context("a mail comes")??;
        Ok(serde_json::from_str(&line.context("the mail server runs")?)?)
    }

    /// Stops the mail server, as in an outage.
    pub async fn stop(&mut self) -> anyhow::Result<()> {
        Ok(self.process.kill().await?)
    }

    /// Starts the mail server again on the same port.
    pub async fn return_to_work(self) -> anyhow::Result<Self> {
        Self::at(self.port, self.credentials.clone()).await
    }

    /// Stops the mail server and returns all mails that the test has not read yet.
    pub async fn rest(mut self) -> anyhow::Result<Vec<Received>> {
        self.stop().await?;
        let mut rest = Vec::new();
        while let Some(line) = self.mails.next_line().await? {
            rest.push(serde_json::from_str(&line)?);
        }
        Ok(rest)
    }
}
