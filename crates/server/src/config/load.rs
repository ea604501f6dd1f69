//! Loads the configuration from its sources. If several sources have the same setting, the one with the highest
//! precedence counts.

use std::path::{Path, PathBuf};

use figment::Figment;
use figment::providers::{Format, Serialized, Toml};

use linekeeper_model::network::Network;

use super::environment::{self, ENVIRONMENT};
use super::{Config, DEFAULTS, Place};

/// Examples for settings whose parser gives unclear errors.
const EXAMPLES: &[(&str, &str)] = &[
    ("server.listen", "an address with a port, such as 127.0.0.1:8080"),
    ("server.public_url", "the address that people open, such as https://whatsapp.example.org"),
    ("metrics.listen", "an address with a port, such as 127.0.0.1:9090"),
    ("whatsapp.endpoint", "an address such as wss://relay.example.org/ws/chat"),
    ("traces.endpoint", "an address such as http://127.0.0.1:4318"),
    ("s3.endpoint", "an address such as https://s3.example.org"),
    (
        "jwt.workspaces",
        "names and ids such as tenant-7=01890a5d-ac96-774b-bcce-b302099a8000, with commas between",
    ),
    ("jwt.jwks_url", "an address such as https://crm.example.org/.well-known/jwks.json"),
];

/// The minimum length of a token. A shorter token could be guessed.
const SHORTEST_TOKEN: usize = 16;

/// The file that is read by default, if it exists.
const DEFAULT_FILE: &str = "linekeeper.toml";

/// The sources of the configuration, lowest precedence first.
#[derive(Debug, Clone, Default)]
pub struct Sources {
    /// The configuration file. If unset, the server reads `linekeeper.toml` in the working directory if that file
    /// exists.
    pub file: Option<PathBuf>,
    /// Environment variables. Variables that are not linekeeper's are ignored.
    pub environment: Vec<(String, String)>,
    /// Settings from the command line, under keys such as `server.listen`.
    pub command_line: Vec<(&'static str, String)>,
}

/// Why the configuration is not usable. The process then ends with code 64 and serves no request.
#[derive(Debug, thiserror::Error)]
pub enum ConfigError {
    /// A setting is missing, unknown or malformed.
    #[error("{setting}: {reason}")]
    Invalid {
        /// What has the problem: an environment variable, a key in the configuration, or a file.
        setting: String,
        /// What is wrong and what is expected. The text never contains the value of a secret.
        reason: String,
    },
}

impl Sources {
    /// The sources of this process: the file, the process's own environment, and `command_line`, which overrides
    /// both.
    pub fn of_this_process(file: Option<PathBuf>, command_line: Vec<(&'static str, String)>) -> Self {
        Self { file, environment: environment::of_this_process(), command_line }
    }
}

impl Config {
    /// Reads all sources and checks the result.
    pub fn load(sources: Sources) -> Result<Self, ConfigError> {
        let mut figment = Figment::from(Toml::string(DEFAULTS));
        match &sources.file {
            Some(path) if !path.is_file() => return Err(missing_file(path)),
            Some(path) => figment = figment.merge(Toml::file_exact(path)),
            None if Path::new(DEFAULT_FILE).is_file() => {
                figment = figment.merge(Toml::file_exact(DEFAULT_FILE))
            }
            None => {}
        }
        for (name, value) in &sources.environment {
            let Some((_, key, numeric)) = ENVIRONMENT.iter().find(|(variable, ..)| variable == name) else {
                continue;
            };
            // In Compose files and shells, an empty variable means "not set".
            if value.is_empty() {
                continue;
            }
            figment = if *numeric {
                let number: u32 = value.parse().map_err(|_| ConfigError::Invalid {
                    setting: name.clone(),
                    reason: "must be a whole number from 0 to 4294967295".to_owned(),
                })?;
                figment.merge(Serialized::default(key, number))
            } else {
                figment.merge(Serialized::default(key, value))
            };
        }
        for (key, value) in &sources.command_line {
            figment = figment.merge(Serialized::default(key, value));
        }
        let config: Self = figment.extract().map_err(|error| named(&error))?;
        config.check()?;
        Ok(config)
    }

    fn check(&self) -> Result<(), ConfigError> {
        let invalid = |setting: &str, reason: &str| {
            Err(ConfigError::Invalid { setting: setting.to_owned(), reason: reason.to_owned() })
        };
        if self.encryption.key.is_some() && self.encryption.key_file.is_some() {
            return invalid("ENCRYPTION_KEY", "give either this or ENCRYPTION_KEY_FILE, not both");
        }
        if let Some(url) = &self.server.public_url {
            let is_bare = matches!(url.scheme(), "http" | "https")
                && matches!(url.path(), "" | "/")
                && url.query().is_none()
                && url.fragment().is_none()
                && url.username().is_empty();
            if !is_bare {
                return invalid(
                    "LINEKEEPER_PUBLIC_URL",
                    "must be an address without a path, such as https://whatsapp.example.org",
                );
            }
        }
        if self.server.trusted_proxies.iter().any(Network::is_everything) {
            return invalid(
                "LINEKEEPER_TRUSTED_PROXIES",
                "must not be all addresses: any client could name any other",
            );
        }
        if self.server.max_sockets < 64 {
            return invalid("LINEKEEPER_MAX_SOCKETS", "must be at least 64");
        }
        if self.whatsapp.max_connections == 0 {
            return invalid("WHATSAPP_MAX_CONNECTIONS", "must be at least 1");
        }
        self.s3.check()?;
        for (setting, place) in [("BACKUP_TO", &self.backup.to), ("MEDIA_TO", &self.media.to)] {
            if matches!(place, Some(Place::S3 { .. })) && self.s3.access_key_id.is_none() {
                return invalid("S3_ACCESS_KEY_ID", &format!("is needed where {setting} is s3://"));
            }
        }
        if let Some(endpoint) = &self.whatsapp.endpoint {
            match endpoint.scheme() {
                "wss" => {}
                "ws" if super::is_loopback(endpoint) => {}
                "ws" => return invalid("WHATSAPP_ENDPOINT", "ws:// is for this machine only; use wss://"),
                _ => return invalid("WHATSAPP_ENDPOINT", "must begin with wss:// or ws://"),
            }
        }
        if self.whatsapp.ca_file.is_some() && self.whatsapp.endpoint.is_none() {
            return invalid(
                "WHATSAPP_CA_FILE",
                "is for another WhatsApp alone, which WHATSAPP_ENDPOINT names",
            );
        }
        if let Some(token) = &self.metrics.token
            && (token.expose().len() < SHORTEST_TOKEN
                || !token.expose().bytes().all(|byte| byte.is_ascii_graphic()))
        {
            let expected =
                "must be 16 or more letters, digits and signs, such as `openssl rand -hex 32` prints";
            return invalid("METRICS_TOKEN", expected);
        }
        if self.metrics.listen.is_some_and(|listen| listen == self.server.listen && listen.port() != 0) {
            return invalid("METRICS_LISTEN", "is the address of the API; give another port");
        }
        if let Some(endpoint) = &self.traces.endpoint {
            if !matches!(endpoint.scheme(), "http" | "https") || endpoint.host_str().is_none() {
                return invalid("OTEL_EXPORTER_OTLP_ENDPOINT", "must begin with https:// or http://");
            }
            let is_bare = endpoint.username().is_empty() && endpoint.password().is_none();
            if !is_bare || endpoint.query().is_some() {
                let expected =
                    "must hold no user, password or query; credentials go into OTEL_EXPORTER_OTLP_HEADERS";
                return invalid("OTEL_EXPORTER_OTLP_ENDPOINT", expected);
            }
        }
        self.database.check()?;
        self.jwt.check()?;
        self.streams.check()?;
        self.smtp.check()
    }
}

/// Converts an error of the parser to an error that names the setting. The error never contains the value, because the
/// value may be a secret.
fn named(error: &figment::Error) -> ConfigError {
    use figment::error::Kind;
    let key = error.path.join(".");
    let variable = ENVIRONMENT.iter().find(|(_, known, _)| *known == key).map(|(variable, ..)| *variable);
    let reason = match &error.kind {
        Kind::UnknownField(field, known) => {
            format!("unknown setting `{field}`, expected one of {}", known.join(", "))
        }
        Kind::InvalidType(_, expected) | Kind::InvalidValue(_, expected) if expected == "a nonzero u32" => {
            "must be a whole number from 1 to 4294967295".to_owned()
        }
        Kind::InvalidType(_, expected) | Kind::InvalidValue(_, expected) => format!("expected {expected}"),
        Kind::UnknownVariant(_, known) => format!("expected one of {}", known.join(", ")),
        Kind::MissingField(field) => format!("`{field}` is missing"),
        Kind::Message(message) => match EXAMPLES.iter().find(|(known, _)| *known == key) {
            Some((_, example)) => format!("must be {example}"),
            None => message.clone(),
        },
        _ => "cannot be read".to_owned(),
    };
    let setting = match variable {
        Some(variable) => format!("{variable} ({key})"),
        None if key.is_empty() => "configuration".to_owned(),
        None => key,
    };
    ConfigError::Invalid { setting, reason }
}

fn missing_file(path: &Path) -> ConfigError {
    ConfigError::Invalid {
        setting: "--config".to_owned(),
        reason: format!("there is no file {}", path.display()),
    }
}
