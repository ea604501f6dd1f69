//! What the server stands on and speaks to, as processes that are killed and started again: NATS, RabbitMQ and PostgreSQL.

use std::os::unix::fs::{MetadataExt as _, chown};
use std::path::{Path, PathBuf};
use std::process::Stdio;

use anyhow::{Context as _, ensure};
use tempfile::TempDir;
use tokio::process::{Child, Command};

type Start = dyn Fn(&Path) -> Command + Send + Sync;

/// A program with a folder of its own.
pub struct Program {
    pub name: &'static str,
    pub port: u16,
    folder: TempDir,
    start: Box<Start>,
    /// What ends it as a power cut would.
    signal: Signal,
    process: Option<Child>,
}

#[derive(Clone, Copy)]
enum Signal {
    /// `kill -9` of it and all that it started.
    KillAll,
    /// PostgreSQL's way to end at once: its processes share memory, and each leads a group of its own.
    Quit,
}

pub fn free_port() -> anyhow::Result<u16> {
    Ok(std::net::TcpListener::bind("127.0.0.1:0")?.local_addr()?.port())
}

impl Program {
    pub fn nats() -> anyhow::Result<Self> {
        let port = free_port()?;
        let start = move |folder: &Path| {
            let mut command = Command::new("nats-server");
            command
                .args(["-a", "127.0.0.1", "-p", &port.to_string(), "-js", "-sd"])
                .arg(folder.join("store"));
            command
        };
        Self::new("NATS", port, Box::new(start), Signal::KillAll)
    }

    pub fn rabbit() -> anyhow::Result<Self> {
        let port = free_port()?;
        let [inner, mapper] = [free_port()?, free_port()?].map(|port| port.to_string());
        let start = move |folder: &Path| {
            let mut command = Command::new("/bin/sh");
            // Erlang's daemon would outlive this program if Erlang started it.
            command.args(["-c", "epmd & exec /usr/lib/rabbitmq/bin/rabbitmq-server"]);
            let config = folder.join("rabbitmq.conf");
            let written = std::fs::write(&config, format!("listeners.tcp.1 = 127.0.0.1:{port}\n"))
                .and_then(|()| std::fs::write(folder.join("plugins"), "[]."));
            if let Err(error) = written {
                tracing::error!(%error, "RabbitMQ's settings are not written");
            }
            command.env_clear().env("HOME", folder).env("ERL_EPMD_ADDRESS", "127.0.0.1");
            command.env("PATH", std::env::var_os("PATH").unwrap_or_default());
            command.env("RABBITMQ_NODENAME", format!("linekeeper{port}@localhost"));
            command.env("RABBITMQ_MNESIA_BASE", folder.join("data"));
            command.env("RABBITMQ_LOG_BASE", folder.join("log"));
            command.env("RABBITMQ_CONFIG_FILE", config);
            command.env("RABBITMQ_ENABLED_PLUGINS_FILE", folder.join("plugins"));
            command.env("RABBITMQ_DIST_PORT", &inner).env("ERL_EPMD_PORT", &mapper);
            command.env("RABBITMQ_SERVER_ADDITIONAL_ERL_ARGS", "+S 1:1 +sbwt none");
            command
        };
        Self::new("RabbitMQ", port, Box::new(start), Signal::KillAll)
    }

    /// A new cluster. `fsync` is on.
    pub async fn postgres() -> anyhow::Result<Self> {
        let port = free_port()?;
        let programs = PathBuf::from(programs_of_postgres().await?);
        let owner =
            if std::fs::metadata("/proc/self")?.uid() == 0 { Some(ids_of_postgres().await?) } else { None };
        let as_owner = move |program: PathBuf, folder: &Path| {
            let mut command = Command::new(program);
            if let Some((user, group)) = owner {
                // It refuses to run as root.
                command.uid(user).gid(group);
            }
            command.env("PGDATA", folder.join("data")).current_dir(folder);
            command
        };
        let initdb = programs.join("initdb");
        let start = move |folder: &Path| {
            let mut command = as_owner(programs.join("postgres"), folder);
            let sockets = format!("unix_socket_directories={}", folder.display());
            command.args(["-h", "127.0.0.1", "-p", &port.to_string(), "-c", &sockets]);
            command
        };
        let program = Self::with_folder("PostgreSQL", port, Box::new(start), Signal::Quit)?;
        if let Some((user, group)) = owner {
            chown(program.folder.path(), Some(user), Some(group))?;
        }
        let made = as_owner(initdb, program.folder.path())
            .args(["-U", "postgres", "-A", "trust", "-E", "UTF8", "--no-locale"])
            .output()
            .await?;
        ensure!(made.status.success(), "{}", String::from_utf8_lossy(&made.stderr));
        let mut program = program;
        program.start()?;
        Ok(program)
    }

    fn new(name: &'static str, port: u16, start: Box<Start>, signal: Signal) -> anyhow::Result<Self> {
        let mut program = Self::with_folder(name, port, start, signal)?;
        program.start()?;
        Ok(program)
    }

    fn with_folder(name: &'static str, port: u16, start: Box<Start>, signal: Signal) -> anyhow::Result<Self> {
        Ok(Self { name, port, folder: TempDir::new()?, start, signal, process: None })
    }

    pub fn start(&mut self) -> anyhow::Result<()> {
        let output = std::fs::File::create(self.folder.path().join("output"))?;
        let mut command = (self.start)(self.folder.path());
        command.stdin(Stdio::null()).stdout(output.try_clone()?).stderr(output).process_group(0);
        self.process = Some(command.spawn().with_context(|| format!("{} is not installed", self.name))?);
        Ok(())
    }

    pub async fn kill(&mut self) -> anyhow::Result<()> {
        let Some(mut process) = self.process.take() else { return Ok(()) };
        self.tell(&process);
        process.wait().await?;
        Ok(())
    }

    fn tell(&self, process: &Child) {
        let Some(id) = process.id() else { return };
        let (signal, whom) = match self.signal {
            Signal::KillAll => ("-KILL", format!("-{id}")),
            Signal::Quit => ("-QUIT", id.to_string()),
        };
        // What is gone already is as good.
        let _told = std::process::Command::new("kill").args([signal, "--", &whom]).status();
    }
}

impl Drop for Program {
    fn drop(&mut self) {
        if let Some(process) = &self.process {
            self.tell(process);
        }
    }
}

async fn programs_of_postgres() -> anyhow::Result<String> {
    let script = concat!(env!("CARGO_MANIFEST_DIR"), "/../../scripts/postgres-bin.sh");
    let found = Command::new(script).output().await?;
    ensure!(found.status.success(), "{}", String::from_utf8_lossy(&found.stderr));
    Ok(String::from_utf8(found.stdout)?.trim().to_owned())
}

async fn ids_of_postgres() -> anyhow::Result<(u32, u32)> {
    let mut ids = [0; 2];
    for (id, which) in ids.iter_mut().zip(["-u", "-g"]) {
        let said = Command::new("id").args([which, "postgres"]).output().await?.stdout;
        *id = String::from_utf8(said)?.trim().parse().context("there is no user postgres")?;
    }
    Ok((ids[0], ids[1]))
}
