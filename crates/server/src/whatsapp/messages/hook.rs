//! The library's durability hook: a message is acknowledged to WhatsApp only after it is stored.

use std::sync::Arc;

use async_trait::async_trait;
use linekeeper_model::id::AccountId;
use linekeeper_model::message::{Arrival, Arrived};
use whatsapp_rust::Client;
use whatsapp_rust::types::durability_hook::{InboundDurabilityHook, InboundMessage};

use super::port::MessagePort;
use super::translate::translate;

pub(in crate::whatsapp) struct Hook {
    pub(in crate::whatsapp) account: AccountId,
    /// The fencing number of the session that the client runs over.
    pub(in crate::whatsapp) epoch: i64,
    pub(in crate::whatsapp) port: Arc<dyn MessagePort>,
}

#[async_trait]
impl InboundDurabilityHook for Hook {
    async fn on_messages(&self, _: Arc<Client>, batch: &[InboundMessage]) -> anyhow::Result<()> {
        let arrivals: Vec<Arrival> = batch
            .iter()
            .map(|item| translate(&item.message, &item.info))
            .filter(|arrival| arrival.what != Arrived::Nothing)
            .collect();
        if arrivals.is_empty() {
            return Ok(());
        }
        Ok(self.port.arrived(self.account, self.epoch, arrivals).await?)
    }
}
