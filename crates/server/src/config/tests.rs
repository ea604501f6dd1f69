//! Tests which source takes precedence, and that errors name the setting but never its value.

use super::*;

fn environment(pairs: &[(&str, &str)]) -> Sources {
    let pairs = pairs.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned()));
    Sources { environment: pairs.collect(), ..Sources::default() }
}

fn error(sources: Sources) -> String {
    Config::load(sources).expect_err("must be refused").to_string()
}

#[test]
fn an_empty_configuration_works() {
    let config = Config::load(Sources::default()).unwrap();
    assert_eq!(config.server.listen.to_string(), "127.0.0.1:8080");
    assert_eq!(config.sessions_dir(), std::path::Path::new("./data/sessions"));
    assert_eq!((config.whatsapp.max_connections, config.whatsapp.message_rate_limit), (10, 20));
    assert_eq!(config.events.keep(), Some(std::time::Duration::from_secs(30 * 86_400)));
    let for_ever = Config::load(environment(&[("LINEKEEPER_EVENTS_KEEP_DAYS", "0")])).unwrap();
    assert_eq!(for_ever.events.keep(), None);
}

#[test]
fn the_command_line_overrides_the_environment_which_overrides_the_file() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("some.toml");
    std::fs::write(
        &file,
        "[server]\nlisten = \"127.0.0.1:1\"\ndata_dir = \"/file\"\n[log]\nlevel = \"warn\"\n",
    )
    .unwrap();
    let mut sources =
        environment(&[("LINEKEEPER_LISTEN", "127.0.0.1:2"), ("LINEKEEPER_DATA_DIR", "/environment")]);
    sources.file = Some(file);
    sources.command_line = vec![("server.listen", "127.0.0.1:3".to_owned())];
    let config = Config::load(sources).unwrap();
    assert_eq!(config.server.listen.port(), 3);
    assert_eq!(config.server.data_dir, std::path::Path::new("/environment"));
    assert_eq!(config.log.level, "warn");
}

#[test]
fn a_configuration_error_contains_the_name_of_the_setting() {
    assert_eq!(
        error(environment(&[("WHATSAPP_MAX_CONNECTIONS", "many")])),
        "WHATSAPP_MAX_CONNECTIONS: must be a whole number from 0 to 4294967295"
    );
    assert_eq!(
        error(environment(&[("LINEKEEPER_LISTEN", "nowhere")])),
        "LINEKEEPER_LISTEN (server.listen): must be an address with a port, such as 127.0.0.1:8080"
    );
    assert!(error(environment(&[("BACKUP_KEEP", "0")])).contains("a whole number from 1"));
    for url in
        ["https://example.org/path", "https://example.org/?a=b", "ftp://example.org", "https://u@example.org"]
    {
        assert!(error(environment(&[("LINEKEEPER_PUBLIC_URL", url)])).contains("without a path"), "{url}");
    }
    assert!(Config::load(environment(&[("LINEKEEPER_PUBLIC_URL", "https://example.org:8443/")])).is_ok());
    assert!(
        error(environment(&[("WHATSAPP_ENDPOINT", "ws://example.org/ws/chat")]))
            .contains("this machine only")
    );
    assert!(error(environment(&[("DATABASE_URL", "mysql://u:hunter2@h/d")])).contains("postgres://"));
}

#[test]
fn a_url_that_is_not_percent_encoded_is_refused_without_showing_its_password() {
    for (setting, url) in [
        ("DATABASE_URL", "postgres://user:hunter2/x@host/name"),
        ("DATABASE_URL", "postgres://user:12/hunter2@host/name"),
        ("DATABASE_URL", "postgres://user:12#hunter2@host/name"),
        ("DATABASE_URL", "postgres://user:12?hunter2@host/name"),
        ("DATABASE_URL", "postgres://user:hunter2@[host/name"),
        ("DATABASE_URL", "postgres://user:hunter2@host:port/name"),
        ("DATABASE_URL", "postgres://user:hunter2@host/name?sslmode=perhaps"),
        ("SMTP_URL", "smtps://user:hunter2/x@host"),
        ("SMTP_URL", "smtps://user:25/hunter2@host"),
    ] {
        let refused = error(environment(&[(setting, url), ("SMTP_FROM", "alerts@example.org")]));
        let is_named =
            refused.starts_with(&format!("{setting}: must be")) && refused.contains("percent-encode");
        assert!(is_named && !refused.contains("hunter2"), "{url}: {refused}");
    }
    for url in [
        "postgres://user:p%2Fa%40ss@host:6432/name?sslmode=require",
        "postgres://user@%2Frun%2Fpostgresql/name",
        "postgresql:///name?host=/run/postgresql",
    ] {
        assert!(Config::load(environment(&[("DATABASE_URL", url)])).is_ok(), "{url}");
    }
}

#[test]
fn an_error_about_an_invalid_url_names_the_setting_and_not_the_url() {
    for (setting, url) in [
        ("LINEKEEPER_PUBLIC_URL", "https://user:hunter2/x@example.org"),
        ("WHATSAPP_ENDPOINT", "wss://user:hunter2/x@example.org"),
        ("S3_ENDPOINT", "https://user:hunter2/x@example.org"),
        ("S3_ENDPOINT", "s3.example.org"),
        ("AUTH_JWT_JWKS_URL", "https://"),
        ("AUTH_JWT_JWKS_URL", "ftp://crm.example.org/keys"),
        ("OTEL_EXPORTER_OTLP_ENDPOINT", "collector:4318"),
        ("BACKUP_TO", "s3://key:hunter2@bucket"),
        ("METRICS_LISTEN", "http://127.0.0.1:9090"),
    ] {
        let refused = error(environment(&[(setting, url)]));
        assert!(refused.starts_with(setting) && !refused.contains("hunter2"), "{url}: {refused}");
    }
}

#[test]
fn trusted_proxies_are_read_as_networks_and_host_names_are_refused() {
    let proxies = |text| Config::load(environment(&[("LINEKEEPER_TRUSTED_PROXIES", text)]));
    let names =
        |config: Config| config.server.trusted_proxies.iter().map(ToString::to_string).collect::<Vec<_>>();
    assert_eq!(names(Config::load(Sources::default()).unwrap()), [] as [&str; 0]);
    assert_eq!(names(proxies("10.0.0.0/8, ::1").unwrap()), ["10.0.0.0/8", "::1/128"]);
    for wrong in ["proxy.example.org", "10.0.0.0/8, 0.0.0.0/0"] {
        let error = proxies(wrong).expect_err("must be refused").to_string();
        assert!(error.starts_with("LINEKEEPER_TRUSTED_PROXIES"), "{error}");
    }
}

#[test]
fn errors_do_not_repeat_a_secret() {
    let both = environment(&[("ENCRYPTION_KEY", "hunter2"), ("ENCRYPTION_KEY_FILE", "/nowhere")]);
    assert!(!error(both).contains("hunter2"));
    let weak = Config::load(environment(&[("ENCRYPTION_KEY", "hunter2")])).unwrap();
    assert!(!format!("{weak:?}").contains("hunter2"));
    assert!(!weak.keys().expect_err("too short").to_string().contains("hunter2"));
}

#[test]
fn a_collectors_address_with_a_secret_is_refused() {
    for bad in
        ["http://user:hunter2@collector:4318", "http://collector:4318/?key=hunter2", "grpc://hunter2:4317"]
    {
        let refused = error(environment(&[("OTEL_EXPORTER_OTLP_ENDPOINT", bad)]));
        assert!(
            refused.starts_with("OTEL_EXPORTER_OTLP_ENDPOINT: ") && !refused.contains("hunter2"),
            "{refused}"
        );
    }
    let endpoint = |given| {
        let config = Config::load(environment(&[("OTEL_EXPORTER_OTLP_ENDPOINT", given)])).unwrap();
        config.traces.traces_endpoint().map(String::from)
    };
    assert_eq!(endpoint("http://collector:4318").as_deref(), Some("http://collector:4318/v1/traces"));
    assert_eq!(endpoint("https://collector/otlp/").as_deref(), Some("https://collector/otlp/v1/traces"));
    assert_eq!(endpoint(""), None);
}

#[test]
fn a_guessable_metrics_token_is_refused() {
    for weak in ["hunter2", "a token with spaces", "0123456789abcde"] {
        let refused = error(environment(&[("METRICS_TOKEN", weak)]));
        assert!(refused.starts_with("METRICS_TOKEN: must be 16") && !refused.contains(weak), "{refused}");
    }
    let config = Config::load(environment(&[("METRICS_TOKEN", "0123456789abcdef")])).unwrap();
    assert!(!format!("{config:?}").contains("0123456789abcdef"));
    let twice = environment(&[("LINEKEEPER_LISTEN", "127.0.0.1:8080"), ("METRICS_LISTEN", "127.0.0.1:8080")]);
    assert!(error(twice).starts_with("METRICS_LISTEN: "));
}

#[test]
fn postgresql_requires_a_configured_master_key() {
    let config = Config::load(environment(&[("DATABASE_URL", "postgres://localhost/linekeeper")])).unwrap();
    assert!(config.keys().expect_err("refused").to_string().starts_with("ENCRYPTION_KEY: is required"));
}

/// Only root can give a directory to another user. So the directory of another user is tested only if the test runs as
/// root.
#[test]
fn a_server_that_runs_as_root_refuses_to_write_into_another_users_data() {
    let folder = tempfile::tempdir().unwrap();
    let mut config = Config::load(Sources::default()).unwrap();
    config.server.data_dir = folder.path().to_owned();
    assert!(config.make_data_dir().is_ok());
    if rustix::process::geteuid().is_root() {
        std::os::unix::fs::chown(folder.path(), Some(10_001), Some(10_001)).unwrap();
        let refused = config.make_data_dir().unwrap_err().to_string();
        assert!(refused.contains("belongs to user 10001"), "{refused}");
    }
}

/// Reads the configuration file that the packages install, with all commented-out settings enabled.
#[test]
fn the_packaged_configuration_file_is_valid() {
    let packaged = include_str!("../../../../packaging/linekeeper.toml");
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("linekeeper.toml");
    let written: Vec<&str> = packaged
        .lines()
        .map(|line| line.strip_prefix("# ").filter(|line| line.contains(" = ")).unwrap_or(line))
        .collect();
    std::fs::write(&file, written.join("\n")).unwrap();
    let config = Config::load(Sources { file: Some(file), ..Sources::default() }).unwrap();
    assert_eq!(config.server.data_dir, std::path::Path::new("/var/lib/linekeeper"));
    assert!(config.server.public_url.is_some() && config.backup.to.is_some());
    assert_eq!(config.server.trusted_proxies.len(), 1);
    assert_eq!(config.encryption.key_file.as_deref(), Some("/etc/linekeeper/encryption.key".as_ref()));
}
