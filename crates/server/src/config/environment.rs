//! The environment variables for settings. Also finds misspelt variables, so that they can be reported.

/// The settings that can be given in the environment. Each row has the variable, the key of the setting, and
/// whether the value is a number.
pub(super) const ENVIRONMENT: &[(&str, &str, bool)] = &[
    ("LINEKEEPER_LISTEN", "server.listen", false),
    ("LINEKEEPER_DATA_DIR", "server.data_dir", false),
    ("LINEKEEPER_PUBLIC_URL", "server.public_url", false),
    ("LINEKEEPER_TRUSTED_PROXIES", "server.trusted_proxies", false),
    ("LINEKEEPER_MAX_SOCKETS", "server.max_sockets", true),
    ("DATABASE_URL", "database.url", false),
    ("ENCRYPTION_KEY", "encryption.key", false),
    ("ENCRYPTION_KEY_FILE", "encryption.key_file", false),
    ("ENCRYPTION_KEY_PREVIOUS", "encryption.key_previous", false),
    ("WHATSAPP_SESSION_PATH", "whatsapp.session_path", false),
    ("WHATSAPP_MAX_CONNECTIONS", "whatsapp.max_connections", true),
    ("WHATSAPP_MESSAGE_RATE_LIMIT", "whatsapp.message_rate_limit", true),
    ("WHATSAPP_MAX_PAIRINGS", "whatsapp.max_pairings", true),
    ("WHATSAPP_CONNECT_AT_ONCE", "whatsapp.connect_at_once", true),
    ("WHATSAPP_CONNECT_BURST", "whatsapp.connect_burst", true),
    ("WHATSAPP_CONNECT_RATE", "whatsapp.connect_rate", true),
    ("WHATSAPP_PROBE_INTERVAL", "whatsapp.probe_interval", true),
    ("WHATSAPP_ENDPOINT", "whatsapp.endpoint", false),
    ("WHATSAPP_CA_FILE", "whatsapp.ca_file", false),
    ("AUTH_JWT_ISSUER", "jwt.issuer", false),
    ("AUTH_JWT_AUDIENCE", "jwt.audience", false),
    ("AUTH_JWT_JWKS_URL", "jwt.jwks_url", false),
    ("AUTH_JWT_SECRET", "jwt.secret", false),
    ("AUTH_JWT_SECRET_FILE", "jwt.secret_file", false),
    ("AUTH_JWT_USER_CLAIM", "jwt.user_claim", false),
    ("AUTH_JWT_WORKSPACE_CLAIM", "jwt.workspace_claim", false),
    ("AUTH_JWT_ROLE_CLAIM", "jwt.role_claim", false),
    ("AUTH_JWT_WORKSPACES", "jwt.workspaces", false),
    ("LINEKEEPER_EVENTS_KEEP_DAYS", "events.keep_days", true),
    ("WEBHOOK_ALLOW_NETWORKS", "webhooks.allow_networks", false),
    ("NATS_URL", "streams.nats_url", false),
    ("AMQP_URL", "streams.amqp_url", false),
    ("MESSAGES_KEEP_DAYS", "messages.keep_days", true),
    ("MEDIA_MAX_SIZE", "media.max_size", true),
    ("MEDIA_KEEP_DAYS", "media.keep_days", true),
    ("MEDIA_TO", "media.to", false),
    ("BACKUP_TO", "backup.to", false),
    ("BACKUP_EVERY", "backup.every", true),
    ("BACKUP_KEEP", "backup.keep", true),
    ("S3_ENDPOINT", "s3.endpoint", false),
    ("S3_REGION", "s3.region", false),
    ("S3_ACCESS_KEY_ID", "s3.access_key_id", false),
    ("S3_SECRET_ACCESS_KEY", "s3.secret_access_key", false),
    ("SMTP_URL", "smtp.url", false),
    ("SMTP_FROM", "smtp.from", false),
    ("NOTIFY_DIGEST_SECONDS", "notify.digest_seconds", true),
    ("NOTIFY_QUIET_SECONDS", "notify.quiet_seconds", true),
    ("LINEKEEPER_LOG", "log.level", false),
    ("LINEKEEPER_LOG_FORMAT", "log.format", false),
    ("METRICS_TOKEN", "metrics.token", false),
    ("METRICS_LISTEN", "metrics.listen", false),
    ("OTEL_EXPORTER_OTLP_ENDPOINT", "traces.endpoint", false),
    ("OTEL_SERVICE_NAME", "traces.service_name", false),
];

/// Variables of linekeeper that are not settings. Two of them are read by commands that call a running server, and one
/// is read when linekeeper is built.
const OTHERS: &[&str] = &["LINEKEEPER_API_KEY", "LINEKEEPER_COMMIT", "LINEKEEPER_WEBHOOK_SECRET"];

/// A variable that begins with one of these prefixes can only be meant for linekeeper.
const PREFIXES: &[&str] = &["LINEKEEPER_", "WHATSAPP_"];

/// The minimum similarity, from 0 to 1, between an unknown name and a known name. If the similarity is lower, the known
/// name is not suggested.
const ALIKE: f64 = 0.7;

/// An unknown variable that begins with one of linekeeper's prefixes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct UnknownVariable {
    /// The variable's name.
    pub name: String,
    /// The most similar known name. `None` if no known name is similar enough.
    pub nearest: Option<&'static str>,
}

impl std::fmt::Display for UnknownVariable {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{} is not known", self.name)?;
        self.nearest.map_or(Ok(()), |nearest| write!(f, "; did you mean {nearest}?"))
    }
}

/// The environment of this process. A variable that is not UTF-8 is ignored.
pub(super) fn of_this_process() -> Vec<(String, String)> {
    let text = |text: std::ffi::OsString| text.into_string().ok();
    std::env::vars_os().filter_map(|(name, value)| Some((text(name)?, text(value)?))).collect()
}

/// The unknown variables of this process, in alphabetical order.
pub fn unknown_variables() -> Vec<UnknownVariable> {
    unknown(of_this_process())
}

fn unknown(variables: Vec<(String, String)>) -> Vec<UnknownVariable> {
    let mut unknown: Vec<UnknownVariable> = variables
        .into_iter()
        .filter(|(name, _)| PREFIXES.iter().any(|prefix| name.starts_with(prefix)))
        .filter(|(name, value)| !known().any(|known| known == name) && !is_of_kubernetes(name, value))
        .map(|(name, _)| UnknownVariable { nearest: nearest(&name), name })
        .collect();
    unknown.sort_by(|a, b| a.name.cmp(&b.name));
    unknown
}

fn known() -> impl Iterator<Item = &'static str> {
    ENVIRONMENT.iter().map(|(name, ..)| *name).chain(OTHERS.iter().copied())
}

/// Returns the most similar known name, or `None` if no known name is similar enough. Only the parts after the prefix
/// are compared. If a long prefix were compared too, names with different ends would seem similar.
fn nearest(name: &str) -> Option<&'static str> {
    let prefix = PREFIXES.iter().find(|prefix| name.starts_with(**prefix))?;
    let rest = name.strip_prefix(prefix)?;
    let alike = known().filter_map(|known| {
        Some((strsim::normalized_damerau_levenshtein(rest, known.strip_prefix(prefix)?), known))
    });
    alike.filter(|(alike, _)| *alike >= ALIKE).max_by(|a, b| a.0.total_cmp(&b.0)).map(|(_, known)| known)
}

/// Whether Kubernetes set this variable. If a Kubernetes Service has a name that begins with `linekeeper`,
/// Kubernetes adds such variables to each container of the Service's namespace.
fn is_of_kubernetes(name: &str, value: &str) -> bool {
    let is_of_a_port = || {
        name.split_once("_PORT_")
            .is_some_and(|(_, rest)| rest.starts_with(|first: char| first.is_ascii_digit()))
    };
    let is_address = ["tcp://", "udp://", "sctp://"].iter().any(|scheme| value.starts_with(scheme));
    name.ends_with("_SERVICE_HOST")
        || name.contains("_SERVICE_PORT")
        || (name.ends_with("_PORT") && is_address)
        || is_of_a_port()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn told(variables: &[(&str, &str)]) -> Vec<String> {
        let variables = variables.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned()));
        unknown(variables.collect()).iter().map(ToString::to_string).collect()
    }

    #[test]
    fn a_misspelt_variable_is_reported_with_the_most_similar_known_variable() {
        let names =
            ["WHATSAPP_MAX_CONECTIONS", "LINEKEEPER_DATADIR", "LINEKEEPER_COLOUR", "LINEKEEPER_PORT", "PATH"];
        assert_eq!(
            told(&names.map(|name| (name, "8080"))),
            [
                "LINEKEEPER_COLOUR is not known",
                "LINEKEEPER_DATADIR is not known; did you mean LINEKEEPER_DATA_DIR?",
                "LINEKEEPER_PORT is not known",
                "WHATSAPP_MAX_CONECTIONS is not known; did you mean WHATSAPP_MAX_CONNECTIONS?",
            ]
        );
    }

    #[test]
    fn known_variables_and_kubernetes_variables_are_not_reported() {
        let ours: Vec<_> = known().map(|name| (name, "x")).collect();
        assert_eq!(told(&ours), [] as [&str; 0]);
        let kubernetes = [
            ("LINEKEEPER_SERVICE_HOST", "10.0.0.7"),
            ("LINEKEEPER_SERVICE_PORT", "8080"),
            ("LINEKEEPER_SERVICE_PORT_HTTP", "8080"),
            ("LINEKEEPER_PORT", "tcp://10.0.0.7:8080"),
            ("LINEKEEPER_PORT_8080_TCP", "tcp://10.0.0.7:8080"),
            ("LINEKEEPER_PORT_8080_TCP_PROTO", "tcp"),
            ("LINEKEEPER_PORT_8080_TCP_PORT", "8080"),
            ("LINEKEEPER_PORT_8080_TCP_ADDR", "10.0.0.7"),
        ];
        assert_eq!(told(&kubernetes), [] as [&str; 0]);
    }
}
