//! Messages, receipts, messages that wait for a device, and retries.

use whatsapp_rust::features::StatusSendOptions;
use whatsapp_rust::types::presence::ReceiptType;
use whatsapp_rust::wacore::store::traits::SignalStore;
use whatsapp_rust::wacore::types::events::Event;
use whatsapp_rust::waproto::whatsapp::message::extended_text_message::FontType;

use super::companion::{Companion, Text, jid};
use crate::deadline::within;
use crate::sim::Sim;

/// Two accounts, each with one companion.
struct Two {
    sim: Sim,
    ann: Companion,
    bob: Companion,
    ann_number: String,
    bob_number: String,
}

impl Two {
    async fn linked() -> anyhow::Result<Self> {
        let sim = Sim::start().await?;
        let (ann_number, bob_number) = (sim.phone("Ann")?, sim.phone("Bob")?);
        let ann = Companion::linked(&sim, &ann_number).await?;
        let bob = Companion::linked(&sim, &bob_number).await?;
        Ok(Self { sim, ann, bob, ann_number, bob_number })
    }

    /// Lets both sides exchange a message once, so that their Signal sessions exist.
    async fn acquainted() -> anyhow::Result<Self> {
        let two = Self::linked().await?;
        two.ann.send_text(&two.bob_number, "hello, Bob").await?;
        assert_eq!(two.bob.next_text().await?.body, "hello, Bob");
        two.bob.send_text(&two.ann_number, "hello, Ann").await?;
        assert_eq!(two.ann.next_text().await?.body, "hello, Ann");
        Ok(two)
    }
}

#[tokio::test]
async fn two_companions_exchange_texts() -> anyhow::Result<()> {
    let two = Two::acquainted().await?;
    for round in 0..5 {
        let body = format!("round {round}");
        let id = two.ann.send_text(&two.bob_number, &body).await?;
        two.ann.accepted(&id).await?;
        let heard = two.bob.next_text().await?;
        assert_eq!((heard.id, heard.body, heard.from_me, heard.offline), (id, body.clone(), false, false));
        two.bob.send_text(&two.ann_number, &body).await?;
        assert_eq!(two.ann.next_text().await?.body, body);
    }
    for number in [&two.bob_number, &two.ann_number] {
        two.sim.heard(number, "round 4").await?;
        let inbox = two.sim.inbox(number)?;
        assert!(
            inbox.iter().all(|message| message.text().is_some()),
            "the phone decrypts all of it: {inbox:?}"
        );
    }
    two.sim.finish().await
}

#[tokio::test]
async fn messages_and_receipts_work_with_lids_instead_of_phone_numbers() -> anyhow::Result<()> {
    let sim = Sim::start().await?;
    let (ann, bob) = (sim.phone_with_lid("Ann")?, sim.phone_with_lid("Bob")?);
    let (first, second) = (Companion::linked(&sim, &ann).await?, Companion::linked(&sim, &bob).await?);
    sim.send(&bob, &ann, "from a phone").await?;
    assert_eq!(first.next_text().await?.body, "from a phone");
    assert_eq!(second.next_text().await?.body, "from a phone", "the sender's other device");
    for round in ["one", "two"] {
        let id = first.send_text(&bob, round).await?;
        assert_eq!(second.next_text().await?.body, round);
        first.receipt(&id, ReceiptType::Delivered).await?;
        second.send_text(&ann, round).await?;
        assert_eq!(first.next_text().await?.body, round);
        sim.heard(&bob, round).await?;
        sim.heard(&ann, round).await?;
    }
    assert_eq!((sim.retries(&ann)?, sim.retries(&bob)?), (0, 0), "one session for both forms of an address");
    sim.finish().await
}

#[tokio::test]
async fn a_companion_and_a_phone_exchange_texts() -> anyhow::Result<()> {
    let sim = Sim::start().await?;
    let (ann, bob) = (sim.phone("Ann")?, sim.phone("Bob")?);
    let companion = Companion::linked(&sim, &ann).await?;
    sim.send(&bob, &ann, "from a phone").await?;
    assert_eq!(companion.next_text().await?.body, "from a phone");
    companion.send_text(&bob, "to a phone").await?;
    sim.heard(&bob, "to a phone").await?;
    sim.send(&bob, &ann, "in the same session").await?;
    assert_eq!(companion.next_text().await?.body, "in the same session");
    sim.finish().await
}

#[tokio::test]
async fn a_message_from_one_device_also_reaches_the_phone_and_the_other_devices() -> anyhow::Result<()> {
    let two = Two::acquainted().await?;
    let second = Companion::linked(&two.sim, &two.ann_number).await?;

    two.ann.send_text(&two.bob_number, "from the first device").await?;
    let seen = second.next_text().await?;
    assert_eq!((seen.body.as_str(), seen.from_me), ("from the first device", true));
    assert_eq!(two.bob.next_text().await?.body, "from the first device");
    two.sim.heard(&two.ann_number, "from the first device").await?;

    two.bob.send_text(&two.ann_number, "to all devices").await?;
    let heard: [Text; 2] = [two.ann.next_text().await?, second.next_text().await?];
    assert!(heard.iter().all(|text| text.body == "to all devices" && !text.from_me), "{heard:?}");
    two.sim.finish().await
}

#[tokio::test]
async fn the_sender_gets_a_delivery_receipt_and_a_read_receipt() -> anyhow::Result<()> {
    let two = Two::linked().await?;
    let id = two.ann.send_text(&two.bob_number, "did you get this?").await?;
    let heard = two.bob.next_text().await?;
    two.ann.receipt(&id, ReceiptType::Delivered).await?;
    two.bob.read(&heard).await?;
    two.ann.receipt(&id, ReceiptType::Read).await?;
    two.sim.finish().await
}

#[tokio::test]
async fn messages_wait_for_a_device_that_is_away() -> anyhow::Result<()> {
    let mut two = Two::acquainted().await?;
    two.bob.hang_up().await?;
    for body in ["one", "two", "three"] {
        let id = two.ann.send_text(&two.bob_number, body).await?;
        two.ann.accepted(&id).await?;
    }
    two.bob.restart().await?;
    two.bob.connect().await?;
    for body in ["one", "two", "three"] {
        let heard = two.bob.next_text().await?;
        assert_eq!((heard.body.as_str(), heard.offline), (body, true));
    }

    two.bob.reconnect().await?;
    two.ann.send_text(&two.bob_number, "four").await?;
    assert_eq!(two.bob.next_text().await?.body, "four", "what was acknowledged does not come again");
    two.sim.finish().await
}

#[tokio::test]
async fn a_companion_that_lost_its_session_asks_for_the_message_again() -> anyhow::Result<()> {
    let mut two = Two::acquainted().await?;
    two.bob.hang_up().await?;
    for address in two.sim.signal_addresses(&two.ann_number, two.ann.device()?)? {
        two.bob.store().delete_session(&address).await?;
    }
    two.bob.restart().await?;
    two.bob.connect().await?;

    let id = two.ann.send_text(&two.bob_number, "say again?").await?;
    let heard = two.bob.next_text().await?;
    assert_eq!((heard.id, heard.body.as_str()), (id, "say again?"));
    assert!(two.sim.retries(&two.bob_number)? > 0, "it could not decrypt it at first");
    two.sim.finish().await
}

#[tokio::test]
async fn a_phone_that_lost_its_session_asks_for_the_message_again() -> anyhow::Result<()> {
    let sim = Sim::start().await?;
    let (ann, bob) = (sim.phone("Ann")?, sim.phone("Bob")?);
    let companion = Companion::linked(&sim, &ann).await?;
    sim.send(&bob, &ann, "hello").await?;
    companion.next_text().await?;
    companion.send_text(&bob, "hello yourself").await?;
    sim.heard(&bob, "hello yourself").await?;

    sim.forget_session(&bob, &ann, companion.device()?)?;
    companion.send_text(&bob, "say again?").await?;
    sim.heard(&bob, "say again?").await?;
    sim.finish().await
}

#[tokio::test]
async fn waiting_messages_are_announced_once_even_if_the_device_asks_twice() -> anyhow::Result<()> {
    let sim = Sim::start().await?;
    let (ann, bob) = (sim.phone("Ann")?, sim.phone("Bob")?);
    let mut companion = Companion::linked(&sim, &ann).await?;
    companion.hang_up().await?;
    for text in ["one", "two", "three"] {
        sim.send(&bob, &ann, text).await?;
    }
    companion.restart().await?;
    companion.connect().await?;
    for text in ["one", "two", "three"] {
        assert_eq!(companion.next_text().await?.body, text);
    }
    within("second request", companion.client().set_passive(false)).await??;
    // The answer to the ping arrives after everything that the server sent before it. So all events are here now.
    companion.ping().await?;
    let announced = companion.events_so_far(|event| match event {
        Event::OfflineSyncPreview(preview) => Some(preview.messages),
        _ => None,
    });
    let ended =
        companion.events_so_far(|event| matches!(event, Event::OfflineSyncCompleted(_)).then_some(()));
    assert_eq!((announced, ended.len()), (vec![3], 1));
    sim.finish().await
}

#[tokio::test]
async fn a_status_post_reaches_the_recipients_that_the_sender_chose() -> anyhow::Result<()> {
    let sim = Sim::start().await?;
    let (ann, bob) = (sim.phone("Ann")?, sim.phone("Bob")?);
    let companion = Companion::linked(&sim, &ann).await?;
    let friend = Companion::linked(&sim, &bob).await?;
    friend.send_text(&ann, "nice to meet you").await?;
    assert_eq!(companion.next_text().await?.body, "nice to meet you");
    let listed = [jid(&bob)];
    let status = companion.client().status();
    let posting = status.send_text(
        "Open on Sunday",
        0xFF1E_6E4F,
        FontType::SYSTEM,
        &listed,
        StatusSendOptions::default(),
    );
    within("sent status", posting).await??;
    let text = friend.next_text().await?;
    assert_eq!((text.body.as_str(), text.chat.to_string().as_str()), ("Open on Sunday", "status@broadcast"));
    sim.finish().await
}
