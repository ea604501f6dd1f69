//! The sections of the configuration as plain data.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};
use std::num::NonZeroU32;
use std::path::{Path, PathBuf};
use std::time::Duration;

use linekeeper_model::network::Network;
use linekeeper_model::secret::Secret;
use linekeeper_storage::{Database as StorageDatabase, StorageOptions};
use serde::Deserialize;
use url::Url;

use super::ConfigError;
use super::backup::Backup;
use super::encryption::Encryption;
use super::jwt::Jwt;
use super::media::Media;
use super::s3::S3;
use super::values::{networks, secret};

/// All settings.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Config {
    /// The server's addresses, and where its files are.
    pub server: Server,
    /// Which database the server uses.
    pub database: Database,
    /// The master key.
    pub encryption: Encryption,
    /// Settings of accounts and their connections.
    pub whatsapp: WhatsApp,
    /// The settings for tokens that a CRM issues to its users, and that the server trusts (single sign-on).
    pub jwt: Jwt,
    /// How long the event log keeps events.
    pub events: Events,
    /// Which private networks webhooks may reach.
    pub webhooks: Webhooks,
    /// The message brokers that receive events.
    pub streams: Streams,
    /// How long messages are kept.
    pub messages: Messages,
    /// The settings for files of messages.
    pub media: Media,
    /// The settings for backups.
    pub backup: Backup,
    /// The S3-compatible store for backups and files.
    pub s3: S3,
    /// The mail server.
    pub smtp: Smtp,
    /// When people get emails about their accounts.
    pub notify: Notify,
    /// What is logged, and in which format.
    pub log: Log,
    /// The metrics, and who may see them.
    pub metrics: Metrics,
    /// Where traces are sent.
    pub traces: Traces,
}

/// The server's addresses, and where its files are.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Server {
    /// The address on which the server serves the API and the dashboard.
    pub listen: SocketAddr,
    /// The folder for all files of the server.
    pub data_dir: PathBuf,
    /// The URL at which people reach the server, if it differs from `listen`.
    pub public_url: Option<Url>,
    /// The networks of trusted proxies, separated by commas. Such a proxy names the address of its client in a
    /// header.
    #[serde(default, deserialize_with = "networks")]
    pub trusted_proxies: Vec<Network>,
    /// The maximum number of simultaneous connections to the API.
    pub max_sockets: u32,
}

/// Which database the server uses.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Database {
    /// The URL of a PostgreSQL database, `postgres://..`. If unset, the server uses SQLite in the data directory.
    #[serde(default, deserialize_with = "secret")]
    pub url: Option<Secret<String>>,
}

/// Settings of accounts and their connections.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct WhatsApp {
    /// The folder of the vault (the store of sessions). If unset, it is the folder `sessions` of the data
    /// directory.
    pub session_path: Option<PathBuf>,
    /// The maximum number of accounts in this deployment.
    pub max_connections: u32,
    /// The maximum number of messages per minute that one account sends.
    pub message_rate_limit: u32,
    /// The maximum number of open pairings.
    pub max_pairings: NonZeroU32,
    /// The maximum number of simultaneous logins.
    pub connect_at_once: NonZeroU32,
    /// After a quiet time, this many logins may begin without a pause.
    pub connect_burst: NonZeroU32,
    /// The number of logins per second after the burst is used up.
    pub connect_rate: NonZeroU32,
    /// The number of seconds after which the server tries again to connect an account whose retries are exhausted.
    /// 0 means that it never tries again.
    pub probe_interval: u32,
    /// The URL of a server to use instead of WhatsApp's own server, such as a simulator.
    pub endpoint: Option<Url>,
    /// The PEM file of the certificate authority that signed the certificate of `endpoint`.
    pub ca_file: Option<PathBuf>,
}

/// How long the event log keeps events.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Events {
    /// The number of days for which events are kept. 0 means for ever.
    pub keep_days: u32,
}

/// Which addresses webhooks may reach besides those of the public internet.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Webhooks {
    /// Private networks that webhooks may reach, separated by commas.
    #[serde(default, deserialize_with = "networks")]
    pub allow_networks: Vec<Network>,
}

/// The message brokers that receive events. Their URLs may contain credentials.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Streams {
    /// The URL of a NATS server, `nats://user:password@host`. Several URLs are separated by commas.
    #[serde(default, deserialize_with = "secret")]
    pub nats_url: Option<Secret<String>>,
    /// The URL of an AMQP broker, `amqp://user:password@host/vhost`.
    #[serde(default, deserialize_with = "secret")]
    pub amqp_url: Option<Secret<String>>,
}

/// How long messages are kept.
#[derive(Debug, Clone, Copy, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Messages {
    /// The number of days for which messages are kept. 0 means for ever.
    pub keep_days: u32,
}

/// The mail server. If it is not configured, the server sends no email, and everything else works.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Smtp {
    /// The URL of the mail server, such as `smtps://user:password@host`.
    #[serde(default, deserialize_with = "secret")]
    pub url: Option<Secret<String>>,
    /// The sender address of the server's emails.
    pub from: Option<String>,
}

/// When people get emails about their accounts.
#[derive(Debug, Clone, Copy, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Notify {
    /// The number of seconds between the first problem and the email about it.
    pub digest_seconds: u32,
    /// The minimum number of seconds between two emails.
    pub quiet_seconds: u32,
}

/// What is logged, and in which format.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Log {
    /// A level for linekeeper's own log lines, or a filter.
    pub level: String,
    /// The format of log lines.
    pub format: LogFormat,
}

/// The metrics, and who may see them. If neither field is set, nobody can see the metrics.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Metrics {
    /// The token that a program must send to read the metrics.
    #[serde(default, deserialize_with = "secret")]
    pub token: Option<Secret<String>>,
    /// A separate address on which the server serves `/metrics`.
    pub listen: Option<SocketAddr>,
}

/// Where traces are sent. If no endpoint is set, the server makes no traces.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Traces {
    /// The URL of the trace collector, without `/v1/traces`.
    pub endpoint: Option<Url>,
    /// The name of this server in traces.
    pub service_name: String,
}

/// The format of log lines.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum LogFormat {
    /// Lines for people.
    Text,
    /// JSON objects for programs.
    Json,
}

impl WhatsApp {
    /// How often to try again to connect an account whose retries are exhausted. See [`WhatsApp::probe_interval`].
    pub const fn probe_every(&self) -> Option<Duration> {
        match self.probe_interval {
            0 => None,
            seconds => Some(Duration::from_secs(seconds as u64)),
        }
    }
}

impl Traces {
    /// The complete URL to which the server sends spans.
    pub fn traces_endpoint(&self) -> Option<Url> {
        let mut endpoint = self.endpoint.clone()?;
        let path = format!("{}/v1/traces", endpoint.path().trim_end_matches('/'));
        endpoint.set_path(&path);
        Some(endpoint)
    }
}

impl Events {
    /// How long events are kept. `None` means for ever.
    pub const fn keep(&self) -> Option<Duration> {
        days(self.keep_days)
    }
}

impl Messages {
    /// How long messages are kept. `None` means for ever.
    pub const fn keep(&self) -> Option<Duration> {
        days(self.keep_days)
    }
}

/// Converts a number of days to a duration. 0 becomes `None`.
pub(super) const fn days(number: u32) -> Option<Duration> {
    match number {
        0 => None,
        days => Some(Duration::from_secs(days as u64 * 24 * 60 * 60)),
    }
}

impl Config {
    /// The folder in the data directory for files of messages. It is used unless another folder or a bucket is
    /// configured.
    pub fn media_dir(&self) -> PathBuf {
        self.server.data_dir.join("media")
    }

    /// The SQLite file with all tables except those of the vault (the store of sessions).
    pub fn database_file(&self) -> PathBuf {
        self.server.data_dir.join("linekeeper.db")
    }

    /// The folder of the SQLite vault.
    pub fn sessions_dir(&self) -> PathBuf {
        self.whatsapp.session_path.clone().unwrap_or_else(|| self.server.data_dir.join("sessions"))
    }

    /// The file of the SQLite vault.
    pub fn vault_file(&self) -> PathBuf {
        self.sessions_dir().join("vault.db")
    }

    /// Whether at least one of the two SQLite files exists.
    pub fn has_files(&self) -> bool {
        self.database_file().exists() || self.vault_file().exists()
    }

    /// Whether the server connects to another endpoint than WhatsApp's own server, such as a simulator or a relay.
    pub const fn has_own_endpoint(&self) -> bool {
        self.whatsapp.endpoint.is_some()
    }

    /// The URL at which people open the server. This is the configured public URL. If there is none, the URL is made of
    /// `address`, at which the server listens. If `address` stands for all interfaces, which a browser cannot open, the
    /// URL has the loopback address instead.
    pub fn base_url(&self, address: SocketAddr) -> Url {
        if let Some(url) = &self.server.public_url {
            return url.clone();
        }
        let mut shown = address;
        match shown.ip() {
            IpAddr::V4(ip) if ip.is_unspecified() => shown.set_ip(Ipv4Addr::LOCALHOST.into()),
            IpAddr::V6(ip) if ip.is_unspecified() => shown.set_ip(Ipv6Addr::LOCALHOST.into()),
            _ => {}
        }
        Url::parse(&format!("http://{shown}")).expect("a socket address makes a URL")
    }

    /// Creates the data directory if it is missing. Only its owner can enter it. If the process runs as root and
    /// the directory belongs to another user, this fails: the server could not open the files that root writes
    /// there.
    pub fn make_data_dir(&self) -> Result<(), ConfigError> {
        use std::os::unix::fs::MetadataExt;
        let path = &self.server.data_dir;
        create_private_dir(path)?;
        let owner = std::fs::metadata(path).map(|folder| folder.uid());
        match owner {
            Ok(uid) if uid != 0 && rustix::process::geteuid().is_root() => Err(ConfigError::Invalid {
                setting: "LINEKEEPER_DATA_DIR".to_owned(),
                reason: format!(
                    "{} belongs to user {uid}, and this is root: run it as that user (sudo -u '#{uid}' linekeeper ..)",
                    path.display()
                ),
            }),
            _ => Ok(()),
        }
    }

    /// Returns the options for opening the storage. Creates the data directory and the master key if they are missing.
    pub fn storage_options(&self, holder: String) -> Result<StorageOptions, ConfigError> {
        self.make_data_dir()?;
        let database = match &self.database.url {
            Some(url) => StorageDatabase::Postgres { url: url.clone() },
            None => StorageDatabase::Sqlite { path: self.database_file() },
        };
        Ok(StorageOptions { database, sessions_dir: self.sessions_dir(), keys: self.keys()?, holder })
    }
}

/// Creates a folder that only its owner can enter.
fn create_private_dir(path: &Path) -> Result<(), ConfigError> {
    use std::os::unix::fs::DirBuilderExt;
    std::fs::DirBuilder::new().recursive(true).mode(0o700).create(path).map_err(|error| {
        ConfigError::Invalid {
            setting: "LINEKEEPER_DATA_DIR".to_owned(),
            reason: format!("cannot create {}: {error}", path.display()),
        }
    })
}
