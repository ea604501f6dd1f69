//! Phone numbers that people write in different ways, and phone numbers that their owners hide and reveal later. One
//! test covers names of people that contain an `@`, as addresses do.

use whatsapp_rust::Jid;
use whatsapp_rust::wacore::types::events::Event;

use super::companion::{Companion, jid};
use crate::deadline::within;
use crate::sim::Sim;

#[tokio::test]
async fn looking_up_another_spelling_of_a_number_returns_the_registered_number() -> anyhow::Result<()> {
    let sim = Sim::start().await?;
    let (ann, bob) = (sim.phone("Ann")?, sim.phone("Bob")?);
    let typed = format!("{bob}9");
    sim.phones().alias(&typed, &bob)?;
    let companion = Companion::linked(&sim, &ann).await?;
    let contacts = companion.client().contacts();
    let found = within("look-up", contacts.is_on_whatsapp(&[jid(&typed), jid("19995550000")])).await??;
    let registered: Vec<&Jid> = found.iter().filter(|of| of.is_registered).map(|of| &of.jid).collect();
    assert_eq!(registered, [&jid(&bob)], "{found:?}");
    sim.finish().await
}

/// Waits for the next message. Returns the sender's address and the sender's alternative address.
async fn sender(companion: &Companion) -> anyhow::Result<(Jid, Option<Jid>)> {
    companion
        .event("message", |event| {
            let Event::Messages(batch) = event else { return None };
            let others =
                batch.iter().map(|inbound| &inbound.info.source).find(|source| !source.is_from_me)?;
            Some((others.sender.clone(), others.sender_alt.clone()))
        })
        .await
}

#[tokio::test]
async fn a_hidden_number_is_unknown_until_its_owner_reveals_it() -> anyhow::Result<()> {
    let sim = Sim::start().await?;
    let (ann, secret) = (sim.phone("Ann")?, sim.hidden_phone("Secret")?);
    let companion = Companion::linked(&sim, &ann).await?;
    sim.send(&secret, &ann, "guess who").await?;
    let (from, alt) = sender(&companion).await?;
    assert!(from.is_lid(), "{from}");
    assert_eq!(alt, None);
    let reply = within("sent message", companion.client().send_text(from.to_non_ad(), "who?")).await??;
    sim.received(&secret, &reply.message_id).await?;

    sim.phones().tell_number(&secret, &ann).await?;
    let (again, alt) = sender(&companion).await?;
    assert_eq!((again, alt), (from, Some(jid(&secret))));
    sim.finish().await
}

#[tokio::test]
async fn a_phone_with_an_at_sign_in_its_name_can_link_and_receive_messages() -> anyhow::Result<()> {
    let sim = Sim::start().await?;
    for name in ["me@shop", "y@", "@z"] {
        let (ann, bob) = (sim.phone(name)?, sim.phone(name)?);
        let mut companion = Companion::linked(&sim, &ann).await?;
        within("presence", companion.client().presence().set_available()).await??;
        companion.ping().await?;
        sim.send(&bob, &ann, "hello").await?;
        assert_eq!(companion.next_text().await?.body, "hello", "{name}");
        companion.reconnect().await?;
        companion.hang_up().await?;
    }
    sim.finish().await
}
