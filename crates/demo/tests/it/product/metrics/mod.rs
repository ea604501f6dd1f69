//! The metrics that a scraper reads after real events have happened.

mod open_metrics;

use reqwest::{Client, Method, StatusCode};
use serde_json::json;
use whatsim::{FaultKind, StreamError};

use self::open_metrics::Samples;
use super::installation::{Installation, Server};
use crate::deadline::until;
use crate::sim::Sim;

const TOKEN: &str = "a-token-for-figures-alone";

async fn scrape(server: &Server) -> anyhow::Result<String> {
    let client = Client::builder().no_proxy().build()?;
    let answer = client.get(format!("{}/metrics", server.base)).bearer_auth(TOKEN).send().await?;
    assert_eq!(answer.status(), StatusCode::OK);
    Ok(answer.text().await?)
}

#[tokio::test]
async fn metrics_count_links_disconnects_and_messages() -> anyhow::Result<()> {
    let sim = Sim::start().await?;
    let mut installation = Installation::new(&sim).await?;
    installation.set("METRICS_TOKEN", TOKEN);
    let (server, account, number) = installation.online(&sim).await?;
    let friend = sim.phone("Ben")?;
    sim.send(&friend, &number, "hello").await?;
    sim.drained(&number).await?;
    sim.fault(&number, FaultKind::StreamError(StreamError { code: 503 }), 1)?;
    server.api.reaches(&account, "service_unavailable").await?;
    server.api.reaches(&account, "online").await?;
    let waiting = server.api.connect("Waits for a phone").await?;
    server.api.qr_text(&waiting).await?;
    let wrong = json!({ "email": "owner@example.org", "password": "is not the password" });
    let (status, _) = server.api.call(Method::POST, "/auth/sign-in", Some(wrong)).await?;
    assert_eq!(status, StatusCode::UNAUTHORIZED);
    Samples::read(&scrape(&server).await?)?;
    until("a counted message", async || {
        let samples = Samples::read(&scrape(&server).await.ok()?).ok()?;
        (samples.of("linekeeper_messages_total{direction=\"received\"}") >= 1.0).then_some(())
    })
    .await?;

    let last = server.api.events().await?.last().and_then(|event| event["seq"].as_f64());
    let text = scrape(&server).await?;
    let samples = Samples::read(&text)?;
    for (series, value) in [
        ("linekeeper_accounts{state=\"Connected\",reason=\"online\"}", 1.0),
        ("linekeeper_accounts{state=\"Connecting\",reason=\"pairing\"}", 1.0),
        ("linekeeper_accounts{state=\"Failed\",reason=\"logged_out\"}", 0.0),
        ("linekeeper_accounts_health{level=\"Healthy\"}", 1.0),
        ("linekeeper_accounts_health{level=\"Warning\"}", 1.0),
        ("linekeeper_pairings_open", 1.0),
        ("linekeeper_pending_logouts", 0.0),
        ("linekeeper_account_panics_total", 0.0),
        ("linekeeper_connects_total{kind=\"pairing\"}", 2.0),
        ("linekeeper_connects_total{kind=\"linking\"}", 1.0),
        ("linekeeper_connects_total{kind=\"login\"}", 1.0),
        ("linekeeper_connect_duration_seconds_count{kind=\"login\"}", 1.0),
        ("linekeeper_connect_duration_seconds_count{kind=\"linking\"}", 1.0),
        ("linekeeper_connections_lost_total{reason=\"service_unavailable\",code=\"none\"}", 1.0),
        ("linekeeper_planned_restarts_total", 1.0),
        ("linekeeper_reconnect_delay_seconds_count", 1.0),
        ("linekeeper_login_queue_seconds_count", 1.0),
        ("linekeeper_vault_failures_total{operation=\"read\"}", 0.0),
        ("linekeeper_vault_failures_total{operation=\"write\"}", 0.0),
        ("linekeeper_messages_total{direction=\"sent\"}", 0.0),
        ("linekeeper_sign_in_failures_total", 1.0),
        ("linekeeper_http_refusals_total{code=\"sign_in_failed\"}", 1.0),
        ("linekeeper_event_log_last_seq", last.unwrap_or_default()),
        ("linekeeper_http_requests_in_flight", 1.0),
    ] {
        assert_eq!(samples.of(series), value, "{series} in\n{text}");
    }
    // The first reconnect delay is 1 s, plus up to a fifth of jitter.
    assert_eq!(samples.of("linekeeper_reconnect_delay_seconds_bucket{le=\"1.2\"}"), 1.0, "{text}");
    for beginning in [
        "linekeeper_vault_operation_duration_seconds_count{operation=\"read\"}",
        "linekeeper_vault_operation_duration_seconds_count{operation=\"write\"}",
        "linekeeper_database_wait_seconds_count{operation=\"write\"}",
        "linekeeper_database_connections{pool=\"vault writer\"",
        "linekeeper_event_append_duration_seconds_count",
        "linekeeper_event_commit_duration_seconds_count",
        "linekeeper_events_appended_total",
        "linekeeper_build_info{version=\"",
        "process_resident_memory_bytes",
        "process_open_fds",
        "process_cpu_seconds_total",
        "process_start_time_seconds",
    ] {
        assert!(samples.sum(beginning) > 0.0, "{beginning} in\n{text}");
    }
    let resident = samples.of("process_resident_memory_bytes");
    assert!((4e6..4e9).contains(&resident), "{resident}");
    let secrets =
        [account.as_str(), &number, &friend, "Ann", "Front desk", "owner@", installation.api_key(), TOKEN];
    for secret in secrets {
        assert!(!text.contains(secret), "{secret} is in\n{text}");
    }
    assert!(samples.len() < 2_000, "{} series", samples.len());
    server.stop().await?;
    sim.finish().await?;
    Ok(())
}

#[tokio::test]
async fn a_pending_logout_is_counted_until_whatsapp_confirms_it() -> anyhow::Result<()> {
    let sim = Sim::start().await?;
    let mut installation = Installation::new(&sim).await?;
    installation.set("METRICS_TOKEN", TOKEN);
    let (server, account, _) = installation.online(&sim).await?;
    sim.server().go_dark().await;
    let (status, left) = server.api.disconnect(&account).await?;
    assert_eq!((status, &left["status"]["reason"]), (StatusCode::OK, &json!("logout_pending")), "{left}");
    let pending =
        async || Some(Samples::read(&scrape(&server).await.ok()?).ok()?.of("linekeeper_pending_logouts"));
    assert_eq!(pending().await, Some(1.0));
    sim.server().return_from_dark().await?;
    until("a confirmed logout", async || pending().await.filter(|&count| count == 0.0)).await?;
    sim.finish().await?;
    Ok(())
}

#[tokio::test]
async fn without_a_token_the_metrics_are_hidden() -> anyhow::Result<()> {
    let sim = Sim::start().await?;
    let installation = Installation::new(&sim).await?;
    let server = installation.start().await?;
    let client = Client::builder().no_proxy().build()?;
    let asked = client.get(format!("{}/metrics", server.base)).bearer_auth(installation.api_key());
    assert_eq!(asked.send().await?.status(), StatusCode::NOT_FOUND);
    server.stop().await?;
    Ok(())
}

#[tokio::test]
async fn the_healthcheck_command_reports_readiness() -> anyhow::Result<()> {
    let sim = Sim::start().await?;
    let installation = Installation::new(&sim).await?;
    let server = installation.start().await?;
    let address = server.base.trim_start_matches("http://").to_owned();
    let check = ["--listen", address.as_str(), "healthcheck"];
    let ready = until("a ready server", async || {
        installation.command_line(&check, "").await.ok().filter(|ended| ended.status.success())
    })
    .await?;
    assert_eq!(String::from_utf8(ready.stdout)?, "ready\n");
    server.stop().await?;
    let gone = installation.command_line(&check, "").await?;
    assert_eq!(gone.status.code(), Some(1));
    assert!(String::from_utf8(gone.stderr)?.contains("nobody answers at 127.0.0.1:"));
    Ok(())
}
