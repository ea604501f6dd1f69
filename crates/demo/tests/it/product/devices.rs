//! The devices of an account, as WhatsApp lists them.

use anyhow::{Context as _, ensure};
use reqwest::Method;
use serde_json::{Value, json};

use super::api::Api;
use super::installation::Installation;
use crate::sim::Sim;

async fn devices(api: &Api, account: &str) -> anyhow::Result<Vec<Value>> {
    let (status, listed) =
        api.call(Method::GET, &format!("/whatsapp/accounts/{account}/devices"), None).await?;
    ensure!(status.is_success() && listed["nextCursor"].is_null(), "{status}: {listed}");
    Ok(listed["data"].as_array().context("a list")?.clone())
}

/// The second companion of the phone is linked by another installation of linekeeper.
#[tokio::test]
async fn the_device_list_has_the_phone_and_this_server_and_another_companion() -> anyhow::Result<()> {
    let sim = Sim::start().await?;
    let (first, second) = (Installation::new(&sim).await?, Installation::new(&sim).await?);
    let (server, account, number) = first.online(&sim).await?;
    let own = sim.state(&number)?.devices[0].device;
    let phone = json!({ "device": 0, "isThis": false, "isPhone": true, "keyIndex": null });
    let listed = devices(&server.api, &account).await?;
    assert_eq!(listed.len(), 2, "{listed:?}");
    assert_eq!(listed[0], phone);
    assert_eq!((&listed[1]["device"], &listed[1]["isThis"]), (&own.into(), &true.into()));
    assert!(listed[1]["keyIndex"].is_u64(), "{listed:?}");

    let other = second.start().await?;
    let on_other = other.link(&sim, &number).await?;
    let listed = devices(&server.api, &account).await?;
    let this: Vec<_> = listed.iter().map(|one| &one["isThis"]).collect();
    assert_eq!(this, [false, true, false], "a new one has a higher number: {listed:?}");
    let mirrored = devices(&other.api, &on_other).await?;
    let this: Vec<_> = mirrored.iter().map(|one| &one["isThis"]).collect();
    assert_eq!(this, [false, false, true], "{mirrored:?}");

    other.api.disconnect(&on_other).await?;
    let listed = devices(&server.api, &account).await?;
    assert_eq!((listed.len(), &listed[0]), (2, &phone));
    sim.finish().await?;
    Ok(())
}

#[tokio::test]
async fn listing_the_devices_of_an_account_that_is_not_online_is_refused() -> anyhow::Result<()> {
    let sim = Sim::start().await?;
    let installation = Installation::new(&sim).await?;
    let server = installation.start().await?;
    let account = server.api.connect("Front desk").await?;
    let path = format!("/whatsapp/accounts/{account}/devices");
    let (status, refused) = server.api.call(Method::GET, &path, None).await?;
    assert_eq!((status.as_u16(), &refused["code"]), (409, &"not_connected".into()));
    let unknown = "/whatsapp/accounts/01890a5d-ac96-774b-bcce-b302099a8057/devices";
    let (status, refused) = server.api.call(Method::GET, unknown, None).await?;
    assert_eq!((status.as_u16(), &refused["code"]), (404, &"account_not_found".into()));
    sim.finish().await?;
    Ok(())
}
