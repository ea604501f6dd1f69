//! A PostgreSQL server of one test's own, which may be taken away and brought back.

use std::os::unix::fs::{MetadataExt as _, chown};
use std::path::Path;
use std::process::{Child, Command, Output, Stdio};

use anyhow::{Context as _, ensure};
use tempfile::TempDir;

use crate::deadline::until;

const BINARIES: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../../scripts/postgres-bin.sh");

/// PostgreSQL refuses to run as root.
const OWNER: &str = "postgres";

/// It listens on TCP, as a database on another machine does: while it is gone, connections are refused.
pub struct Cluster {
    binaries: String,
    directory: TempDir,
    port: u16,
    process: Option<Child>,
}

impl Cluster {
    pub async fn start() -> anyhow::Result<Self> {
        let found = Command::new(BINARIES).output()?;
        ensure!(found.status.success(), "{}", String::from_utf8_lossy(&found.stderr));
        let binaries = String::from_utf8(found.stdout)?.trim().to_owned();
        let directory = tempfile::Builder::new().prefix("linekeeper-cluster-").tempdir()?;
        if is_root()? {
            give_away(directory.path())?;
        }
        let port = std::net::TcpListener::bind("127.0.0.1:0")?.local_addr()?.port();
        let mut cluster = Self { binaries, directory, port, process: None };
        let made =
            cluster.run("initdb", &["-U", OWNER, "-A", "trust", "-E", "UTF8", "--no-locale", "--no-sync"])?;
        ensure!(made.status.success(), "{}", String::from_utf8_lossy(&made.stderr));
        cluster.come_back().await?;
        Ok(cluster)
    }

    pub fn url(&self) -> String {
        format!("postgres://{OWNER}@127.0.0.1:{}/postgres", self.port)
    }

    /// As a machine that loses its power: no connection is told, and what was not committed is lost.
    pub fn vanish(&mut self) -> anyhow::Result<()> {
        let Some(mut process) = self.process.take() else { return Ok(()) };
        let told = Command::new("kill").arg("-QUIT").arg(process.id().to_string()).status()?;
        ensure!(told.success(), "PostgreSQL is gone already");
        process.wait()?;
        Ok(())
    }

    /// Starts again on the same port. Returns when it takes connections.
    pub async fn come_back(&mut self) -> anyhow::Result<()> {
        let port = self.port.to_string();
        let sockets = format!("unix_socket_directories={}", self.directory.path().display());
        let arguments = ["-h", "127.0.0.1", "-p", &port, "-c", &sockets, "-c", "fsync=off"];
        let mut command = self.command("postgres", &arguments)?;
        self.process = Some(command.stdout(Stdio::null()).stderr(Stdio::null()).spawn()?);
        until("PostgreSQL", async || {
            let asked = self.run("pg_isready", &["-q", "-h", "127.0.0.1", "-p", &port, "-d", "postgres"]);
            asked.ok()?.status.success().then_some(())
        })
        .await
    }

    fn run(&self, program: &str, arguments: &[&str]) -> anyhow::Result<Output> {
        Ok(self.command(program, arguments)?.output()?)
    }

    fn command(&self, program: &str, arguments: &[&str]) -> anyhow::Result<Command> {
        let program = Path::new(&self.binaries).join(program);
        let mut command = if is_root()? {
            let mut command = Command::new("setpriv");
            command.args(["--reuid", OWNER, "--regid", OWNER, "--clear-groups", "--"]).arg(program);
            command
        } else {
            Command::new(program)
        };
        command.args(arguments).env("PGDATA", self.directory.path().join("data"));
        command.current_dir(self.directory.path()).stdin(Stdio::null());
        Ok(command)
    }
}

impl Drop for Cluster {
    fn drop(&mut self) {
        let _gone_already = self.vanish();
    }
}

fn is_root() -> anyhow::Result<bool> {
    Ok(std::fs::metadata("/proc/self")?.uid() == 0)
}

fn give_away(directory: &Path) -> anyhow::Result<()> {
    let id = |which: &str| -> anyhow::Result<u32> {
        let said = Command::new("id").args([which, OWNER]).output()?.stdout;
        String::from_utf8(said)?.trim().parse().with_context(|| format!("there is no user {OWNER}"))
    };
    Ok(chown(directory, Some(id("-u")?), Some(id("-g")?))?)
}
