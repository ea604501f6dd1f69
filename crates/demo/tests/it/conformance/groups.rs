//! Groups: sender keys between phones and companions, in both directions.

use whatsapp_rust::Jid;
use whatsapp_rust::types::presence::ReceiptType;
use whatsim::NewGroup;

use super::companion::Companion;
use crate::deadline::within;
use crate::sim::Sim;

async fn talk(lid: bool) -> anyhow::Result<()> {
    let sim = Sim::start().await?;
    let (ann, bob, cid) = (sim.phone("Ann")?, sim.phone("Bob")?, sim.phone("Cid")?);
    let (first, second) = (Companion::linked(&sim, &ann).await?, Companion::linked(&sim, &bob).await?);
    let new = NewGroup {
        subject: "Choir".to_owned(),
        creator: cid.clone(),
        members: vec![ann.clone(), bob.clone()],
        lid,
    };
    let group = sim.phones().create_group(new)?;
    let address: Jid = group.id.parse()?;

    let known = within("groups", first.client().groups().get_participating()).await??;
    assert_eq!(known.get(&address).map(|group| group.subject.as_str()), Some("Choir"));

    sim.send(&cid, &group.id, "who sings?").await?;
    for companion in [&first, &second] {
        let heard = companion.next_text().await?;
        assert_eq!((heard.chat, heard.body.as_str()), (address.clone(), "who sings?"));
    }
    for round in ["one", "two"] {
        let sent = within("sent message", first.client().send_text(address.clone(), round)).await??;
        assert_eq!(second.next_text().await?.body, round);
        first.receipt(&sent.message_id, ReceiptType::Delivered).await?;
        for phone in [&ann, &bob, &cid] {
            let heard = sim.received(phone, &sent.message_id).await?;
            assert_eq!((heard.chat, heard.from_me), (group.id.clone(), phone == &ann));
        }
        sim.send(&bob, &group.id, "from a phone").await?;
        assert_eq!(first.next_text().await?.body, "from a phone");
        assert_eq!(second.next_text().await?.body, "from a phone", "the sender's other device");
    }
    assert_eq!((sim.retries(&ann)?, sim.retries(&bob)?), (0, 0));
    sim.finish().await
}

#[tokio::test]
async fn members_of_a_group_that_uses_phone_numbers_exchange_messages() -> anyhow::Result<()> {
    talk(false).await
}

#[tokio::test]
async fn members_of_a_group_that_uses_lids_exchange_messages() -> anyhow::Result<()> {
    talk(true).await
}
