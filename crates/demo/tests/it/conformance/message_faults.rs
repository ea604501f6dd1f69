//! Faults of single messages, and how the client and the phones recover from them.

use serde_json::json;
use whatsapp_rust::SendOptions;
use whatsapp_rust::waproto::whatsapp as wa;

use super::companion::{Companion, jid};
use crate::deadline::within;
use crate::sim::Sim;

struct Both {
    sim: Sim,
    ann: String,
    bob: String,
    companion: Companion,
}

impl Both {
    /// Ann's companion and Bob's phone, with a Signal session between them.
    async fn acquainted() -> anyhow::Result<Self> {
        let sim = Sim::start().await?;
        let (ann, bob) = (sim.phone("Ann")?, sim.phone("Bob")?);
        let companion = Companion::linked(&sim, &ann).await?;
        sim.send(&bob, &ann, "hello").await?;
        assert_eq!(companion.next_text().await?.body, "hello");
        companion.send_text(&bob, "hello yourself").await?;
        sim.heard(&bob, "hello yourself").await?;
        Ok(Self { sim, ann, bob, companion })
    }

    /// Sends a text with an id that the caller chose.
    async fn send_as(&self, id: &str, text: &str) -> anyhow::Result<()> {
        let message = wa::Message { conversation: Some(text.to_owned()), ..Default::default() };
        let options = SendOptions::default().with_message_id(id);
        let client = self.companion.client();
        within("sent message", client.send_message_with_options(jid(&self.bob), message, options)).await??;
        Ok(())
    }
}

#[tokio::test]
async fn a_damaged_message_is_sent_again() -> anyhow::Result<()> {
    let both = Both::acquainted().await?;
    both.sim.named_fault(&both.ann, "corrupt_ciphertext", json!({}), Some(1))?;
    both.sim.send(&both.bob, &both.ann, "can you read this?").await?;
    assert_eq!(both.companion.next_text().await?.body, "can you read this?");
    assert!(both.sim.retries(&both.ann)? > 0);
    both.sim.finish().await
}

#[tokio::test]
async fn a_message_that_stays_undecryptable_is_resent_by_the_accounts_own_phone() -> anyhow::Result<()> {
    let both = Both::acquainted().await?;
    both.sim.named_fault(&both.ann, "corrupt_ciphertext", json!({}), None)?;
    both.sim.send(&both.bob, &both.ann, "only the phone can read this").await?;
    assert_eq!(both.companion.next_text().await?.body, "only the phone can read this");
    both.sim.finish().await
}

#[tokio::test]
async fn a_duplicated_message_is_reported_once() -> anyhow::Result<()> {
    let both = Both::acquainted().await?;
    both.sim.named_fault(&both.ann, "duplicate", json!({}), Some(1))?;
    both.sim.send(&both.bob, &both.ann, "doubled").await?;
    both.sim.send(&both.bob, &both.ann, "after").await?;
    assert_eq!(both.companion.next_text().await?.body, "doubled");
    assert_eq!(both.companion.next_text().await?.body, "after");
    both.sim.finish().await
}

#[tokio::test]
async fn a_message_without_an_ack_can_be_sent_again() -> anyhow::Result<()> {
    let both = Both::acquainted().await?;
    both.sim.named_fault(&both.ann, "no_ack", json!({}), Some(1))?;
    both.send_as("3EB0AA", "once").await?;
    both.sim.received(&both.bob, "3EB0AA").await?;
    both.send_as("3EB0AA", "once").await?;
    assert_eq!(both.companion.acknowledged("3EB0AA").await?, None);
    assert_eq!(both.sim.repeats(), 1, "the server has it already");

    both.sim.named_fault(&both.ann, "no_ack", json!({ "lost": true }), Some(1))?;
    both.send_as("3EB0BB", "lost at first").await?;
    both.send_as("3EB0BB", "lost at first").await?;
    assert_eq!(both.companion.acknowledged("3EB0BB").await?, None);
    both.sim.received(&both.bob, "3EB0BB").await?;
    assert_eq!(both.sim.repeats(), 1, "what was lost is no repeat");
    assert_eq!(both.sim.inbox(&both.bob)?.iter().filter(|message| message.id == "3EB0AA").count(), 1);
    both.sim.finish().await
}

#[tokio::test]
async fn a_late_ack_is_accepted_and_the_id_of_a_refused_message_is_reusable() -> anyhow::Result<()> {
    let both = Both::acquainted().await?;
    both.sim.named_fault(&both.ann, "slow_ack", json!({ "delayMs": 200 }), Some(1))?;
    both.send_as("3EB0CC", "taken at once").await?;
    both.sim.received(&both.bob, "3EB0CC").await?;
    assert_eq!(both.companion.acknowledged("3EB0CC").await?, None);
    for code in ["463", "479", "429"] {
        let params = json!({ "code": code.parse::<u16>()? });
        both.sim.named_fault(&both.ann, "ack_error", params, Some(1))?;
        let id = format!("3EB0{code}");
        both.send_as(&id, "refused").await?;
        assert_eq!(both.companion.acknowledged(&id).await?.as_deref(), Some(code));
        assert!(both.sim.inbox(&both.bob)?.iter().all(|message| message.id != id));
        both.send_as(&id, "taken").await?;
        assert_eq!(both.companion.acknowledged(&id).await?, None, "a refused id may be used again");
    }
    both.sim.finish().await
}
