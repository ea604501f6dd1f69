//! One installation that holds a secret of every kind, on both databases. Somebody who copies its disk, its
//! database or a backup, or who reads its log, finds none of the secrets.

use std::fs;
use std::sync::Arc;

use anyhow::{Context as _, ensure};
use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use linekeeper::credentials::second_factor::Seed;
use linekeeper_model::clock::{Clock as _, SystemClock};
use linekeeper_model::secret::Secret;
use linekeeper_storage::testing::Databases;
use linekeeper_storage::{KeyRing, SecondFactor, Storage};
use reqwest::Method;
use serde_json::{Value, json};

use super::api::Api;
use super::installation::{Installation, Server};
use super::messages::files::phone_says;
use super::secrecy::{files, hex};
use crate::deadline::until;
use crate::sim::Sim;

/// The name of an API key. Names of API keys are not encrypted (see docs/SECURITY.md), so the search must find this
/// name. If it does not, the search looks in the wrong place.
const IN_THE_CLEAR: &str = "Name of a key in the clear";
const PASSWORD: &str = "correct horse battery";

/// Opens the storage of the installation with the master key of its server.
async fn open(installation: &Installation) -> anyhow::Result<Storage> {
    let keys = KeyRing::of_file_or_new(installation.key_file(), Vec::new())?;
    let options = installation.database.options_with(keys, "test");
    Ok(Storage::open(options, Arc::new(SystemClock)).await?)
}

/// The secrets that must not be found, each with a description.
#[derive(Default)]
struct Needles(Vec<(String, Vec<u8>)>);

impl Needles {
    /// Adds a text.
    fn text(&mut self, what: &str, text: &str) {
        self.0.push((what.to_owned(), text.as_bytes().to_vec()));
    }

    /// Adds bytes, and also their hexadecimal and base64 forms.
    fn bytes(&mut self, what: &str, bytes: &[u8]) {
        self.0.push((what.to_owned(), bytes.to_vec()));
        self.text(what, &hex(bytes));
        self.text(what, BASE64_STANDARD.encode(bytes).trim_end_matches('='));
    }

    fn assert_absent(&self, place: &str, content: &[u8]) {
        for (what, needle) in &self.0 {
            assert!(needle.len() >= 6, "{what} would be found by chance");
            // A database dump shows bytes in hexadecimal, so search for this form too.
            for shape in [needle.clone(), hex(needle).into_bytes()] {
                assert!(
                    !has(content, &shape),
                    "{place} holds the {what}: {}",
                    String::from_utf8_lossy(needle)
                );
            }
        }
    }
}

fn has(content: &[u8], needle: &[u8]) -> bool {
    content.windows(needle.len()).any(|window| window == needle)
}

async fn call(api: &Api, method: Method, path: &str, body: Value) -> anyhow::Result<Value> {
    let body = (!body.is_null()).then_some(body);
    let (status, answer) = api.call(method, path, body).await?;
    ensure!(status.is_success(), "{path}: {status}: {answer}");
    Ok(answer)
}

fn text<'a>(answer: &'a Value, field: &str) -> anyhow::Result<&'a str> {
    answer[field].as_str().with_context(|| format!("{field} in {answer}"))
}

/// Creates accounts with names, numbers, proxies and links.
async fn plant_accounts(sim: &Sim, server: &Server, needles: &mut Needles) -> anyhow::Result<()> {
    let number = sim.phone("Plantedpushname")?;
    needles.text("phone number", number.trim_start_matches('+'));
    needles.text("push name", "Plantedpushname");
    needles.text("display name", "Planted display");
    needles.text("metadata", "planted-crm-77");
    let wish = json!({ "displayName": "Planted display", "metadata": { "crm.id": "planted-crm-77" } });
    let account = server.api.create(wish).await?;
    let account = text(&account, "id")?;
    let qr = server.api.qr_text(account).await?;
    for field in qr.rsplit('#').next().unwrap_or_default().split(',').skip(1).take(3) {
        needles.bytes("key of the session", &BASE64_STANDARD.decode(field)?);
    }
    sim.scan(&number, &qr).await?;
    server.api.reaches(account, "online").await?;
    let friend = sim.phone("Plantedfriend")?;
    sim.send(&friend, &number, "planted words of a message").await?;
    sim.drained(&number).await?;
    needles.text("number of a contact", friend.trim_start_matches('+'));
    needles.text("message", "planted words of a message");
    plant_talk(sim, server, (account, &number), &friend, needles).await?;

    let proxied = json!({ "displayName": "Behind a proxy", "proxy": "socks5://planteduser:plantedpassword@127.0.0.1:9" });
    server.api.create(proxied).await?;
    needles.text("user of a proxy", "planteduser");
    needles.text("password of a proxy", "plantedpassword");
    let link =
        call(&server.api, Method::POST, &format!("/whatsapp/accounts/{account}/pairing-links"), json!({}))
            .await?;
    needles.text("pairing link", text(&link, "url")?.rsplit('#').next().unwrap_or_default());
    Ok(())
}

/// Sends messages and files in both directions.
async fn plant_talk(
    sim: &Sim,
    server: &Server,
    (account, number): (&str, &str),
    friend: &str,
    needles: &mut Needles,
) -> anyhow::Result<()> {
    let file = "planted words of a file that came in";
    let document = json!({
        "data": BASE64_STANDARD.encode(file), "mimeType": "text/plain", "fileName": "planted-inbound.txt",
        "caption": "planted inbound caption",
    });
    phone_says(sim, friend, json!({ "to": number, "type": "document", "document": document })).await?;
    for text in [file, "planted-inbound.txt", "planted inbound caption"] {
        needles.text("file that came in", text);
    }
    let routes = format!("/whatsapp/accounts/{account}");
    until("the file that came in", async || {
        let path = format!("{routes}/messages?direction=inbound&limit=1");
        let (_, page) = server.api.call(Method::GET, &path, None).await.ok()?;
        (page["data"][0]["document"]["state"] == "ready").then_some(())
    })
    .await?;
    let file = "planted words of a file that went out";
    let uploaded = server.api.upload(account, "text/plain", file).await?;
    let body = json!({
        "to": friend, "type": "document", "clientReference": "planted-reference",
        "document": { "mediaId": uploaded["id"], "fileName": "planted-outbound.txt", "caption": "planted outbound caption" },
    });
    let sent = call(&server.api, Method::POST, &format!("{routes}/messages"), body).await?;
    for text in [file, "planted-outbound.txt", "planted outbound caption", "planted-reference"] {
        needles.text("file that went out", text);
    }
    let path = format!("{routes}/messages/{}", text(&sent, "id")?);
    until("a file that is delivered", async || {
        let (_, message) = server.api.call(Method::GET, &path, None).await.ok()?;
        (message["status"] == "delivered").then_some(())
    })
    .await?;
    Ok(())
}

/// Creates people with addresses, passwords, tokens, keys and second factors.
async fn plant_people(server: &Server, storage: &Storage, needles: &mut Needles) -> anyhow::Result<()> {
    needles.text("address of the Owner", "owner@example.org");
    needles.text("password", PASSWORD);
    let credentials = json!({ "email": "owner@example.org", "password": PASSWORD });
    let session = call(&server.api, Method::POST, "/auth/sign-in", credentials).await?;
    let token = text(&session, "accessToken")?;
    needles.text("access token", token);
    let person = Api::new(&server.base, token)?;

    let key = call(&person, Method::POST, "/api-keys", json!({ "name": IN_THE_CLEAR })).await?;
    needles.text("API key", text(&key, "key")?);
    let invitation = json!({ "email": "plantedinvitee@example.org", "role": "agent" });
    call(&person, Method::POST, "/invitations", invitation).await?;
    needles.text("address of somebody who is invited", "plantedinvitee@example.org");
    call(&person, Method::POST, "/auth/password/forgot", json!({ "email": "owner@example.org" })).await?;

    let prepared = call(&person, Method::POST, "/auth/totp", json!({ "password": PASSWORD })).await?;
    needles.text("seed of an authenticator", text(&prepared, "secret")?);
    let user = text(&session["user"], "id")?.parse().context("an id")?;
    let Some(SecondFactor::Prepared(seed)) = storage.read().await?.second_factors().get(user).await? else {
        anyhow::bail!("nothing is prepared");
    };
    needles.bytes("seed of an authenticator", seed.expose());
    let code = Seed(Secret::new(seed.expose().clone())).code(SystemClock.now());
    let enabled = call(&person, Method::POST, "/auth/totp/enable", json!({ "code": code.expose() })).await?;
    for code in enabled["recoveryCodes"].as_array().context("codes")? {
        let code = code.as_str().context("a code")?;
        needles.text("recovery code", code);
        needles.text("recovery code", &code.replace('-', ""));
    }
    Ok(())
}

/// Waits until two mails with links are in the queue. They stay there, because no mail server accepts them.
async fn plant_mails(storage: &Storage, needles: &mut Needles) -> anyhow::Result<()> {
    let both = until("two mails in the queue", async || {
        let mut found = Vec::new();
        let mut tx = storage.begin().await.ok()?;
        while let Ok(Some(next)) = tx.mail().next().await {
            found.extend(tx.mail().message(next.id).await.ok()?);
            tx.mail().delete(next.id).await.ok()?;
        }
        // The transaction is dropped without a commit, so the mails stay in the queue.
        (found.len() == 2).then_some(found)
    })
    .await?;
    for mail in both {
        let (_, after) = mail.text.split_once('#').context("a link")?;
        needles.text("link in a mail", after.split_whitespace().next().context("a token")?);
        needles.text("text of a mail", "open this link. It works once");
    }
    Ok(())
}

#[tokio::test]
async fn no_planted_secret_is_found_in_files_dumps_backups_or_logs() -> anyhow::Result<()> {
    for database in Databases::each().await {
        let sim = Sim::start().await?;
        let environment = vec![
            ("SMTP_URL", "smtp://planteduser:plantedpassword@127.0.0.1:9".to_owned()),
            ("SMTP_FROM", "alerts@example.org".to_owned()),
            ("METRICS_TOKEN", "planted-metrics-token".to_owned()),
        ];
        let installation = Installation::within(database, environment, &sim).await?;
        let server = installation.start().await?;
        let storage = open(&installation).await?;
        let mut needles = Needles::default();
        needles.text("API key", installation.api_key());
        needles.text("metrics token", "planted-metrics-token");
        plant_accounts(&sim, &server, &mut needles).await?;
        plant_people(&server, &storage, &mut needles).await?;
        plant_mails(&storage, &mut needles).await?;
        storage.close().await;
        let backups = installation.data_dir().join("backups");
        installation.succeeds(&["backup", "--to", backups.to_str().context("a path")?]).await?;
        let log = server.log().await?;

        let rows = match installation.database.name() {
            // SQLite's files contain the whole database, so no dump is needed. The storage must be closed while
            // the test reads them.
            "sqlite" => String::new(),
            _ => installation.database.inspect_product().await.dump().await,
        };
        needles.assert_absent("a dump of PostgreSQL", rows.as_bytes());
        let found = files(installation.data_dir())?;
        assert!(found.iter().any(|file| file.starts_with(&backups)), "{found:?}");
        let mut searched = rows.clone().into_bytes();
        for file in found {
            let content = fs::read(&file)?;
            needles.assert_absent(&file.display().to_string(), &content);
            searched.extend(content);
        }
        assert!(has(&searched, IN_THE_CLEAR.as_bytes()));
        needles.assert_absent("the log", log.as_bytes());
        needles.text("master key", fs::read_to_string(installation.key_file())?.trim());
        needles.assert_absent("a dump of PostgreSQL", rows.as_bytes());
        needles.assert_absent("the log", log.as_bytes());
        for file in files(&backups)? {
            needles.assert_absent(&file.display().to_string(), &fs::read(&file)?);
        }
        sim.finish().await?;
    }
    Ok(())
}
