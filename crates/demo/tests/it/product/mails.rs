//! E-mail over a real mail server. An outage causes one mail, however many accounts it affects. The links in mails
//! set a password.

use std::time::Duration;

use anyhow::{Context as _, ensure};
use linekeeper_testbed::{MailServer, Received};
use reqwest::Method;
use serde_json::json;

use super::api::Api;
use super::installation::Installation;
use crate::deadline::until_after;
use crate::sim::Sim;

const ACCOUNTS: usize = 30;
/// The number of accounts that are linked at the same time.
const LINKS_AT_ONCE: usize = 6;
/// The number of seconds for which the server collects events for one mail. The accounts use up their attempts to
/// reconnect at slightly different times. `DIGEST` is longer than these differences.
const DIGEST: u32 = 12;
const PROBE_EVERY: u32 = 5;

/// An installation with a configured mail server.
async fn with_mail(sim: &Sim, mail: &MailServer) -> anyhow::Result<Installation> {
    let mut installation = Installation::new(sim).await?;
    installation.set("SMTP_URL", mail.url());
    installation.set("SMTP_FROM", "linekeeper <alerts@example.org>");
    installation.set("NOTIFY_DIGEST_SECONDS", DIGEST);
    installation.set("NOTIFY_QUIET_SECONDS", DIGEST);
    installation.set("WHATSAPP_PROBE_INTERVAL", PROBE_EVERY);
    Ok(installation)
}

/// The part after `#` of the only link in a mail.
fn token(mail: &Received) -> anyhow::Result<String> {
    let (_, after) = mail.text.split_once('#').with_context(|| mail.text.clone())?;
    Ok(after.split_whitespace().next().context("a token")?.to_owned())
}

#[tokio::test]
async fn an_outage_causes_one_mail_and_the_recovery_causes_a_second_mail() -> anyhow::Result<()> {
    let sim = Sim::start().await?;
    let mut mail = MailServer::start().await?;
    let installation = with_mail(&sim, &mail).await?;
    let server = installation.start().await?;
    let numbers: Vec<_> = (0..ACCOUNTS).map(|_| sim.phone("Ann")).collect::<Result<_, _>>()?;
    for some in numbers.chunks(LINKS_AT_ONCE) {
        futures_util::future::try_join_all(some.iter().map(|number| server.link(&sim, number))).await?;
    }

    sim.server().go_dark().await;
    let told = mail.next().await?;
    assert_eq!(told.to, ["owner@example.org"]);
    assert_eq!(told.headers["subject"], format!("{ACCOUNTS} WhatsApp accounts need attention"));
    sim.server().return_from_dark().await?;
    until_after(Duration::from_secs(60), "everybody online", async || {
        (sim.server().state().connected_devices == ACCOUNTS).then_some(())
    })
    .await?;
    let told = mail.next().await?;
    assert_eq!(told.headers["subject"], format!("{ACCOUNTS} WhatsApp accounts work again"));
    server.stop().await?;
    let rest = mail.rest().await?;
    ensure!(rest.is_empty(), "{rest:?}");
    sim.finish().await?;
    Ok(())
}

#[tokio::test]
async fn the_links_in_mails_work() -> anyhow::Result<()> {
    let sim = Sim::start().await?;
    let mut mail = MailServer::start().await?;
    let installation = with_mail(&sim, &mail).await?;
    let server = installation.start().await?;
    let stranger = Api::new(&server.base, "")?;
    let ok = async |api: &Api, path: &str, body: serde_json::Value| {
        let (status, answer) = api.call(Method::POST, path, Some(body)).await?;
        ensure!(status.is_success(), "{path}: {status}: {answer}");
        anyhow::Ok(answer)
    };
    let invitation = json!({ "email": "ben@example.org", "role": "agent" });
    let made = ok(&server.api, "/invitations", invitation).await?;
    assert_eq!(made["link"], serde_json::Value::Null);
    let invited = mail.next().await?;
    assert_eq!(invited.to, ["ben@example.org"]);
    let accepted = json!({ "token": token(&invited)?, "password": "staple correct horse" });
    let session = ok(&stranger, "/auth/invitation/accept", accepted).await?;
    assert_eq!(session["user"]["role"], "agent");

    ok(&stranger, "/auth/password/forgot", json!({ "email": "ben@example.org" })).await?;
    let sent = mail.next().await?;
    assert_eq!(sent.headers["subject"], "Set a new password");
    let new = json!({ "token": token(&sent)?, "newPassword": "battery staple correct" });
    ok(&stranger, "/auth/password/reset", new).await?;
    assert_eq!(mail.next().await?.headers["subject"], "Your password was changed");
    ok(
        &stranger,
        "/auth/sign-in",
        json!({ "email": "ben@example.org", "password": "battery staple correct" }),
    )
    .await?;

    // Without a mail server, the operator creates the link on the command line.
    let link = installation.succeeds(&["user", "reset-password", "--email", "ben@example.org"]).await?;
    let (_, by_hand) = link.trim().split_once('#').context("a link")?;
    ok(&stranger, "/auth/password/reset", json!({ "token": by_hand, "newPassword": "horse battery staple" }))
        .await?;
    let listed = installation.succeeds(&["user", "list"]).await?;
    ensure!(listed.contains("ben@example.org\tAgent\tpassword alone"), "{listed}");
    server.stop().await?;
    sim.finish().await?;
    Ok(())
}
