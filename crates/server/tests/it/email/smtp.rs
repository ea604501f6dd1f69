//! A real mail server as a process: aiosmtpd, by `scripts/smtp-sink.py`. Gone when dropped.

use std::process::Stdio;
use std::time::Duration;

use serde::Deserialize;
use tokio::io::{AsyncBufReadExt as _, BufReader, Lines};
use tokio::process::{Child, ChildStdout, Command};

const SCRIPT: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../../scripts/smtp-sink.py");
/// Most that a test waits for a mail.
const PATIENCE: Duration = Duration::from_secs(60);

pub struct MailServer {
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
    pub to: Vec<String>,
    pub headers: std::collections::BTreeMap<String, String>,
    pub text: String,
}

impl MailServer {
    /// Takes everybody's mail.
    pub async fn start() -> Self {
        Self::at(0, Vec::new()).await
    }

    /// Takes mail from whoever knows the password.
    pub async fn with_password(user: &str, password: &str) -> Self {
        Self::at(0, vec![user.to_owned(), password.to_owned()]).await
    }

    async fn at(port: u16, credentials: Vec<String>) -> Self {
        let mut command = Command::new(SCRIPT);
        command.arg(port.to_string()).args(&credentials).stdin(Stdio::null()).stdout(Stdio::piped());
        let mut process = command.kill_on_drop(true).spawn().unwrap();
        let mut mails = BufReader::new(process.stdout.take().unwrap()).lines();
        let port = tokio::time::timeout(PATIENCE, mails.next_line()).await.expect("it starts").unwrap();
        let port = port.expect("aiosmtpd is installed").parse().unwrap();
        Self { port, credentials, process, mails }
    }

    pub fn url(&self) -> String {
        format!("smtp://127.0.0.1:{}", self.port)
    }

    /// The next mail that was taken.
    pub async fn next(&mut self) -> Received {
        let line =
            tokio::time::timeout(PATIENCE, self.mails.next_line()).await.expect("a mail comes").unwrap();
        serde_json::from_str(&line.expect("the mail server runs")).unwrap()
    }

    /// The mail server is gone for some time.
    pub async fn stop(&mut self) {
        self.process.kill().await.unwrap();
    }

    /// It is there again, at the same address.
    pub async fn return_to_work(self) -> Self {
        Self::at(self.port, self.credentials.clone()).await
    }

    /// Ends it; answers all mails that nobody has looked at.
    pub async fn rest(mut self) -> Vec<Received> {
        self.stop().await;
        let mut rest = Vec::new();
        while let Some(line) = self.mails.next_line().await.unwrap() {
            rest.push(serde_json::from_str(&line).unwrap());
        }
        rest
    }
}
