//! Real programs that tests start as processes, kill and start again: NATS, RabbitMQ, PostgreSQL and a mail server. Each has a
//! folder and ports of its own, and is gone when dropped.

mod brokers;
mod mail;
mod postgres;

use std::path::Path;
use std::process::Stdio;

use anyhow::Context as _;
use rustix::process::{Pid, Signal, kill_process, kill_process_group};
use tempfile::TempDir;
use tokio::net::TcpStream;
use tokio::process::{Child, Command};

pub use mail::{MailServer, Received};
pub use postgres::Fsync;

type Start = dyn Fn(&Path) -> anyhow::Result<Command> + Send + Sync;

/// A program with a folder of its own.
pub struct Program {
    /// What people call it.
    pub name: &'static str,
    /// Where it listens.
    pub port: u16,
    folder: TempDir,
    start: Box<Start>,
    end: End,
    process: Option<Child>,
}

/// What ends a program as a power cut would.
#[derive(Clone, Copy)]
enum End {
    /// `kill -9` of it and all that it started.
    KillAll,
    /// PostgreSQL's way to end at once: its processes share memory, and each leads a group of its own.
    Quit,
}

/// A port that nobody has at this moment.
pub fn free_port() -> anyhow::Result<u16> {
    Ok(std::net::TcpListener::bind("127.0.0.1:0")?.local_addr()?.port())
}

impl Program {
    fn new(name: &'static str, port: u16, end: End, start: Box<Start>) -> anyhow::Result<Self> {
        let folder = tempfile::Builder::new().prefix("linekeeper-testbed-").tempdir()?;
        Ok(Self { name, port, folder, start, end, process: None })
    }

    /// Starts it, also again after it was killed, at the same port and with what it had on disk.
    pub fn start(&mut self) -> anyhow::Result<()> {
        let output = std::fs::File::create(self.folder.path().join("output"))?;
        let mut command = (self.start)(self.folder.path())?;
        command.stdin(Stdio::null()).stdout(output.try_clone()?).stderr(output).process_group(0);
        let missing =
            || format!("{} is not installed: scripts/install-debian-packages.sh installs it", self.name);
        self.process = Some(command.spawn().with_context(missing)?);
        Ok(())
    }

    /// Whether somebody listens at its port.
    pub async fn listens(&self) -> bool {
        TcpStream::connect(("127.0.0.1", self.port)).await.is_ok()
    }

    /// As a machine that loses its power: no connection is told, and what was not on disk is lost.
    pub async fn kill(&mut self) -> anyhow::Result<()> {
        let Some(mut process) = self.process.take() else { return Ok(()) };
        self.tell(&process);
        process.wait().await?;
        Ok(())
    }

    fn tell(&self, process: &Child) {
        let id = process.id().and_then(|id| i32::try_from(id).ok()).and_then(Pid::from_raw);
        let Some(id) = id else { return };
        // What is gone already is as good.
        let _gone = match self.end {
            End::KillAll => kill_process_group(id, Signal::KILL),
            End::Quit => kill_process(id, Signal::QUIT),
        };
    }
}

impl Drop for Program {
    fn drop(&mut self) {
        if let Some(process) = &self.process {
            self.tell(process);
        }
    }
}
