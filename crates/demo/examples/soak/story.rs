//! The accounts of a soak and what happens to them.

use std::fmt;
use std::time::{Duration, Instant};

use anyhow::Context as _;
use rand::RngExt as _;
use rand::rngs::StdRng;
use serde_json::Value;
use whatsim::{FaultId, NewPhone};

use super::server::Server;
use super::trouble::{Person, Trouble};

/// One trouble each.
const PACE: Duration = Duration::from_millis(200);

pub struct Story {
    server: Server,
    simulator: whatsim::Server,
    people: Vec<Person>,
    rng: StdRng,
    faults: Vec<(Instant, FaultId)>,
    troubles: u64,
}

/// What is read each minute.
pub struct Figures {
    connected: usize,
    pub resident: f64,
    pub threads: usize,
    files: usize,
    peak: usize,
    troubles: u64,
}

impl Story {
    /// Links everybody.
    pub async fn begin(
        server: Server,
        simulator: whatsim::Server,
        accounts: usize,
        rng: StdRng,
    ) -> anyhow::Result<Self> {
        let mut people = Vec::with_capacity(accounts);
        for number in 0..accounts {
            let phone = simulator.phones().create(NewPhone::default())?;
            let account = server.connect(&format!("Account {number}")).await?;
            let qr = server.qr_code(&account).await?;
            simulator.phones().scan(&phone.number, &qr).await?;
            server.connected(&account).await?;
            people.push(Person { account, number: phone.number });
        }
        Ok(Self { server, simulator, people, rng, faults: Vec::new(), troubles: 0 })
    }

    pub const fn server(&self) -> &Server {
        &self.server
    }

    /// One more trouble, after a short pause.
    pub async fn go_on(&mut self) -> anyhow::Result<()> {
        tokio::time::sleep(PACE).await;
        let now = Instant::now();
        let (over, standing): (Vec<_>, Vec<_>) = self.faults.drain(..).partition(|(until, _)| *until <= now);
        self.faults = standing;
        self.clear(over);
        let person = self.people[self.rng.random_range(0..self.people.len())].clone();
        let other = self.people[self.rng.random_range(0..self.people.len())].clone();
        let trouble = Trouble::random(&mut self.rng);
        self.troubles += 1;
        let fault = trouble.strike(&self.server, &self.simulator, &person, &other).await?;
        if let Some((fault, lasts)) = fault {
            self.faults.push((now + lasts, fault));
        }
        Ok(())
    }

    /// Ends all trouble, links again what must be linked again, and waits; answers what is still not connected.
    pub async fn calm_down(&mut self, patience: Duration) -> anyhow::Result<Vec<Value>> {
        // Also those that still wait for the next login of an account that was away.
        self.faults.clear();
        for fault in self.simulator.faults().list() {
            let _struck_meanwhile = self.simulator.faults().clear(fault.id);
        }
        let until = Instant::now() + patience;
        loop {
            let mut missing = Vec::new();
            for account in self.server.accounts("").await? {
                if account["connectionStatus"] != "Connected" {
                    missing.push(account);
                }
            }
            if missing.is_empty() || Instant::now() > until {
                return Ok(missing);
            }
            for account in &missing {
                self.help(account).await?;
            }
            tokio::time::sleep(Duration::from_secs(1)).await;
        }
    }

    /// What an operator would do about it, by what its status says.
    async fn help(&self, account: &Value) -> anyhow::Result<()> {
        let id = account["id"].as_str().context("an id")?;
        let Some(person) = self.people.iter().find(|person| person.account == id) else { return Ok(()) };
        let (action, reason) = (account["status"]["action"].as_str(), account["status"]["reason"].as_str());
        match action {
            Some("link") => {
                self.server.connect_again(id).await?;
            }
            // The administrator sees that there is no other server.
            Some("ask_administrator") if reason == Some("replaced") => {
                self.server.connect_again(id).await?;
            }
            Some("pair") => {
                if let Ok(qr) = self.server.qr_code(id).await {
                    let _too_late = self.simulator.phones().scan(&person.number, &qr).await;
                }
            }
            Some("resume") => {
                self.server.post(&format!("/whatsapp/accounts/{id}/resume")).await?;
            }
            Some("check_phone") => {
                self.server.connect_again(id).await?;
            }
            _ => {}
        }
        Ok(())
    }

    pub async fn figures(&self) -> anyhow::Result<Figures> {
        let figures = Figures {
            connected: self.server.accounts("&status=Connected").await?.len(),
            resident: self.server.resident()?,
            threads: std::fs::read_dir(self.server.proc("task")?)?.count(),
            files: std::fs::read_dir(self.server.proc("fd")?)?.count(),
            peak: self.simulator.state().peak_handshakes,
            troubles: self.troubles,
        };
        self.simulator.reset_peaks();
        Ok(figures)
    }

    pub async fn end(self) -> anyhow::Result<()> {
        self.server.kill().await?;
        self.simulator.shutdown().await;
        Ok(())
    }

    fn clear(&self, faults: Vec<(Instant, FaultId)>) {
        for (_, fault) in faults {
            // Those that struck as often as they were to are gone already.
            let _gone = self.simulator.faults().clear(fault);
        }
    }
}

impl Figures {
    /// Open files that are no connection to WhatsApp.
    pub const fn files_besides_connections(&self) -> usize {
        self.files.saturating_sub(self.connected)
    }
}

impl fmt::Display for Figures {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { connected, resident, threads, files, peak, troubles } = self;
        write!(f, "{connected} | {resident:.1} | {threads} | {files} | {peak} | {troubles}")
    }
}
