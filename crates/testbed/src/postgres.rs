//! A PostgreSQL server for one test. It listens on TCP, as a database on another machine does. While it is
//! stopped, clients cannot connect.

use std::os::unix::fs::{MetadataExt as _, chown};
use std::path::{Path, PathBuf};

use anyhow::{Context as _, ensure};
use tokio::process::Command;

use super::{End, Program, free_port};

const PROGRAMS: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../../scripts/postgres-bin.sh");

/// PostgreSQL refuses to run as root. If the test runs as root, PostgreSQL runs as this user.
const OWNER: &str = "postgres";

/// Whether PostgreSQL waits until a commit is on disk.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Fsync {
    /// A commit is on disk before it returns, as in production.
    On,
    /// A commit survives the end of the process, but not a power cut. This is faster.
    Off,
}

/// Where PostgreSQL's programs are installed, and the user as which they run.
#[derive(Clone)]
struct Installed {
    programs: PathBuf,
    owner: Option<(u32, u32)>,
}

impl Installed {
    async fn find() -> anyhow::Result<Self> {
        let found = Command::new(PROGRAMS).output().await?;
        ensure!(found.status.success(), "{}", String::from_utf8_lossy(&found.stderr));
        let programs = PathBuf::from(String::from_utf8(found.stdout)?.trim());
        let is_root = std::fs::metadata("/proc/self")?.uid() == 0;
        let owner = if is_root { Some((id("-u").await?, id("-g").await?)) } else { None };
        Ok(Self { programs, owner })
    }

    fn command(&self, program: &str, folder: &Path) -> Command {
        let mut command = Command::new(self.programs.join(program));
        if let Some((user, group)) = self.owner {
            command.uid(user).gid(group);
        }
        command.env("PGDATA", folder.join("data")).current_dir(folder);
        command
    }
}

impl Program {
    /// Creates and starts a new cluster. The caller must wait until [`Program::takes_sql`] returns true.
    pub async fn postgres(fsync: Fsync) -> anyhow::Result<Self> {
        let port = free_port()?;
        let installed = Installed::find().await?;
        let at_start = installed.clone();
        let start = move |folder: &Path| {
            let mut command = at_start.command("postgres", folder);
            let sockets = format!("unix_socket_directories={}", folder.display());
            command.args(["-h", "127.0.0.1", "-p", &port.to_string(), "-c", &sockets]);
            if fsync == Fsync::Off {
                command.args(["-c", "fsync=off"]);
            }
            Ok(command)
        };
        let mut program = Self::new("PostgreSQL", port, End::Quit, Box::new(start))?;
        let folder = program.folder.path();
        if let Some((user, group)) = installed.owner {
            chown(folder, Some(user), Some(group))?;
        }
        let mut make = installed.command("initdb", folder);
        make.args(["-U", OWNER, "-A", "trust", "-E", "UTF8", "--no-locale", "--no-sync"]);
        let made = make.output().await?;
        ensure!(made.status.success(), "{}", String::from_utf8_lossy(&made.stderr));
        program.start()?;
        Ok(program)
    }

    /// The URL for clients of PostgreSQL. It is valid only if this program is a PostgreSQL server.
    pub fn postgres_url(&self) -> String {
        format!("postgres://{OWNER}@127.0.0.1:{}/postgres", self.port)
    }

    /// Whether PostgreSQL accepts connections. The result is valid only if this program is a PostgreSQL server.
    pub async fn takes_sql(&self) -> anyhow::Result<bool> {
        let mut ask = Installed::find().await?.command("pg_isready", self.folder.path());
        ask.args(["-q", "-h", "127.0.0.1", "-p", &self.port.to_string(), "-d", "postgres"]);
        Ok(ask.status().await?.success())
    }
}

async fn id(which: &str) -> anyhow::Result<u32> {
    let said = Command::new("id").args([which, OWNER]).output().await?.stdout;
    String::from_utf8(said)?.trim().parse().with_context(|| format!("there is no user {OWNER}"))
}
