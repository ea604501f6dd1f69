//! Name and picture, from the phone to its linked devices and back.

use whatsapp_rust::wacore::types::events::Event;

use super::companion::{Companion, jid};
use crate::deadline::within;
use crate::sim::Sim;

/// The beginning of a JPEG file. The tests and the simulator read no more than the first bytes.
const PICTURE: &[u8] = b"\xff\xd8\xff\xe0 a picture";

/// The number whose picture changed, and the id of the new picture.
async fn changed(companion: &Companion) -> anyhow::Result<(String, Option<String>)> {
    companion
        .event("picture update", |event| match event {
            Event::PictureUpdate(update) => Some((update.jid.user.to_string(), update.picture_id.clone())),
            _ => None,
        })
        .await
}

/// The id of somebody's picture, and the address where the client can download the preview or the full size.
async fn found(
    companion: &Companion,
    number: &str,
    preview: bool,
) -> anyhow::Result<Option<(String, String)>> {
    let picture = companion.client().contacts();
    let whose = jid(number);
    let found = within("picture", picture.get_profile_picture(&whose, preview)).await??;
    Ok(found.map(|picture| (picture.id, picture.url)))
}

async fn download(url: &str) -> anyhow::Result<Vec<u8>> {
    Ok(reqwest::get(url).await?.error_for_status()?.bytes().await?.to_vec())
}

#[tokio::test]
async fn a_picture_set_on_the_phone_reaches_its_devices() -> anyhow::Result<()> {
    let sim = Sim::start().await?;
    let number = sim.phone("Ann")?;
    let companion = Companion::linked(&sim, &number).await?;
    assert_eq!(found(&companion, &number, false).await?, None);

    sim.set_picture(&number, Some(PICTURE))?;
    let (whose, id) = changed(&companion).await?;
    assert_eq!(whose, number);
    for preview in [true, false] {
        let (found_id, url) = found(&companion, &number, preview).await?.expect("a picture");
        assert_eq!(Some(&found_id), id.as_ref());
        assert_eq!(download(&url).await?, PICTURE);
    }

    sim.set_picture(&number, None)?;
    assert_eq!(changed(&companion).await?, (number.clone(), None));
    assert_eq!(found(&companion, &number, true).await?, None);
    sim.finish().await
}

#[tokio::test]
async fn a_picture_set_by_a_device_reaches_other_devices_and_contacts() -> anyhow::Result<()> {
    let sim = Sim::start().await?;
    let (ann, bob) = (sim.phone("Ann")?, sim.phone("Bob")?);
    let first = Companion::linked(&sim, &ann).await?;
    let second = Companion::linked(&sim, &ann).await?;
    let friend = Companion::linked(&sim, &bob).await?;
    friend.send_text(&ann, "nice to meet you").await?;
    assert_eq!(first.next_text().await?.body, "nice to meet you");

    let profile = first.client().profile();
    let set = within("set picture", profile.set_profile_picture(PICTURE.to_vec())).await??;
    // WhatsApp also notifies the device that made the change.
    for companion in [&first, &second, &friend] {
        assert_eq!(changed(companion).await?, (ann.clone(), Some(set.id.clone())));
    }
    let picture = sim.picture(&ann)?.expect("the server has it");
    assert_eq!((picture.id.as_str(), picture.bytes), (set.id.as_str(), PICTURE.len()));
    let (_, url) = found(&friend, &ann, false).await?.expect("a picture");
    assert_eq!(url, picture.url);

    within("removed picture", profile.remove_profile_picture()).await??;
    assert_eq!(changed(&second).await?, (ann.clone(), None));
    assert_eq!(sim.picture(&ann)?, None);
    sim.finish().await
}

#[tokio::test]
async fn a_name_changed_on_the_phone_reaches_its_devices() -> anyhow::Result<()> {
    let sim = Sim::start().await?;
    let number = sim.phone("Ann")?;
    let companion = Companion::linked(&sim, &number).await?;
    for name in ["Ann & Co.", "Ann & Sons"] {
        sim.rename(&number, name)?;
        let renamed = companion
            .event("new push name", |event| match event {
                Event::SelfPushNameUpdated(update) if update.new_name == name => {
                    Some(update.new_name.clone())
                }
                _ => None,
            })
            .await?;
        assert_eq!(renamed, name);
        assert_eq!(companion.client().push_name(), name);
    }
    sim.finish().await
}

#[tokio::test]
async fn a_device_can_change_the_about_text_of_the_account() -> anyhow::Result<()> {
    let sim = Sim::start().await?;
    let number = sim.phone("Ann")?;
    let companion = Companion::linked(&sim, &number).await?;
    within("set about", companion.client().profile().set_status_text("Away until Monday")).await??;
    // This fails if the simulator received a stanza that it does not know.
    sim.finish().await
}
