//! A phone, its linked account, and what the test knows about the account at the moment of a kill.

use anyhow::{Context as _, ensure};
use rand::RngExt as _;
use rand::rngs::StdRng;
use reqwest::{Method, StatusCode};
use serde_json::Value;

use crate::deadline::until;
use crate::product::installation::Server;
use crate::sim::Sim;

/// What the test knows about an account, from the last answer of the server.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Known {
    /// There is no account, or it is not linked.
    Unlinked,
    /// The phone confirmed the link, and no request has changed the account since then.
    Linked,
    /// The account was seen online after a start.
    Online,
    /// A pause was requested, or a pause and then a resume. So the account may be paused.
    MaybePaused,
    /// A disconnect or a deletion was requested, and the server has not answered yet.
    Leaving,
}

#[derive(Debug)]
pub struct Person {
    pub number: String,
    pub account: Option<String>,
    pub known: Known,
}

/// What one person does between two kills of the server.
#[derive(Debug, Clone, Copy)]
pub enum Act {
    Stay,
    Link,
    LeaveAndLink,
    DeleteAndLink,
    PauseAndResume,
}

impl Person {
    pub const fn new(number: String) -> Self {
        Self { number, account: None, known: Known::Unlinked }
    }

    pub fn is_online(&self) -> bool {
        self.known == Known::Online
    }

    pub fn choose(&self, random: &mut StdRng) -> Act {
        if self.known != Known::Online {
            return Act::Link;
        }
        match random.random_range(0..10) {
            0..3 => Act::LeaveAndLink,
            3..6 => Act::DeleteAndLink,
            6..8 => Act::PauseAndResume,
            _ => Act::Stay,
        }
    }

    pub async fn act(&mut self, act: Act, server: &Server, sim: &Sim) -> anyhow::Result<()> {
        let acted = match act {
            Act::Stay => Ok(()),
            Act::Link => self.come_online(server, sim).await,
            Act::LeaveAndLink => self.leave_and_link(server, sim).await,
            Act::DeleteAndLink => self.delete_and_link(server, sim).await,
            Act::PauseAndResume => self.pause_and_resume(server).await,
        };
        acted.with_context(|| format!("{act:?} of {self:?}"))
    }

    /// Connects the account, or creates one if there is none, and scans a code if needed.
    pub async fn come_online(&mut self, server: &Server, sim: &Sim) -> anyhow::Result<()> {
        let account = match &self.account {
            Some(account) => {
                let (status, body) = server.api.connect_again(account).await?;
                ensure!(
                    status.is_success() || body["code"] == "already_connected",
                    "connecting {account}: {status}: {body}"
                );
                account.clone()
            }
            None => {
                let account = server.api.connect("Front desk").await?;
                self.account = Some(account.clone());
                account
            }
        };
        let body = server.api.reaches_one_of(&account, &["online", "pairing"]).await?;
        if body["status"]["reason"] == "pairing" {
            let qr = server.api.qr_text(&account).await?;
            sim.scan(&self.number, &qr).await?;
            self.known = Known::Linked;
        }
        server.api.reaches(&account, "online").await?;
        self.known = Known::Online;
        Ok(())
    }

    async fn leave_and_link(&mut self, server: &Server, sim: &Sim) -> anyhow::Result<()> {
        let account = self.account.clone().context("an account")?;
        self.known = Known::Leaving;
        let (status, body) = server.api.disconnect(&account).await?;
        ensure!(status == StatusCode::OK, "{status}: {body}");
        self.left(sim, &body)?;
        self.come_online(server, sim).await
    }

    async fn delete_and_link(&mut self, server: &Server, sim: &Sim) -> anyhow::Result<()> {
        let account = self.account.clone().context("an account")?;
        self.known = Known::Leaving;
        let path = format!("/whatsapp/accounts/{account}");
        let (status, body) = server.api.call(Method::DELETE, &path, None).await?;
        ensure!(status == StatusCode::NO_CONTENT, "{status}: {body}");
        self.account = None;
        self.left(sim, &body)?;
        self.come_online(server, sim).await
    }

    /// Checks that the phone no longer lists the device. WhatsApp is reachable here, so the server unlinks the
    /// device before it answers the request.
    fn left(&mut self, sim: &Sim, answer: &Value) -> anyhow::Result<()> {
        let devices = sim.state(&self.number)?.devices;
        ensure!(devices.is_empty(), "the phone still lists {devices:?}, and the answer was {answer}");
        self.known = Known::Unlinked;
        Ok(())
    }

    async fn pause_and_resume(&mut self, server: &Server) -> anyhow::Result<()> {
        let account = self.account.clone().context("an account")?;
        loop {
            self.known = Known::MaybePaused;
            for wish in ["pause", "resume"] {
                let (status, body) = server.api.tell(&account, wish).await?;
                ensure!(status == StatusCode::OK, "{wish}: {status}: {body}");
            }
            server.api.reaches(&account, "online").await?;
        }
    }

    /// Resumes an account that the kill left paused.
    pub async fn resume(&self, server: &Server, account: &str) -> anyhow::Result<Value> {
        server.api.tell(account, "resume").await?;
        server.api.reaches(account, "online").await
    }

    /// Waits until the phone lists no device.
    pub async fn is_listed_nowhere(&self, sim: &Sim) -> anyhow::Result<()> {
        until(format!("end of the ghosts of {self:?}"), async || {
            sim.state(&self.number).ok()?.devices.is_empty().then_some(())
        })
        .await
    }
}
