//! A server process, and the API calls that the trials share.

use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::{Command as Blocking, Stdio};
use std::time::Duration;

use anyhow::{Context as _, ensure};
use serde_json::{Value, json};
use tokio::io::{AsyncBufReadExt as _, BufReader};
use tokio::process::{Child, Command};

use super::report::within;

const LOOK_EVERY: Duration = Duration::from_millis(2);

/// How long the server rests before its memory is measured.
const REST: Duration = Duration::from_secs(25);

/// The Owner of the installation.
pub const OWNER: &str = "bench@example.org";
pub const PASSWORD: &str = "correct horse battery";

/// The settings that every start of the server has in common.
pub struct Setup {
    folder: PathBuf,
    environment: Vec<(&'static str, String)>,
    program: PathBuf,
    log: Option<PathBuf>,
    key: std::cell::RefCell<String>,
}

impl Setup {
    pub fn new(folder: &Path, endpoint: &str) -> anyhow::Result<Self> {
        let examples = std::env::current_exe()?;
        let program =
            examples.parent().and_then(Path::parent).context("a build folder")?.join("linekeeper-demo");
        ensure!(program.is_file(), "{} is not built", program.display());
        let environment = vec![
            ("LINEKEEPER_DATA_DIR", folder.display().to_string()),
            ("LINEKEEPER_LISTEN", "127.0.0.1:0".to_owned()),
            ("WHATSAPP_ENDPOINT", endpoint.to_owned()),
            ("WHATSAPP_MAX_CONNECTIONS", "1000".to_owned()),
        ];
        Ok(Self { folder: folder.to_owned(), environment, program, log: None, key: String::new().into() })
    }

    /// Sets an environment variable for all processes.
    pub fn set(&mut self, name: &'static str, value: &str) {
        self.environment.push((name, value.to_owned()));
    }

    /// Stores everything in PostgreSQL. With PostgreSQL, the operator creates the master key.
    pub fn use_postgres(&mut self, url: &str) -> anyhow::Result<()> {
        use std::os::unix::fs::OpenOptionsExt as _;
        let file = self.folder.join("master.key");
        let mut key = std::fs::OpenOptions::new().write(true).create_new(true).mode(0o600).open(&file)?;
        for byte in rand::random::<[u8; 32]>() {
            write!(key, "{byte:02x}")?;
        }
        self.set("DATABASE_URL", url);
        self.set("ENCRYPTION_KEY_FILE", &file.display().to_string());
        Ok(())
    }

    /// Appends the log of all processes to a file.
    pub fn log_to(&mut self, file: PathBuf) {
        self.log = Some(file);
    }

    /// Replaces the master key and removes the old one, as an operator does.
    pub async fn rotate_key(&self) -> anyhow::Result<()> {
        let rotated = Command::new(&self.program)
            .args(["keys", "rotate"])
            .env_clear()
            .envs(self.environment.iter().cloned())
            .output()
            .await?;
        ensure!(rotated.status.success(), "{}", String::from_utf8_lossy(&rotated.stderr));
        Ok(std::fs::remove_file(self.folder.join("encryption.key.previous"))?)
    }

    pub fn create_owner(&self) -> anyhow::Result<()> {
        self.command(&["owner", "create", "--email", OWNER, "--password-stdin"])?;
        let key = self.command(&["api-key", "create", "--email", OWNER, "--name", "bench"])?;
        *self.key.borrow_mut() = key.trim().to_owned();
        Ok(())
    }

    pub fn program_size(&self) -> anyhow::Result<u64> {
        Ok(self.program.metadata()?.len())
    }

    pub fn disk(&self) -> anyhow::Result<u64> {
        fn size(path: &Path) -> std::io::Result<u64> {
            let kind = path.metadata()?;
            if kind.is_file() {
                return Ok(kind.len());
            }
            path.read_dir()?.map(|entry| size(&entry?.path())).sum()
        }
        Ok(size(&self.folder)?)
    }

    /// Starts the server and waits for its first answer.
    pub async fn start(&self) -> anyhow::Result<Server> {
        let mut process = Command::new(&self.program)
            .arg("serve")
            .env_clear()
            .envs(self.environment.iter().cloned())
            .stdout(Stdio::piped())
            .stderr(self.stderr()?)
            .kill_on_drop(true)
            .spawn()?;
        let mut lines = BufReader::new(process.stdout.take().context("piped")?).lines();
        let base = within("listening server", async {
            loop {
                let line = lines.next_line().await?.context("the server ended")?;
                if let Some(at) = line.find("http://127.0.0.1:") {
                    let url = line[at..].split_whitespace().next().unwrap_or_default();
                    return Ok(url.trim_end_matches('/').to_owned());
                }
            }
        })
        .await?;
        let http = reqwest::Client::builder().no_proxy().build()?;
        let server = Server { process, http, base, key: self.key.borrow().clone() };
        server.http.get(format!("{}/healthz", server.base)).send().await?.error_for_status()?;
        Ok(server)
    }

    fn stderr(&self) -> anyhow::Result<Stdio> {
        let Some(log) = &self.log else { return Ok(Stdio::null()) };
        Ok(std::fs::OpenOptions::new().create(true).append(true).open(log)?.into())
    }

    fn command(&self, arguments: &[&str]) -> anyhow::Result<String> {
        let mut child = Blocking::new(&self.program)
            .args(arguments)
            .env_clear()
            .envs(self.environment.iter().cloned())
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()?;
        child.stdin.take().context("piped")?.write_all(PASSWORD.as_bytes())?;
        let output = child.wait_with_output()?;
        ensure!(output.status.success(), "{arguments:?} failed");
        Ok(String::from_utf8(output.stdout)?)
    }
}

pub struct Server {
    process: Child,
    http: reqwest::Client,
    base: String,
    key: String,
}

impl Server {
    pub async fn connect(&self, name: &str) -> anyhow::Result<String> {
        let url = format!("{}/api/v1/whatsapp/connect", self.base);
        let sent =
            self.http.post(url).bearer_auth(&self.key).json(&json!({ "displayName": name })).send().await?;
        let account: Value = sent.error_for_status()?.json().await?;
        Ok(account["id"].as_str().context("an id")?.to_owned())
    }

    pub async fn qr_code(&self, account: &str) -> anyhow::Result<String> {
        let code = self.get(&format!("/whatsapp/qr-code/{account}")).await?;
        Ok(code["qrCode"].as_str().context("a code")?.to_owned())
    }

    pub async fn connected(&self, account: &str) -> anyhow::Result<()> {
        within("connection", async {
            while self.get(&format!("/whatsapp/accounts/{account}")).await?["connectionStatus"] != "Connected"
            {
                tokio::time::sleep(LOOK_EVERY).await;
            }
            Ok(())
        })
        .await
    }

    pub async fn all_connected(&self, accounts: usize) -> anyhow::Result<()> {
        within("connection of all", async {
            while self.accounts("&status=Connected").await?.len() < accounts {
                tokio::time::sleep(LOOK_EVERY).await;
            }
            Ok(())
        })
        .await
    }

    /// All accounts, or only those that match the filter.
    pub async fn accounts(&self, filter: &str) -> anyhow::Result<Vec<Value>> {
        let (mut accounts, mut cursor) = (Vec::new(), String::new());
        loop {
            let page = self.get(&format!("/whatsapp/accounts?limit=200{filter}{cursor}")).await?;
            accounts.extend(page["data"].as_array().context("a list")?.iter().cloned());
            match page["nextCursor"].as_str() {
                Some(next) => cursor = format!("&cursor={next}"),
                None => return Ok(accounts),
            }
        }
    }

    /// Waits until pending work has ended, so that the measured memory is that of an idle server.
    pub async fn settled(&self) {
        tokio::time::sleep(REST).await;
    }

    /// The resident memory of the process, as the kernel counts it.
    pub fn memory(&self) -> anyhow::Result<String> {
        Ok(format!("{:.1} MB", self.resident()?))
    }

    /// The resident memory in MB (10^6 bytes).
    pub fn resident(&self) -> anyhow::Result<f64> {
        let status = std::fs::read_to_string(self.proc("status")?)?;
        let line = status.lines().find(|line| line.starts_with("VmRSS:")).context("VmRSS")?;
        let kilobytes: f64 = line.split_whitespace().nth(1).context("a number")?.parse()?;
        Ok(kilobytes * 1024.0 / 1e6)
    }

    /// The address where the server listens.
    pub fn address(&self) -> anyhow::Result<std::net::SocketAddr> {
        Ok(self.base.trim_start_matches("http://").parse()?)
    }

    /// The Owner's API key.
    pub fn key(&self) -> &str {
        &self.key
    }

    /// The path of a file or folder under `/proc` for the server process.
    pub fn proc(&self, what: &str) -> anyhow::Result<PathBuf> {
        let id = self.process.id().context("the server runs")?;
        Ok(PathBuf::from(format!("/proc/{id}/{what}")))
    }

    pub async fn kill(mut self) -> anyhow::Result<()> {
        Ok(self.process.kill().await?)
    }

    /// Makes any call of the API, given the path as in the OpenAPI document. Returns the status and the answer,
    /// which is null if it is not JSON.
    pub async fn call(
        &self,
        method: &str,
        path: &str,
        query: &[(String, String)],
        body: Option<&Value>,
    ) -> anyhow::Result<(u16, Value)> {
        self.call_with(&self.key, method, path, query, body).await
    }

    /// Makes a call as [`Self::call`] does, with another credential.
    pub async fn call_with(
        &self,
        credential: &str,
        method: &str,
        path: &str,
        query: &[(String, String)],
        body: Option<&Value>,
    ) -> anyhow::Result<(u16, Value)> {
        let method = reqwest::Method::from_bytes(method.to_uppercase().as_bytes())?;
        let mut url = reqwest::Url::parse(&format!("{}{path}", self.base))?;
        if !query.is_empty() {
            url.query_pairs_mut().extend_pairs(query);
        }
        let mut request = self.http.request(method, url);
        if let Some(body) = body {
            request = request.json(body);
        }
        let answer = request.bearer_auth(credential).send().await?;
        let status = answer.status().as_u16();
        Ok((status, serde_json::from_slice(&answer.bytes().await?).unwrap_or_default()))
    }

    pub async fn get(&self, path: &str) -> anyhow::Result<Value> {
        let url = format!("{}/api/v1{path}", self.base);
        Ok(self.http.get(url).bearer_auth(&self.key).send().await?.error_for_status()?.json().await?)
    }
}
