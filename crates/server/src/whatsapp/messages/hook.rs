//! The library's durability hook: a message is acknowledged to WhatsApp only after it is stored.

use std::sync::Arc;

use async_trait::async_trait;
use linekeeper_model::id::AccountId;
use linekeeper_model::message::Arrived;
use whatsapp_rust::types::durability_hook::{InboundDurabilityHook, InboundMessage};
use whatsapp_rust::{Client, Jid};

use super::port::MessagePort;
use super::translate::{resent, translate};

pub(in crate::whatsapp) struct Hook {
    pub(in crate::whatsapp) account: AccountId,
    /// The fencing number of the session that the client runs over.
    pub(in crate::whatsapp) epoch: i64,
    pub(in crate::whatsapp) port: Arc<dyn MessagePort>,
}

#[async_trait]
impl InboundDurabilityHook for Hook {
    async fn on_messages(&self, client: Arc<Client>, batch: &[InboundMessage]) -> anyhow::Result<()> {
        let mut arrivals = Vec::with_capacity(batch.len());
        for item in batch {
            arrivals.push(translate(&item.message, &item.info));
            // What the phone sends again is acknowledged with its answer: the event that follows would be too late.
            for (message, mut info) in resent(&item.message, &item.info, client.pn().as_ref()) {
                info.source.sender_alt = other_form(&client, &info.source.sender).await;
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

/// The number of a hidden address, or the other way round: a message may come first under one and then under the other.
async fn other_form(client: &Client, jid: &Jid) -> Option<Jid> {
    let known = client.get_lid_pn_entry(jid).await.ok().flatten()?;
    let hidden = jid.is_lid();
    Some(if hidden { Jid::pn(&*known.phone_number) } else { Jid::lid(&*known.lid) })
}
