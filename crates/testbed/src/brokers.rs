//! The two message brokers that tests start: NATS with JetStream, and RabbitMQ.

use std::path::Path;

use tokio::process::Command;

use super::{End, Program, free_port};

impl Program {
    /// Starts NATS with JetStream. If `login` is given, clients must use it.
    pub fn nats(login: Option<(&'static str, &'static str)>) -> anyhow::Result<Self> {
        let port = free_port()?;
        let start = move |folder: &Path| {
            let mut command = Command::new("nats-server");
            command
                .args(["-a", "127.0.0.1", "-p", &port.to_string(), "-js", "-sd"])
                .arg(folder.join("store"));
            if let Some((user, password)) = login {
                command.args(["--user", user, "--pass", password]);
            }
            Ok(command)
        };
        Self::started("NATS", port, Box::new(start))
    }

    /// Starts RabbitMQ with ports, a folder and an Erlang daemon that no other node uses.
    pub fn rabbit() -> anyhow::Result<Self> {
        let port = free_port()?;
        let [inner, mapper] = [free_port()?, free_port()?].map(|port| port.to_string());
        let start = move |folder: &Path| {
            let mut command = Command::new("/bin/sh");
            // The shell starts Erlang's daemon (`epmd`) itself, so that the daemon ends with the test. If Erlang
            // started it, it would keep running.
            command.args(["-c", "epmd & exec /usr/lib/rabbitmq/bin/rabbitmq-server"]);
            let config = folder.join("rabbitmq.conf");
            std::fs::write(&config, format!("listeners.tcp.1 = 127.0.0.1:{port}\n"))?;
            std::fs::write(folder.join("plugins"), "[].")?;
            command.env_clear().env("HOME", folder).env("ERL_EPMD_ADDRESS", "127.0.0.1");
            command.env("PATH", std::env::var_os("PATH").unwrap_or_default());
            command.env("RABBITMQ_NODENAME", format!("linekeeper{port}@localhost"));
            command.env("RABBITMQ_MNESIA_BASE", folder.join("data"));
            command.env("RABBITMQ_LOG_BASE", folder.join("log"));
            command.env("RABBITMQ_CONFIG_FILE", config);
            command.env("RABBITMQ_ENABLED_PLUGINS_FILE", folder.join("plugins"));
            command.env("RABBITMQ_DIST_PORT", &inner).env("ERL_EPMD_PORT", &mapper);
            command.env("RABBITMQ_SERVER_ADDITIONAL_ERL_ARGS", "+S 1:1 +sbwt none");
            Ok(command)
        };
        Self::started("RabbitMQ", port, Box::new(start))
    }

    fn started(name: &'static str, port: u16, start: Box<super::Start>) -> anyhow::Result<Self> {
        let mut program = Self::new(name, port, End::KillAll, start)?;
        program.start()?;
        Ok(program)
    }
}
