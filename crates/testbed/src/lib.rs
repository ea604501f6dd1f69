//! Real programs that tests start as processes, kill and start again: NATS, RabbitMQ, PostgreSQL and a mail
//! server. Each program listens on its own port. Dropping a program kills it.

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

/// A program that a test starts, with its own folder and port.
pub struct Program {
    /// The name of the program, for messages to people.
    pub name: &'static str,
    /// The port on which the program listens.
    pub port: u16,
    folder: TempDir,
    start: Box<Start>,
    end: End,
    process: Option<Child>,
}

/// How the program is killed at once, as in a power cut.
#[derive(Clone, Copy)]
enum End {
    /// Sends SIGKILL to the program and to all processes that it started.
    KillAll,
    /// Sends SIGQUIT, PostgreSQL's signal for an immediate shutdown. SIGKILL for one process group would not be
    /// enough, because each of PostgreSQL's processes leads its own group.
    Quit,
}

/// A TCP port that is free at this moment.
pub fn free_port() -> anyhow::Result<u16> {
    Ok(std::net::TcpListener::bind("127.0.0.1:0")?.local_addr()?.port())
}

impl Program {
    fn new(name: &'static str, port: u16, end: End, start: Box<Start>) -> anyhow::Result<Self> {
        let folder = tempfile::Builder::new().prefix("linekeeper-testbed-").tempdir()?;
        Ok(Self { name, port, folder, start, end, process: None })
    }

    /// Starts the program, also after it was killed. It keeps its port and the files in its folder.
    pub fn start(&mut self) -> anyhow::Result<()> {
        let output = std::fs::File::create(self.folder.path().join("output"))?;
        let mut command = (self.start)(self.folder.path())?;
        command.stdin(Stdio::null()).stdout(output.try_clone()?).stderr(output).process_group(0);
        let missing =
            || format!("{} is not installed: scripts/install-debian-packages.sh installs it", self.name);
        self.process = Some(command.spawn().with_context(missing)?);
        Ok(())
    }

    /// Whether the program accepts connections on its port.
    pub async fn listens(&self) -> bool {
        TcpStream::connect(("127.0.0.1", self.port)).await.is_ok()
    }

    /// Kills the program as a power cut does: it cannot close its connections or write anything more to disk.
    pub async fn kill(&mut self) -> anyhow::Result<()> {
        let Some(mut process) = self.process.take() else { return Ok(()) };
        self.tell(&process);
        process.wait().await?;
        Ok(())
    }

    fn tell(&self, process: &Child) {
        let id = process.id().and_then(|id| i32::try_from(id).ok()).and_then(Pid::from_raw);
        let Some(id) = id else { return };
        // Ignore a failure here: the process may already have ended.
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
