//! The accounts of a soak, what happens to them, and what must hold for them.

use std::fmt;
use std::time::{Duration, Instant};

use anyhow::{Context as _, bail, ensure};
use rand::RngExt as _;
use rand::rngs::StdRng;
use serde_json::Value;
use whatsim::{FaultId, NewPhone};

use super::api::Api;
use super::person::{Person, Verdict};
use super::post::Post;
use super::trouble::{self, Trouble};
use crate::server::{Server, Setup};

/// The pause before each trouble.
const PACE: Duration = Duration::from_millis(150);

/// How long the slowest accounts may take to come back: the longest wait between two connections, a pairing
/// window, and a margin.
const SETTLE_WITHIN: Duration = Duration::from_secs(240);

/// A kill cuts off the running trouble after at most this time.
const CUT_WITHIN: Duration = Duration::from_millis(400);

pub struct Story<'a> {
    setup: &'a Setup,
    server: Option<Server>,
    simulator: whatsim::Server,
    people: Vec<Person>,
    api: Api,
    post: Post,
    rng: StdRng,
    faults: Vec<(Instant, FaultId)>,
    counts: Counts,
}

/// What has been done so far.
#[derive(Default, Clone, Copy)]
pub struct Counts {
    pub troubles: u64,
    pub calls: u64,
    pub kills: u64,
    pub rotations: u64,
}

/// The figures of the table, which are read each minute.
pub struct Figures {
    connected: usize,
    pub resident: f64,
    pub threads: usize,
    files: usize,
    peak: usize,
    counts: Counts,
}

impl<'a> Story<'a> {
    /// Starts the server and links all accounts.
    pub async fn begin(
        setup: &'a Setup,
        simulator: whatsim::Server,
        accounts: usize,
        rng: StdRng,
    ) -> anyhow::Result<Self> {
        let server = setup.start().await?;
        let mut people = Vec::with_capacity(accounts);
        for number in 0..accounts {
            let phone = simulator.phones().create(NewPhone::default())?;
            let account = server.connect(&format!("Account {number}")).await?;
            let qr = server.qr_code(&account).await?;
            simulator.phones().scan(&phone.number, &qr).await?;
            server.connected(&account).await?;
            people.push(Person { account: Some(account), number: phone.number, ..Person::default() });
        }
        let post = Post::new(&simulator)?;
        let api = Api::of(&server, &simulator).await?;
        let (faults, counts) = (Vec::new(), Counts::default());
        Ok(Self { setup, server: Some(server), simulator, people, api, post, rng, faults, counts })
    }

    pub fn server(&self) -> anyhow::Result<&Server> {
        self.server.as_ref().context("the server runs")
    }

    /// How many messages of programs the API accepted, and how many messages friends wrote over a sound link.
    pub const fn messages(&self) -> (u64, u64) {
        (self.post.accepted, self.post.arrived)
    }

    pub const fn api(&self) -> &Api {
        &self.api
    }

    /// Makes one more trouble after a short pause. With `kill`, a kill of the server cuts it off.
    pub async fn go_on(&mut self, kill: bool) -> anyhow::Result<()> {
        tokio::time::sleep(PACE).await;
        let now = Instant::now();
        let (over, standing): (Vec<_>, Vec<_>) = self.faults.drain(..).partition(|(until, _)| *until <= now);
        self.faults = standing;
        self.clear(over);
        let at = self.rng.random_range(0..self.people.len());
        let other = self.people[self.rng.random_range(0..self.people.len())].number.clone();
        let trouble = Trouble::random(&mut self.rng);
        self.counts.troubles += 1;
        let server = self.server.as_ref().context("the server runs")?;
        let (person, post) = (&mut self.people[at], &mut self.post);
        if kill {
            let cut = CUT_WITHIN.mul_f64(self.rng.random());
            // The kill must come at a random moment, so it waits for a time and not for an event.
            let struck = tokio::time::timeout(
                cut,
                trouble.strike(server, &self.simulator, person, post, (&other, &mut self.rng)),
            );
            if let Ok(done) = struck.await
                && let Some((fault, lasts)) = done?
            {
                self.faults.push((now + lasts, fault));
            }
            self.simulator.return_from_dark().await?;
            return self.kill().await;
        }
        let struck = trouble.strike(server, &self.simulator, person, post, (&other, &mut self.rng)).await;
        if let Some((fault, lasts)) = struck.with_context(|| format!("{person:#?}"))? {
            self.faults.push((now + lasts, fault));
        }
        let accounts: Vec<&str> = self.people.iter().filter_map(|person| person.account.as_deref()).collect();
        self.api.call_any(server, &accounts, &mut self.rng).await?;
        self.counts.calls += 1;
        Ok(())
    }

    async fn kill(&mut self) -> anyhow::Result<()> {
        if let Some(server) = self.server.take() {
            server.kill().await?;
        }
        self.counts.kills += 1;
        self.people.iter_mut().for_each(|person| person.note("kill -9"));
        self.server = Some(self.setup.start().await?);
        Ok(())
    }

    /// Replaces the master key while everything else goes on.
    pub async fn rotate(&mut self) -> anyhow::Result<()> {
        self.counts.rotations += 1;
        self.setup.rotate_key().await
    }

    /// Ends all trouble, does what the status of each account asks for, and waits until all accounts are well.
    /// Fails if the model does not allow a status, or if an account is not well in time.
    pub async fn calm_down(&mut self) -> anyhow::Result<()> {
        // This also removes faults that wait for the next login of an account that is away.
        self.faults.clear();
        for fault in self.simulator.faults().list() {
            let _struck_meanwhile = self.simulator.faults().clear(fault.id);
        }
        let until = Instant::now() + SETTLE_WITHIN;
        let mut waiting: Vec<usize> = (0..self.people.len()).collect();
        while !waiting.is_empty() {
            let mut still = Vec::new();
            for at in waiting {
                if !self.help(at).await.with_context(|| format!("{:#?}", self.people[at]))? {
                    still.push(at);
                }
            }
            waiting = still;
            if Instant::now() > until {
                break;
            }
            tokio::time::sleep(Duration::from_millis(500)).await;
        }
        let Some(at) = waiting.first() else {
            let server = self.server.as_ref().context("the server runs")?;
            self.post.settle(server, &self.simulator, &self.people).await.context("messages")?;
            return self.api.refresh(server, &self.simulator).await;
        };
        let said = self.said(*at).await?;
        bail!("{} not well in time, such as {:#?}: {said:#?}", waiting.len(), self.people[*at]);
    }

    async fn said(&self, at: usize) -> anyhow::Result<Option<Value>> {
        let Some(account) = &self.people[at].account else { return Ok(None) };
        let path = format!("/api/v1/whatsapp/accounts/{account}");
        let (status, body) = self.server()?.call("get", &path, &[], None).await?;
        match status {
            200 => Ok(Some(body)),
            404 => Ok(None),
            // The server has not restored the account yet.
            503 => Ok(Some(serde_json::json!({ "status": { "reason": "waiting_for_node" } }))),
            _ => bail!("{status}: {body}"),
        }
    }

    /// Does what an operator would do about the status of one account. Returns whether all is well.
    async fn help(&mut self, at: usize) -> anyhow::Result<bool> {
        let said = self.said(at).await?;
        let listed = self.simulator.phones().get(&self.people[at].number)?.devices;
        let server = self.server.as_ref().context("the server runs")?;
        let person = &mut self.people[at];
        let verdict = person.judge(said.as_ref(), listed.len());
        let reason = said.as_ref().map_or("gone".to_owned(), |said| said["status"]["reason"].to_string());
        match verdict.with_context(|| format!("{reason}, listed {}", listed.len()))? {
            Verdict::Well => {
                if person.lied_to && listed.len() > 1 {
                    // WhatsApp said that the older devices were removed. The newest device is the one that is
                    // online.
                    for device in &listed[..listed.len() - 1] {
                        self.simulator.phones().unlink(&person.number, device.device)?;
                    }
                }
                person.is_well();
                return Ok(true);
            }
            Verdict::Wait => {}
            Verdict::Connect | Verdict::Anew => {
                person.note(format!("{reason}: connected in the calm"));
                if matches!(verdict_of(&reason), Kept::No) && person.lied_to {
                    for device in &listed {
                        self.simulator.phones().unlink(&person.number, device.device)?;
                    }
                }
                if said.is_none() {
                    (person.account, person.deleting) = (None, false);
                }
                trouble::connect(server, &self.simulator, person, true).await?;
            }
            Verdict::Scan => {
                if let Some(account) = person.account.clone() {
                    trouble::scan(server, &self.simulator, person, &account, true).await?;
                }
            }
            Verdict::Resume => {
                if let Some(account) = &person.account {
                    let path = format!("/api/v1/whatsapp/accounts/{account}/resume");
                    let (status, body) = server.call("post", &path, &[], None).await?;
                    ensure!(status == 200, "resuming: {status}: {body}");
                }
            }
        }
        Ok(false)
    }

    /// Puts away what the calls of the API left.
    pub async fn clear_api(&mut self) -> anyhow::Result<()> {
        let server = self.server.as_ref().context("the server runs")?;
        self.api.clear(server).await
    }

    pub async fn figures(&self) -> anyhow::Result<Figures> {
        let server = self.server()?;
        let figures = Figures {
            connected: server.accounts("&status=Connected").await?.len(),
            resident: server.resident()?,
            threads: std::fs::read_dir(server.proc("task")?)?.count(),
            files: std::fs::read_dir(server.proc("fd")?)?.count(),
            peak: self.simulator.state().peak_handshakes,
            counts: self.counts,
        };
        self.simulator.reset_peaks();
        Ok(figures)
    }

    pub async fn end(self) -> anyhow::Result<()> {
        if let Some(server) = self.server {
            server.kill().await?;
        }
        self.simulator.shutdown().await;
        Ok(())
    }

    fn clear(&self, faults: Vec<(Instant, FaultId)>) {
        for (_, fault) in faults {
            // A fault that has struck as often as it should no longer exists.
            let _gone = self.simulator.faults().clear(fault);
        }
    }
}

/// Whether the server keeps the keys of a session when it shows a status.
enum Kept {
    Yes,
    No,
}

fn verdict_of(reason: &str) -> Kept {
    match reason.trim_matches('"') {
        "replaced" | "temporarily_banned" | "account_locked" | "client_outdated" | "refused" => Kept::Yes,
        _ => Kept::No,
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
        let Self { connected, resident, threads, files, peak, counts } = self;
        let Counts { troubles, calls, kills, rotations } = counts;
        write!(
            f,
            "{connected} | {resident:.1} | {threads} | {files} | {peak} | {troubles} | {calls} | {kills} | {rotations}"
        )
    }
}
