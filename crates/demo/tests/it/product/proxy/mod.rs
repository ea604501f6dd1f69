//! An account behind a proxy: all traffic goes through the proxy, and nobody can read its password.

mod microsocks;

use std::time::Duration;

use anyhow::Context as _;
use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use reqwest::Method;
use serde_json::{Value, json};

use self::microsocks::{Microsocks, PASSWORD, PASSWORD_IN_URL, USER};
use super::api::Api;
use super::installation::{Installation, Server};
use super::secrecy::is_in_no_file;
use crate::deadline::{until, until_after};
use crate::sim::Sim;

/// Longer than all retries of an account together. Their delays are 1 + 2 + 4 + 8 + 16 s, plus up to a fifth of
/// jitter.
const SCHEDULE: Duration = Duration::from_secs(60);

/// Links an account that connects through `proxy`. Returns its server, its id and the number of its phone.
async fn online_through(
    proxy: &Microsocks,
    installation: &Installation,
    sim: &Sim,
) -> anyhow::Result<(Server, String, String)> {
    let number = sim.phone("Ann")?;
    let server = installation.start().await?;
    let created = server.api.create(json!({ "displayName": "Front desk", "proxy": proxy.url() })).await?;
    assert_eq!(created["proxy"], proxy.shown());
    let account = created["id"].as_str().context("an account has an id")?.to_owned();
    server.scan(sim, &number, &account).await?;
    Ok((server, account, number))
}

/// Waits until the account is online with a connection that is newer than the one in `before`, and returns the
/// account.
async fn online_anew(api: &Api, account: &str, before: &Value) -> anyhow::Result<Value> {
    until("another connection", async || {
        let body = api.account(account).await.ok()?;
        let is_new = body["lastConnectedAt"] != before["lastConnectedAt"];
        (is_new && body["status"]["reason"] == "online").then_some(body)
    })
    .await
}

#[tokio::test]
async fn while_the_proxy_is_down_no_traffic_bypasses_it() -> anyhow::Result<()> {
    let sim = Sim::start().await?;
    let installation = Installation::new(&sim).await?;
    let mut proxy = Microsocks::start().await?;
    let (server, account, number) = online_through(&proxy, &installation, &sim).await?;
    assert_eq!(sim.connections(), 1);

    proxy.stop().await?;
    let lost = server.api.reaches_one_of(&account, &["network_lost", "server_closed"]).await?;
    assert_eq!(lost["connectionStatus"], "Connecting");
    until("no connection", async || (sim.connections() == 0).then_some(())).await?;
    sim.reset_peaks();
    let waiting = until("a third failure", async || {
        let body = server.api.account(&account).await.ok()?;
        (body["status"]["attempt"] == 3).then_some(body)
    })
    .await?;
    let message = waiting["status"]["message"].as_str().unwrap_or_default();
    assert!(message.contains("proxy"), "{message}");
    assert!(waiting["status"]["nextRetryAt"].is_string(), "{waiting}");
    assert_eq!(sim.peak_connections(), 0, "nobody came past the proxy");

    proxy.return_to_work().await?;
    server.api.reaches(&account, "online").await?;
    assert_eq!((sim.connections(), sim.state(&number)?.devices.len()), (1, 1));
    sim.finish().await?;
    Ok(())
}

#[tokio::test]
async fn an_account_fails_after_its_retries_and_recovers_when_its_proxy_returns() -> anyhow::Result<()> {
    let sim = Sim::start().await?;
    let mut installation = Installation::new(&sim).await?;
    installation.set("WHATSAPP_PROBE_INTERVAL", 2);
    let mut proxy = Microsocks::start().await?;
    let (server, account, _) = online_through(&proxy, &installation, &sim).await?;

    proxy.stop().await?;
    until("no connection", async || (sim.connections() == 0).then_some(())).await?;
    sim.reset_peaks();
    let failed = until_after(SCHEDULE, "the end of the schedule", async || {
        let body = server.api.account(&account).await.ok()?;
        (body["status"]["reason"] == "proxy_failed").then_some(body)
    })
    .await?;
    assert_eq!(
        (&failed["connectionStatus"], &failed["status"]["action"], &failed["healthStatus"]),
        (&"Failed".into(), &"check_network".into(), &"Critical".into())
    );
    assert!(failed["status"]["nextRetryAt"].is_string(), "the quiet probe: {failed}");
    assert_eq!(sim.peak_connections(), 0, "nobody came past the proxy");

    proxy.return_to_work().await?;
    server.api.reaches(&account, "online").await?;
    sim.finish().await?;
    Ok(())
}

#[tokio::test]
async fn an_account_with_a_wrong_proxy_password_fails_at_once() -> anyhow::Result<()> {
    let sim = Sim::start().await?;
    let installation = Installation::new(&sim).await?;
    let proxy = Microsocks::start().await?;
    let (server, account, _) = online_through(&proxy, &installation, &sim).await?;

    server.api.change(&account, json!({ "proxy": proxy.url_with("wrong") })).await?;
    let failed = server.api.reaches(&account, "proxy_failed").await?;
    assert_eq!(
        (&failed["connectionStatus"], &failed["healthStatus"]),
        (&"Failed".into(), &"Critical".into())
    );
    assert_eq!(failed["status"]["nextRetryAt"], Value::Null, "nothing is tried by itself");
    assert_eq!(sim.connections(), 0);

    server.api.change(&account, json!({ "proxy": proxy.url() })).await?;
    server.api.reaches(&account, "online").await?;
    sim.finish().await?;
    Ok(())
}

#[tokio::test]
async fn a_pairing_through_a_proxy_with_a_wrong_password_does_not_reach_whatsapp() -> anyhow::Result<()> {
    let sim = Sim::start().await?;
    let number = sim.phone("Ann")?;
    let installation = Installation::new(&sim).await?;
    let server = installation.start().await?;
    let proxy = Microsocks::start().await?;
    let wish = json!({ "displayName": "Front desk", "proxy": proxy.url_with("wrong") });
    let created = server.api.create(wish).await?;
    let account = created["id"].as_str().context("an account has an id")?;
    server.api.reaches(account, "proxy_failed").await?;
    assert_eq!(sim.peak_connections(), 0);

    // A working proxy does not bring the account online, because the account has no session: a person must link
    // it.
    let changed = server.api.change(account, json!({ "proxy": proxy.url() })).await?;
    assert_eq!((&changed["status"]["reason"], sim.peak_connections()), (&"proxy_failed".into(), 0));
    server.api.connect_again(account).await?;
    server.scan(&sim, &number, account).await?;
    assert_eq!(sim.state(&number)?.devices.len(), 1);
    sim.finish().await?;
    Ok(())
}

#[tokio::test]
async fn a_changed_or_removed_proxy_is_used_at_once() -> anyhow::Result<()> {
    let sim = Sim::start().await?;
    let installation = Installation::new(&sim).await?;
    let (mut first, mut second) = (Microsocks::start().await?, Microsocks::start().await?);
    let (server, account, number) = online_through(&first, &installation, &sim).await?;

    let before = server.api.account(&account).await?;
    let changed = server.api.change(&account, json!({ "proxy": second.url() })).await?;
    assert_eq!(changed["proxy"], second.shown());
    let through_second = online_anew(&server.api, &account, &before).await?;
    // If a connection still used the first proxy, it would break now.
    first.stop().await?;
    sim.send(&sim.phone("Bob")?, &number, "still there?").await?;
    sim.drained(&number).await?;

    let changed = server.api.change(&account, json!({ "proxy": null })).await?;
    assert_eq!(changed["proxy"], Value::Null);
    let direct = online_anew(&server.api, &account, &through_second).await?;
    second.stop().await?;
    sim.send(&sim.phone("Cid")?, &number, "and now?").await?;
    sim.drained(&number).await?;
    let now = server.api.account(&account).await?;
    assert_eq!(now["lastConnectedAt"], direct["lastConnectedAt"], "no connection broke");
    assert_eq!(sim.connections(), 1);
    sim.finish().await?;
    Ok(())
}

/// Tests the proxy in `body`, or the account's own proxy if `body` is `None`. Returns the result.
async fn tested(api: &Api, account: &str, body: Option<Value>) -> anyhow::Result<Value> {
    let path = format!("/whatsapp/accounts/{account}/proxy/test");
    let (status, result) = api.call(Method::POST, &path, body).await?;
    anyhow::ensure!(status.is_success(), "{status}: {result}");
    Ok(result)
}

#[tokio::test]
async fn a_proxy_can_be_tested_without_saving_it() -> anyhow::Result<()> {
    let sim = Sim::start().await?;
    let installation = Installation::new(&sim).await?;
    let (first, mut second) = (Microsocks::start().await?, Microsocks::start().await?);
    let (server, account, _) = online_through(&first, &installation, &sim).await?;
    let before = server.api.account(&account).await?;

    let own = tested(&server.api, &account, None).await?;
    assert_eq!(
        (&own["proxy"], &own["reached"], &own["failure"]),
        (&first.shown().into(), &true.into(), &Value::Null)
    );
    let direct = tested(&server.api, &account, Some(json!({ "proxy": null }))).await?;
    assert_eq!((&direct["proxy"], &direct["reached"]), (&Value::Null, &true.into()));
    let other = tested(&server.api, &account, Some(json!({ "proxy": second.url() }))).await?;
    assert_eq!((&other["proxy"], &other["reached"]), (&second.shown().into(), &true.into()));

    let wrong = json!({ "proxy": second.url_with("wrong") });
    let wrong = tested(&server.api, &account, Some(wrong)).await?;
    assert_eq!((&wrong["reached"], &wrong["failure"]["code"]), (&false.into(), &"login_rejected".into()));
    second.stop().await?;
    let gone = tested(&server.api, &account, Some(json!({ "proxy": second.url() }))).await?;
    assert_eq!((&gone["reached"], &gone["failure"]["code"]), (&false.into(), &"connect".into()));

    let now = server.api.account(&account).await?;
    assert_eq!(now["proxy"], first.shown(), "a test saves nothing");
    assert_eq!(now["lastConnectedAt"], before["lastConnectedAt"], "and the account's own connection stays");
    until("one connection", async || (sim.connections() == 1).then_some(())).await?;
    sim.finish().await?;
    Ok(())
}

#[tokio::test]
async fn the_proxy_password_is_in_no_answer_log_or_file() -> anyhow::Result<()> {
    let sim = Sim::start().await?;
    let mut installation = Installation::new(&sim).await?;
    installation.set("LINEKEEPER_LOG", "trace");
    let mut proxy = Microsocks::start().await?;
    let (server, account, _) = online_through(&proxy, &installation, &sim).await?;
    let api = &server.api;
    let mut said = vec![api.change(&account, json!({ "proxy": proxy.url(), "tags": ["north"] })).await?];
    proxy.stop().await?;
    said.push(api.reaches_one_of(&account, &["network_lost", "server_closed"]).await?);
    let wrong = format!("{PASSWORD_IN_URL}%21");
    proxy.return_to_work().await?;
    said.push(api.change(&account, json!({ "proxy": proxy.url_with(&wrong) })).await?);
    said.push(api.reaches(&account, "proxy_failed").await?);
    said.push(tested(api, &account, None).await?);
    let broken =
        json!({ "displayName": "Other", "proxy": format!("socks5://{USER}:{PASSWORD_IN_URL}@:0:0") });
    said.push(api.call(Method::POST, "/whatsapp/connect", Some(broken)).await?.1);
    for path in [
        "/whatsapp/accounts".to_owned(),
        format!("/whatsapp/accounts/{account}"),
        format!("/whatsapp/accounts/{account}/timeline"),
        format!("/whatsapp/health/{account}"),
        format!("/whatsapp/health/{account}/history"),
    ] {
        let (status, answer) = api.call(Method::GET, &path, None).await?;
        assert!(status.is_success(), "{path}: {answer}");
        said.push(answer);
    }
    said.extend(api.events().await?);
    let log = server.log().await?;
    assert!(log.contains("the proxy let nothing through"), "the log was read: {log}");

    let login = BASE64_STANDARD.encode(format!("{USER}:{PASSWORD}"));
    let needles = [PASSWORD, PASSWORD_IN_URL, login.trim_end_matches('=')];
    let said = said.iter().map(Value::to_string).chain([log]);
    for text in said {
        for needle in needles {
            assert!(!text.contains(needle), "{needle} in {text}");
        }
    }
    is_in_no_file(installation.data_dir(), &needles.map(|needle| needle.as_bytes().to_vec()))?;
    sim.finish().await?;
    Ok(())
}
