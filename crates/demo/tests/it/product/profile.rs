//! The name and the picture of an account when they change on the phone.

use std::time::Duration;

use anyhow::Context as _;
use reqwest::Method;
use serde_json::Value;

use super::api::Api;
use super::installation::{Installation, online};
use crate::deadline::{until, until_after};
use crate::sim::Sim;

/// The beginning of a JPEG file. The server and the simulator read no further.
const JPEG: &[u8] = b"\xff\xd8\xff\xe0 a picture";
const PNG: &[u8] = b"\x89PNG\r\n\x1a\n another picture";

/// The server checks the picture within 20 s after a login. The rest of the time is a margin.
const LOOKED_AT_WITHIN: Duration = Duration::from_secs(50);

/// Waits until the address of the account's picture differs from `before`, and returns it.
async fn new_picture(api: &Api, account: &str, before: &Value) -> anyhow::Result<Value> {
    until_after(LOOKED_AT_WITHIN, "another picture", async || {
        let picture = api.account(account).await.ok()?["profilePicture"].clone();
        (picture != *before).then_some(picture)
    })
    .await
}

/// Downloads the file at an account's `profilePicture`. Returns its media type and bytes.
async fn file(api: &Api, picture: &Value) -> anyhow::Result<(String, Vec<u8>)> {
    let path = picture.as_str().and_then(|path| path.strip_prefix("/api/v1")).context("a path of the API")?;
    api.bytes(path, "*/*").await
}

/// The `data` of the events about the account's profile.
async fn told(api: &Api) -> anyhow::Result<Vec<Value>> {
    let events = api.events().await?;
    let profiles = events.into_iter().filter(|event| event["type"] == "account.profile");
    Ok(profiles.map(|mut event| event["data"].take()).collect())
}

#[tokio::test]
async fn each_change_of_the_picture_on_the_phone_appears_in_the_api() -> anyhow::Result<()> {
    let sim = Sim::start().await?;
    let (_installation, server, account, number) = online(&sim).await?;
    let api = &server.api;
    assert_eq!(api.account(&account).await?["profilePicture"], Value::Null);

    sim.set_picture(&number, Some(JPEG))?;
    let first = new_picture(api, &account, &Value::Null).await?;
    let address = format!("/api/v1/whatsapp/accounts/{account}/picture?v=");
    assert!(first.as_str().is_some_and(|path| path.starts_with(&address)), "{first}");
    assert_eq!(file(api, &first).await?, ("image/jpeg".to_owned(), JPEG.to_vec()));

    sim.set_picture(&number, Some(PNG))?;
    let second = new_picture(api, &account, &first).await?;
    assert!(second.as_str().is_some_and(|path| path.starts_with(&address)), "{second}");
    assert_eq!(file(api, &second).await?, ("image/png".to_owned(), PNG.to_vec()));

    sim.set_picture(&number, None)?;
    assert_eq!(new_picture(api, &account, &second).await?, Value::Null);
    let path = format!("/whatsapp/accounts/{account}/picture");
    let (status, gone) = api.call(Method::GET, &path, None).await?;
    assert_eq!((status.as_u16(), &gone["code"]), (404, &"picture_not_found".into()));

    let told = told(api).await?;
    // Events about the name have no picture id and may come first, so skip them.
    let ids: Vec<_> = told.iter().map(|data| &data["pictureId"]).skip_while(|id| id.is_null()).collect();
    let [one, other, none] = ids[..] else { anyhow::bail!("three changes, told once each: {told:?}") };
    assert!(one.is_string() && other.is_string() && one != other && none.is_null(), "{told:?}");
    assert!(first.as_str().is_some_and(|path| path.ends_with(one.as_str().unwrap_or("?"))), "{first} {one}");
    sim.finish().await?;
    Ok(())
}

#[tokio::test]
async fn a_picture_changed_while_the_server_was_down_is_fetched_after_the_start() -> anyhow::Result<()> {
    let sim = Sim::start().await?;
    let (installation, server, account, number) = online(&sim).await?;
    sim.set_picture(&number, Some(JPEG))?;
    let first = new_picture(&server.api, &account, &Value::Null).await?;

    server.kill().await?;
    sim.set_picture(&number, Some(PNG))?;
    let server = installation.start().await?;
    let second = new_picture(&server.api, &account, &first).await?;
    assert_eq!(file(&server.api, &second).await?.1, PNG);
    let told = told(&server.api).await?;
    let ids: Vec<_> = told.iter().map(|data| &data["pictureId"]).skip_while(|id| id.is_null()).collect();
    let [one, other] = ids[..] else { anyhow::bail!("two pictures, told once each: {told:?}") };
    assert!(one.is_string() && other.is_string() && one != other, "{told:?}");
    sim.finish().await?;
    Ok(())
}

#[tokio::test]
async fn a_name_changed_on_the_phone_is_reported() -> anyhow::Result<()> {
    let sim = Sim::start().await?;
    let (_installation, server, _account, number) = online(&sim).await?;
    sim.rename(&number, "Ann & Co.")?;
    until("the new name", async || {
        told(&server.api).await.ok()?.last().is_some_and(|data| data["pushName"] == "Ann & Co.").then_some(())
    })
    .await?;
    let names = told(&server.api).await?;
    let times = names.iter().filter(|data| data["pushName"] == "Ann & Co.").count();
    assert_eq!(times, 1, "told once: {names:?}");
    sim.finish().await?;
    Ok(())
}

/// WhatsApp reports a new name while the library is still reading the settings for an earlier name. The library ignores
/// such a report. So the server must read the settings again.
#[tokio::test]
async fn after_many_name_changes_in_a_row_the_last_name_is_reported() -> anyhow::Result<()> {
    let sim = Sim::start().await?;
    let (_installation, server, account, number) = online(&sim).await?;
    for round in 0..10 {
        for turn in 0..30 {
            sim.rename(&number, &format!("Ann {round}/{turn}"))?;
            // While the request runs, the server has a moment to read WhatsApp's notifications.
            server.api.account(&account).await?;
        }
        let last = format!("Ann {round}/29");
        until(format!("the name {last}"), async || {
            let told = told(&server.api).await.ok()?;
            told.last().is_some_and(|data| data["pushName"] == last.as_str()).then_some(())
        })
        .await?;
    }
    sim.finish().await?;
    Ok(())
}

/// The protocol library encodes a name with an `@` as an address, and WhatsApp cannot read the result. The server
/// must not lose its connection because of such a name.
#[tokio::test]
async fn an_account_stays_online_whatever_name_its_owner_chooses() -> anyhow::Result<()> {
    let sim = Sim::start().await?;
    let number = sim.phone("me@shop")?;
    let installation = Installation::new(&sim).await?;
    let mut server = installation.start().await?;
    let account = server.link(&sim, &number).await?;
    for name in ["me@shop", "y@", "@z", "@", "me_5:3@shop", "a@b@c", "1@s.whatsapp.net", "Ann"] {
        if sim.name_of(&number)? != name {
            sim.rename(&number, name)?;
        }
        let api = &server.api;
        until(format!("the name {name}"), async || {
            told(api).await.ok()?.last().filter(|data| data["pushName"] == name).map(drop)
        })
        .await?;
        server.stop().await?;
        server = installation.start().await?;
        server.api.reaches(&account, "online").await?;
        until(format!("the name {name} at WhatsApp"), async || {
            sim.name_of(&number).ok().filter(|shown| shown == name).map(drop)
        })
        .await?;
        assert_eq!(told(&server.api).await?.last().map(|data| data["pushName"].clone()), Some(name.into()));
    }
    let lost: Vec<_> = server
        .api
        .events()
        .await?
        .into_iter()
        .filter(|event| ["server_closed", "network_lost"].iter().any(|r| event["data"]["to"]["reason"] == *r))
        .collect();
    assert!(lost.is_empty(), "{lost:?}");
    Ok(())
}
