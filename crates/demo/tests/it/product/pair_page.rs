//! Uses a pairing link in the way that the pairing page does: over HTTP, without signing in.

use anyhow::{Context as _, ensure};
use reqwest::{Client, Method};
use serde_json::{Value, json};

use super::api::Api;
use super::installation::{Installation, Server};
use crate::deadline::until;
use crate::sim::Sim;

/// The browser of the person whose phone is linked.
struct Browser {
    http: Client,
    base: String,
}

impl Browser {
    fn at(server: &Server) -> anyhow::Result<Self> {
        Ok(Self { http: Client::builder().no_proxy().build()?, base: server.base.clone() })
    }

    async fn post(&self, path: &str, body: Value) -> anyhow::Result<(u16, Value)> {
        let url = format!("{}/api/v1/pairing/{path}", self.base);
        let answer = self.http.post(url).json(&body).send().await?;
        Ok((answer.status().as_u16(), answer.json().await?))
    }

    /// Opens a link and returns the session that the page uses.
    async fn open(&self, link: &Link) -> anyhow::Result<String> {
        let (status, opened) = self.post("open", json!({ "token": link.token })).await?;
        ensure!(status == 200, "{status}: {opened}");
        Ok(opened["session"].as_str().context("a session")?.to_owned())
    }

    /// Waits until the pairing is at this step, and returns what the page shows.
    async fn shows(&self, session: &str, step: &str) -> anyhow::Result<Value> {
        until(format!("step {step}"), async || {
            let (status, shown) = self.post("state", json!({ "session": session })).await.ok()?;
            (status == 200 && shown["step"] == step).then_some(shown)
        })
        .await
    }

    /// Checks that the server refuses this token or session.
    async fn is_turned_away(&self, path: &str, body: Value) -> anyhow::Result<()> {
        let (status, refused) = self.post(path, body).await?;
        ensure!((status, &refused["code"]) == (404, &json!("pairing_link_invalid")), "{status}: {refused}");
        Ok(())
    }
}

struct Link {
    id: String,
    token: String,
}

async fn link(api: &Api, account: &str) -> anyhow::Result<Link> {
    let path = format!("/whatsapp/accounts/{account}/pairing-links");
    let (status, made) = api.call(Method::POST, &path, Some(json!({ "expiresInMinutes": 30 }))).await?;
    ensure!(status == 201, "{status}: {made}");
    let (page, token) = made["url"].as_str().and_then(|url| url.split_once('#')).context("a fragment")?;
    ensure!(page.ends_with("/pair"), "{page}");
    Ok(Link { id: made["id"].as_str().context("an id")?.to_owned(), token: token.to_owned() })
}

/// Reads the text of the QR code from its SVG image, as a phone's camera would.
fn read_off(svg: &str) -> anyhow::Result<String> {
    let number = |text: &str| text.parse::<usize>().context("a number");
    let side = svg.split_once("width=\"").and_then(|(_, rest)| rest.split_once('"')).context("a width")?.0;
    let side = number(side)?;
    let mut dark = vec![false; side * side];
    let drawn = svg.rsplit_once("d=\"").and_then(|(_, rest)| rest.split_once('"')).context("a path")?.0;
    // The SVG path of each dark square has the form `M left top h width v height H left V top`.
    for square in drawn.split('M').skip(1) {
        let numbers: Vec<_> = square.split(|c: char| !c.is_ascii_digit()).filter(|n| !n.is_empty()).collect();
        let [left, top, width, height, ..] = numbers[..] else { anyhow::bail!("no square: {square}") };
        let (left, top, width, height) = (number(left)?, number(top)?, number(width)?, number(height)?);
        for y in top..top + height {
            dark[y * side + left..y * side + left + width].fill(true);
        }
    }
    let mut picture =
        rqrr::PreparedImage::prepare_from_greyscale(
            side,
            side,
            |x, y| {
                if dark[y * side + x] { 0 } else { 255 }
            },
        );
    let grid = picture.detect_grids().pop().context("no code in the drawing")?;
    Ok(grid.decode()?.1)
}

/// A server with an account that has not been paired yet.
async fn waiting(sim: &Sim) -> anyhow::Result<(Installation, Server, String)> {
    let installation = Installation::new(sim).await?;
    let server = installation.start().await?;
    let account = server.api.connect("Front desk").await?;
    Ok((installation, server, account))
}

#[tokio::test]
async fn a_pairing_link_opens_only_once_and_its_qr_code_links_a_phone() -> anyhow::Result<()> {
    let sim = Sim::start().await?;
    let number = sim.phone("Ann")?;
    let (_installation, server, account) = waiting(&sim).await?;
    let browser = Browser::at(&server)?;
    let link = link(&server.api, &account).await?;
    let page = browser.http.get(format!("{}/pair", server.base)).send().await?;
    assert!(page.status().is_success() && page.text().await?.contains("<html"));

    let session = browser.open(&link).await?;
    browser.is_turned_away("open", json!({ "token": link.token })).await?;
    let shown = browser.shows(&session, "qr").await?;
    assert_eq!((&shown["displayName"], &shown["done"]), (&"Front desk".into(), &false.into()));
    assert!(!shown.to_string().contains(&account), "no more than the person needs: {shown}");
    sim.scan(&number, &read_off(shown["qrSvg"].as_str().context("a drawing")?)?).await?;

    let done = browser.shows(&session, "done").await?;
    assert_eq!((&done["done"], &done["qrSvg"], &done["code"]), (&true.into(), &Value::Null, &Value::Null));
    assert!(!done.to_string().contains(&number), "no more than the person needs: {done}");
    server.api.reaches(&account, "online").await?;
    let (status, refused) = browser.post("new-window", json!({ "session": session })).await?;
    assert_eq!((status, &refused["code"]), (409, &"already_connected".into()));
    browser.is_turned_away("open", json!({ "token": link.token })).await?;
    sim.finish().await?;
    Ok(())
}

#[tokio::test]
async fn the_pairing_page_can_show_a_pairing_code() -> anyhow::Result<()> {
    let sim = Sim::start().await?;
    let number = sim.phone("Ann")?;
    let (_installation, server, account) = waiting(&sim).await?;
    let browser = Browser::at(&server)?;
    let session = browser.open(&link(&server.api, &account).await?).await?;
    browser.shows(&session, "qr").await?;
    let wish = json!({ "session": session, "phoneNumber": format!("+{number}") });
    let (status, shown) = browser.post("code", wish).await?;
    assert_eq!((status, &shown["step"]), (200, &"pairing_code".into()), "{shown}");
    sim.type_code(&number, shown["code"].as_str().context("a code")?).await?;
    browser.shows(&session, "done").await?;
    server.api.reaches(&account, "online").await?;
    sim.finish().await?;
    Ok(())
}

#[tokio::test]
async fn a_finished_pairing_page_does_not_show_the_code_of_a_later_pairing() -> anyhow::Result<()> {
    let sim = Sim::start().await?;
    let number = sim.phone("Ann")?;
    let (_installation, server, account) = waiting(&sim).await?;
    let browser = Browser::at(&server)?;
    let session = browser.open(&link(&server.api, &account).await?).await?;
    browser.shows(&session, "qr").await?;
    server.scan(&sim, &number, &account).await?;
    browser.shows(&session, "done").await?;

    server.api.disconnect(&account).await?;
    server.api.connect_again(&account).await?;
    server.api.qr_text(&account).await?;
    let (_, shown) = browser.post("state", json!({ "session": session })).await?;
    assert_eq!((&shown["step"], &shown["qrSvg"]), (&"done".into(), &Value::Null), "{shown}");
    sim.finish().await?;
    Ok(())
}

#[tokio::test]
async fn a_revoked_link_shows_nothing_even_if_it_was_opened() -> anyhow::Result<()> {
    let sim = Sim::start().await?;
    let (_installation, server, account) = waiting(&sim).await?;
    let browser = Browser::at(&server)?;
    let (opened, unopened) = (link(&server.api, &account).await?, link(&server.api, &account).await?);
    let session = browser.open(&opened).await?;
    browser.shows(&session, "qr").await?;
    for Link { id, .. } in [&opened, &unopened] {
        let path = format!("/whatsapp/accounts/{account}/pairing-links/{id}");
        assert_eq!(server.api.call(Method::DELETE, &path, None).await?.0, 204);
    }
    browser.is_turned_away("open", json!({ "token": unopened.token })).await?;
    for path in ["state", "new-window"] {
        browser.is_turned_away(path, json!({ "session": session })).await?;
    }
    sim.finish().await?;
    Ok(())
}

#[tokio::test]
async fn a_restart_keeps_unopened_pairing_links_and_ends_opened_pairing_pages() -> anyhow::Result<()> {
    let sim = Sim::start().await?;
    let number = sim.phone("Ann")?;
    let (installation, server, account) = waiting(&sim).await?;
    let (opened, unopened) = (link(&server.api, &account).await?, link(&server.api, &account).await?);
    let session = Browser::at(&server)?.open(&opened).await?;
    server.stop().await?;

    let server = installation.start().await?;
    let browser = Browser::at(&server)?;
    browser.is_turned_away("state", json!({ "session": session })).await?;
    browser.is_turned_away("open", json!({ "token": opened.token })).await?;
    // Opening a link starts a pairing if none is running.
    let session = browser.open(&unopened).await?;
    let shown = browser.shows(&session, "qr").await?;
    sim.scan(&number, &read_off(shown["qrSvg"].as_str().context("a drawing")?)?).await?;
    browser.shows(&session, "done").await?;
    server.api.reaches(&account, "online").await?;
    sim.finish().await?;
    Ok(())
}
