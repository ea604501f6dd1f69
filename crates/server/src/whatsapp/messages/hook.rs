//! The library's durability hook: WhatsApp gets the acknowledgement of a message only after the message is stored.

use std::sync::Arc;

use async_trait::async_trait;
use linekeeper_model::id::AccountId;
use linekeeper_model::message::Arrived;
use whatsapp_rust::types::durability_hook::{InboundDurabilityHook, InboundMessage};
use whatsapp_rust::{Client, Jid};

use super::backpressure::Backpressure;
use super::port::MessagePort;
use super::translate::{resent, translate};

pub(in crate::whatsapp) struct Hook {
    pub(in crate::whatsapp) account: AccountId,
    /// The fencing number of the session that the client uses.
    pub(in crate::whatsapp) epoch: i64,
    pub(in crate::whatsapp) port: Arc<dyn MessagePort>,
    pub(in crate::whatsapp) backpressure: Arc<Backpressure>,
}

#[async_trait]
impl InboundDurabilityHook for Hook {
    async fn on_messages(&self, client: Arc<Client>, batch: &[InboundMessage]) -> anyhow::Result<()> {
        let stored = self.store(&client, batch).await;
        self.backpressure.finished(batch.iter().map(|item| &*item.info.id));
        stored
    }
}

impl Hook {
    async fn store(&self, client: &Client, batch: &[InboundMessage]) -> anyhow::Result<()> {
        let mut arrivals = Vec::with_capacity(batch.len());
        for item in batch {
            arrivals.push(translate(&item.message, &item.info));
            // `item` may be an answer of the phone with messages that the phone sends again. These messages are stored
            // now, before the answer is acknowledged. The library's event about them would come too late.
            for (message, mut info) in resent(&item.message, &item.info, client.pn().as_ref()) {
                info.source.sender_alt = other_form(client, &info.source.sender).await;
                arrivals.push(translate(&message, &info));
            }
        }
        arrivals.retain(|arrival| arrival.what != Arrived::Nothing);
        if arrivals.is_empty() {
            return Ok(());
        }
        Ok(self.port.arrived(self.account, self.epoch, arrivals).await?)
    }
}

/// Returns the phone number that belongs to a LID, or the LID that belongs to a phone number. A message may arrive
/// first with the sender's phone number and later with the sender's LID, or in the opposite order. So the arrival gets
/// both.
async fn other_form(client: &Client, jid: &Jid) -> Option<Jid> {
    let known = client.get_lid_pn_entry(jid).await.ok().flatten()?;
    let hidden = jid.is_lid();
    Some(if hidden { Jid::pn(&*known.phone_number) } else { Jid::lid(&*known.lid) })
}
