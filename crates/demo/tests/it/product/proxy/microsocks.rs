//! A real proxy process: microsocks, which requires a user and a password. The process ends when this value is
//! dropped.

use std::process::Stdio;

use anyhow::ensure;
use tokio::net::{TcpListener, TcpStream};
use tokio::process::{Child, Command};

use crate::deadline::until;

pub const USER: &str = "linekeeper";

/// A password with characters that must be escaped in URLs. The password is so unusual that a search for it never finds
/// another text.
pub const PASSWORD: &str = "s3:cr%t of the proxy";

/// [`PASSWORD`] as it is written in a URL.
pub const PASSWORD_IN_URL: &str = "s3%3Acr%25t%20of%20the%20proxy";

/// The number of ports to try. Another process may take a port right after it was found to be free.
const PORTS: usize = 5;

pub struct Microsocks {
    port: u16,
    process: Child,
}

impl Microsocks {
    pub async fn start() -> anyhow::Result<Self> {
        for _ in 0..PORTS {
            let port = TcpListener::bind("127.0.0.1:0").await?.local_addr()?.port();
            let mut proxy = Self { port, process: spawn(port)? };
            if proxy.listens().await? {
                return Ok(proxy);
            }
        }
        anyhow::bail!("microsocks ends when started")
    }

    /// The proxy address for an account, with the right password.
    pub fn url(&self) -> String {
        self.url_with(PASSWORD_IN_URL)
    }

    pub fn url_with(&self, password: &str) -> String {
        format!("socks5://{USER}:{password}@127.0.0.1:{}", self.port)
    }

    /// The proxy address without user and password.
    pub fn shown(&self) -> String {
        format!("socks5://127.0.0.1:{}", self.port)
    }

    /// Ends the process and every connection through it.
    pub async fn stop(&mut self) -> anyhow::Result<()> {
        Ok(self.process.kill().await?)
    }

    /// Starts the proxy again at the same address.
    pub async fn return_to_work(&mut self) -> anyhow::Result<()> {
        self.process = spawn(self.port)?;
        ensure!(self.listens().await?, "microsocks ends when started again");
        Ok(())
    }

    /// Whether the process runs and listens.
    async fn listens(&mut self) -> anyhow::Result<bool> {
        until("a proxy that listens", async || match self.process.try_wait() {
            Ok(None) => TcpStream::connect(("127.0.0.1", self.port)).await.ok().map(|_| Ok(true)),
            Ok(Some(_)) => Some(Ok(false)),
            Err(error) => Some(Err(error.into())),
        })
        .await?
    }
}

fn spawn(port: u16) -> anyhow::Result<Child> {
    let mut command = Command::new("microsocks");
    command.args(["-i", "127.0.0.1", "-p", &port.to_string(), "-u", USER, "-P", PASSWORD]);
    command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null()).kill_on_drop(true);
    Ok(command.spawn()?)
}
