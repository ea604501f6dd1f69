//! An installation: a database, a data directory, and the program that uses them. The database and the data directory
//! remain when the process ends or is killed.

use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::{Output, Stdio};
use std::sync::Arc;

use anyhow::{Context as _, ensure};
use linekeeper_storage::Database;
use linekeeper_storage::testing::{Databases, TestDatabase};
use tempfile::NamedTempFile;
use tokio::io::{AsyncBufRead, AsyncBufReadExt as _, AsyncReadExt as _, AsyncWriteExt as _, BufReader};
use tokio::process::{Child, Command};
use tokio::task::JoinSet;

use super::api::Api;
use crate::deadline::within;
use crate::sim::Sim;

const PROGRAM: &str = env!("CARGO_BIN_EXE_linekeeper-demo");

pub struct Installation {
    pub database: TestDatabase,
    endpoint: String,
    /// The certificate authority of the simulator's media server.
    authority: Arc<NamedTempFile>,
    key: String,
    environment: Vec<(&'static str, String)>,
}

impl Installation {
    /// A new installation on SQLite, the default.
    pub async fn new(sim: &Sim) -> anyhow::Result<Self> {
        Self::on(Databases::sqlite(), sim).await
    }

    /// A new installation with its Owner and an API key, both created on the command line before the first start
    /// of the server.
    pub async fn on(database: TestDatabase, sim: &Sim) -> anyhow::Result<Self> {
        Self::within(database, Vec::new(), sim).await
    }

    /// A new installation with its Owner and an API key. All its processes get the variables in `environment`, even the
    /// process that creates the Owner.
    pub async fn within(
        database: TestDatabase,
        environment: Vec<(&'static str, String)>,
        sim: &Sim,
    ) -> anyhow::Result<Self> {
        let mut authority = NamedTempFile::new()?;
        authority.write_all(sim.server().ca_pem().as_bytes())?;
        let (endpoint, authority) = (sim.endpoint(), Arc::new(authority));
        let mut installation = Self { database, endpoint, authority, key: String::new(), environment };
        let owner = ["owner", "create", "--email", "owner@example.org", "--password-stdin"];
        let created = installation.command_line(&owner, "correct horse battery").await?;
        ensure!(created.status.success(), "{}", String::from_utf8_lossy(&created.stderr));
        let key = ["api-key", "create", "--email", "owner@example.org", "--name", "tests"];
        let printed = installation.command_line(&key, "").await?;
        ensure!(printed.status.success(), "{}", String::from_utf8_lossy(&printed.stderr));
        installation.key = String::from_utf8(printed.stdout)?.trim().to_owned();
        Ok(installation)
    }

    /// The same configuration with another database and another data directory, both empty.
    pub fn elsewhere(&self, database: TestDatabase) -> Self {
        Self {
            database,
            endpoint: self.endpoint.clone(),
            authority: self.authority.clone(),
            key: self.key.clone(),
            environment: self.environment.clone(),
        }
    }

    /// The path of the master key.
    pub fn key_file(&self) -> PathBuf {
        self.data_dir().join(match self.database.name() {
            "sqlite" => "encryption.key",
            _ => "master.key",
        })
    }

    /// Runs a command that must succeed, and returns its output.
    pub async fn succeeds(&self, arguments: &[&str]) -> anyhow::Result<String> {
        let ended = self.command_line(arguments, "").await?;
        ensure!(ended.status.success(), "{arguments:?}: {}", String::from_utf8_lossy(&ended.stderr));
        Ok(String::from_utf8(ended.stdout)?)
    }

    /// Sets an environment variable for every process that is started from now on.
    pub fn set(&mut self, name: &'static str, value: impl ToString) {
        self.environment.push((name, value.to_string()));
    }

    pub fn data_dir(&self) -> &Path {
        self.database.data_dir()
    }

    pub fn api_key(&self) -> &str {
        &self.key
    }

    /// Runs a command and waits until it ends.
    pub async fn command_line(&self, arguments: &[&str], input: &str) -> anyhow::Result<Output> {
        let mut child = self.command(arguments).stdin(Stdio::piped()).spawn()?;
        let mut stdin = child.stdin.take().context("piped")?;
        stdin.write_all(input.as_bytes()).await?;
        drop(stdin);
        Ok(within(arguments.join(" "), child.wait_with_output()).await??)
    }

    /// Starts the server and waits until it prints its address.
    pub async fn start(&self) -> anyhow::Result<Server> {
        self.start_in(self.data_dir()).await
    }

    /// Starts the server and links a phone. Returns the server, the id of the account and the number of the phone.
    pub async fn online(&self, sim: &Sim) -> anyhow::Result<(Server, String, String)> {
        let number = sim.phone("Ann")?;
        let server = self.start().await?;
        let account = server.link(sim, &number).await?;
        Ok((server, account, number))
    }

    /// Starts a server on the same database with its own data directory, as a second node would.
    pub async fn start_in(&self, data_dir: &Path) -> anyhow::Result<Server> {
        let mut process = self.command(&["serve"]).env("LINEKEEPER_DATA_DIR", data_dir).spawn()?;
        let mut lines = BufReader::new(process.stdout.take().context("piped")?).lines();
        let listening = within("listening server", async {
            while let Some(line) = lines.next_line().await? {
                if let Some(at) = line.find("http://127.0.0.1:") {
                    let url = line[at..].split_whitespace().next().unwrap_or_default();
                    return anyhow::Ok(Some(url.trim_end_matches('/').to_owned()));
                }
            }
            anyhow::Ok(None)
        })
        .await??;
        let Some(base) = listening else {
            let mut said = String::new();
            process.stderr.take().context("piped")?.read_to_string(&mut said).await?;
            anyhow::bail!("the server ended: {said}");
        };
        let log = BufReader::new(process.stderr.take().context("piped")?);
        Ok(Server { api: Api::new(&base, &self.key)?, base, process, log: read_aloud(log) })
    }

    pub fn command(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new(PROGRAM);
        command.env_clear();
        // Only the variables in this `if` differ between SQLite and PostgreSQL.
        let options = self.database.options("tests");
        if let Database::Postgres { url } = options.database {
            command.env("DATABASE_URL", url.expose());
            command.env("ENCRYPTION_KEY_FILE", self.data_dir().join("master.key"));
        }
        command
            .args(arguments)
            .env("LINEKEEPER_DATA_DIR", self.data_dir())
            .env("LINEKEEPER_LISTEN", "127.0.0.1:0")
            .env("WHATSAPP_ENDPOINT", &self.endpoint)
            .env("WHATSAPP_CA_FILE", self.authority.path())
            .env("WHATSAPP_MAX_CONNECTIONS", "1000")
            .envs(self.environment.iter().map(|(name, value)| (name, value)))
            .current_dir(self.data_dir())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .kill_on_drop(true);
        command
    }
}

/// A linked account of a new installation. Returns the installation, its server, the id of the account and the
/// number of its phone.
pub async fn online(sim: &Sim) -> anyhow::Result<(Installation, Server, String, String)> {
    let installation = Installation::new(sim).await?;
    let (server, account, number) = installation.online(sim).await?;
    Ok((installation, server, account, number))
}

/// Reads the server's log and prints it if the test fails. If nobody read the log, a full pipe would block the
/// server. The task returns the whole log at the end.
fn read_aloud(log: impl AsyncBufRead + Send + Unpin + 'static) -> JoinSet<String> {
    let mut reading = JoinSet::new();
    reading.spawn(async move {
        let (mut lines, mut said) = (log.lines(), String::new());
        while let Ok(Some(line)) = lines.next_line().await {
            tell(&line);
            said.push_str(&line);
            said.push('\n');
        }
        said
    });
    reading
}

#[expect(clippy::print_stderr, reason = "a test that fails speaks to whoever runs it")]
fn tell(line: &str) {
    eprintln!("{line}");
}

/// A server process.
pub struct Server {
    pub api: Api,
    pub base: String,
    process: Child,
    log: JoinSet<String>,
}

impl Server {
    pub fn id(&self) -> u32 {
        self.process.id().unwrap_or_default()
    }

    /// Links a phone as a new account, waits until it is online, and returns its id.
    pub async fn link(&self, sim: &Sim, number: &str) -> anyhow::Result<String> {
        let account = self.api.connect("Front desk").await?;
        self.scan(sim, number, &account).await?;
        Ok(account)
    }

    /// Scans the code of an account that waits for a scan, and waits until the account is online.
    pub async fn scan(&self, sim: &Sim, number: &str, account: &str) -> anyhow::Result<()> {
        sim.scan(number, &self.api.qr_text(account).await?).await?;
        self.api.reaches(account, "online").await?;
        Ok(())
    }

    /// Ends the server with `kill -9`.
    pub async fn kill(mut self) -> anyhow::Result<()> {
        self.process.kill().await?;
        Ok(())
    }

    /// Stops the server with SIGTERM and returns the exit code.
    pub async fn stop(mut self) -> anyhow::Result<Option<i32>> {
        self.end().await
    }

    /// Stops the server with SIGTERM and returns its whole log.
    pub async fn log(mut self) -> anyhow::Result<String> {
        self.end().await?;
        within("end of the log", self.log.join_next()).await?.context("it is read")?.map_err(Into::into)
    }

    async fn end(&mut self) -> anyhow::Result<Option<i32>> {
        let told = Command::new("kill").arg("-TERM").arg(self.id().to_string()).status().await?;
        ensure!(told.success(), "the process is gone");
        Ok(within("orderly end", self.process.wait()).await??.code())
    }
}
