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

/// Everything that can be set.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Config {
    /// Where the server listens, and where its files are.
    pub server: Server,
    /// Which database.
    pub database: Database,
    /// The master key.
    pub encryption: Encryption,
    /// Settings of accounts and their connections.
    pub whatsapp: WhatsApp,
    /// Tokens of an existing CRM.
    pub jwt: Jwt,
    /// The event log.
    pub events: Events,
    /// Where webhooks may lead.
    pub webhooks: Webhooks,
    /// The brokers that get events.
    pub streams: Streams,
    /// Messages.
    pub messages: Messages,
    /// Files of messages.
    pub media: Media,
    /// Backups.
    pub backup: Backup,
    /// The store for backups and files.
    pub s3: S3,
    /// The mail server.
    pub smtp: Smtp,
    /// When people get mails about their accounts.
    pub notify: Notify,
    /// What is logged.
    pub log: Log,
    /// The metrics, and who may see them.
    pub metrics: Metrics,
    /// Where traces go.
    pub traces: Traces,
}

/// Where the server listens, and where its files are.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Server {
    /// Address of the API and the dashboard.
    pub listen: SocketAddr,
    /// The folder of all files of the server.
    pub data_dir: PathBuf,
    /// The address that people use to reach the server, if it differs from `listen`.
    pub public_url: Option<Url>,
    /// The proxies that are trusted to name the address of their client, separated by commas.
    #[serde(default, deserialize_with = "networks")]
    pub trusted_proxies: Vec<Network>,
    /// The maximum number of simultaneous connections to the API.
    pub max_sockets: u32,
}

/// Which database.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Database {
    /// `postgres://..`; SQLite in the data directory when unset.
    #[serde(default, deserialize_with = "secret")]
    pub url: Option<Secret<String>>,
}

/// Settings of accounts and their connections.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct WhatsApp {
    /// The folder of the vault. If unset, `sessions` in the data directory.
    pub session_path: Option<PathBuf>,
    /// The maximum number of accounts in this deployment.
    pub max_connections: u32,
    /// The maximum number of messages per minute that one account sends.
    pub message_rate_limit: u32,
    /// The maximum number of open pairings.
    pub max_pairings: NonZeroU32,
    /// The maximum number of simultaneous logins.
    pub connect_at_once: NonZeroU32,
    /// The number of logins that may begin without a pause after a quiet time.
    pub connect_burst: NonZeroU32,
    /// Logins per second after that.
    pub connect_rate: NonZeroU32,
    /// Seconds between probes of an account whose retries are exhausted; 0 for no probes.
    pub probe_interval: u32,
    /// The address of another WhatsApp server than the real one.
    pub endpoint: Option<Url>,
    /// The certificate authority of that server, in PEM.
    pub ca_file: Option<PathBuf>,
}

/// The event log.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Events {
    /// Days for which events are kept; 0 for ever.
    pub keep_days: u32,
}

/// Where webhooks may go besides the public internet.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Webhooks {
    /// Private networks, separated by commas.
    #[serde(default, deserialize_with = "networks")]
    pub allow_networks: Vec<Network>,
}

/// The brokers that get events. Their addresses may contain credentials.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Streams {
    /// `nats://user:password@host`, or several such addresses separated by commas.
    #[serde(default, deserialize_with = "secret")]
    pub nats_url: Option<Secret<String>>,
    /// `amqp://user:password@host/vhost`.
    #[serde(default, deserialize_with = "secret")]
    pub amqp_url: Option<Secret<String>>,
}

/// Messages.
#[derive(Debug, Clone, Copy, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Messages {
    /// Days for which messages are kept; 0 for ever.
    pub keep_days: u32,
}

/// The mail server. Without one there is no e-mail, and everything else works.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Smtp {
    /// `smtps://user:password@host`.
    #[serde(default, deserialize_with = "secret")]
    pub url: Option<Secret<String>>,
    /// The sender of our mails.
    pub from: Option<String>,
}

/// When people get mails about their accounts.
#[derive(Debug, Clone, Copy, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Notify {
    /// Seconds from the first problem to the mail.
    pub digest_seconds: u32,
    /// The minimum number of seconds between two mails.
    pub quiet_seconds: u32,
}

/// What is logged.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Log {
    /// A level for our own log lines, or a filter.
    pub level: String,
    /// How a line looks.
    pub format: LogFormat,
}

/// The metrics, and who may see them. If neither field is set, nobody may.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Metrics {
    /// The token that a scraper must send.
    #[serde(default, deserialize_with = "secret")]
    pub token: Option<Secret<String>>,
    /// A separate address for `/metrics`.
    pub listen: Option<SocketAddr>,
}

/// Where traces go. Without an endpoint, there are none.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Traces {
    /// The collector, without `/v1/traces`.
    pub endpoint: Option<Url>,
    /// The name of this server in traces.
    pub service_name: String,
}

/// The format of log lines.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum LogFormat {
    /// For people.
    Text,
    /// For programs.
    Json,
}

impl WhatsApp {
    /// See [`WhatsApp::probe_interval`].
    pub const fn probe_every(&self) -> Option<Duration> {
        match self.probe_interval {
            0 => None,
            seconds => Some(Duration::from_secs(seconds as u64)),
        }
    }
}

impl Traces {
    /// The exact address to which spans are sent.
    pub fn traces_endpoint(&self) -> Option<Url> {
        let mut endpoint = self.endpoint.clone()?;
        let path = format!("{}/v1/traces", endpoint.path().trim_end_matches('/'));
        endpoint.set_path(&path);
        Some(endpoint)
    }
}

impl Events {
    /// For how long events are kept; `None` for ever.
    pub const fn keep(&self) -> Option<Duration> {
        days(self.keep_days)
    }
}

impl Messages {
    /// For how long messages are kept; `None` for ever.
    pub const fn keep(&self) -> Option<Duration> {
        days(self.keep_days)
    }
}

/// Nothing for none.
pub(super) const fn days(number: u32) -> Option<Duration> {
    match number {
        0 => None,
        days => Some(Duration::from_secs(days as u64 * 24 * 60 * 60)),
    }
}

impl Config {
    /// The folder for files of messages, if they are stored in the data directory.
    pub fn media_dir(&self) -> PathBuf {
        self.server.data_dir.join("media")
    }

    /// Where SQLite keeps the product's tables.
    pub fn database_file(&self) -> PathBuf {
        self.server.data_dir.join("linekeeper.db")
    }

    /// Folder of the SQLite vault.
    pub fn sessions_dir(&self) -> PathBuf {
        self.whatsapp.session_path.clone().unwrap_or_else(|| self.server.data_dir.join("sessions"))
    }

    /// The SQLite vault.
    pub fn vault_file(&self) -> PathBuf {
        self.sessions_dir().join("vault.db")
    }

    /// Whether any of SQLite's files exist.
    pub fn has_files(&self) -> bool {
        self.database_file().exists() || self.vault_file().exists()
    }

    /// Whether the WhatsApp server is a simulator or a relay.
    pub const fn has_own_endpoint(&self) -> bool {
        self.whatsapp.endpoint.is_some()
    }

    /// The address that people open, if the server listens at `address`. A browser cannot open an address that means
    /// all interfaces.
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

    /// Creates the data directory if needed, for its owner only. Refuses to run as root in another user's directory,
    /// because the server could not open the files that root writes there.
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

    /// What storage needs to open. Creates the data directory and the master key if needed.
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
