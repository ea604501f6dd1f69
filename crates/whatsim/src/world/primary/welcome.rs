//! The first messages to a device that was just linked: the app-state key, which the device needs to finish its
//! first login, and the history. They are queued before the device logs in, so that they come before everything
//! else.

use super::log::Known;
use super::send::enc;
use super::{Primary, SendError};
use crate::codec::node;
use crate::world::message_id;
use waproto::whatsapp as wa;

impl Primary {
    pub(super) async fn welcome(&mut self, device: u16) -> Result<(), SendError> {
        let now = self.world.clock.seconds();
        let name = self.account.lock().name.clone();
        let phone = &self.account.phone;
        let first =
            [phone.app_state_key_share(now), phone.history_bootstrap(&self.account.number, &name, now)];
        for message in first {
            self.tell_device(device, &message).await?;
        }
        Ok(())
    }

    /// Sends the app-state key to a device that asks for it again.
    pub(super) async fn share_app_state_key(&mut self, device: u16) {
        let message = self.account.phone.app_state_key_share(self.world.clock.seconds());
        if let Err(error) = self.tell_device(device, &message).await {
            tracing::warn!(%error, "the phone could not share its app-state key");
        }
    }

    async fn tell_device(&mut self, device: u16, message: &wa::Message) -> Result<(), SendError> {
        let id = message_id(&mut rand::rng());
        self.send_peer(device, &id, message, None).await?;
        self.log.remember(&id, Known::new(None, &self.account, self.world.clock.seconds(), message));
        Ok(())
    }

    /// Sends a message to another device of the same account. No person sees such messages.
    pub(super) async fn send_peer(
        &self,
        device: u16,
        id: &str,
        message: &wa::Message,
        retry: Option<u32>,
    ) -> Result<(), SendError> {
        let sealed = self.seal(&self.account, device, message, retry.is_some()).await?;
        let stanza = node("message")
            .attr("from", self.account.pn_jid(0))
            .attr("id", id)
            .attr("type", "text")
            .attr("category", "peer")
            .attr("t", self.world.clock.seconds())
            .attr("notify", "")
            .children([enc(&sealed, retry)])
            .build();
        self.account.deliver(device, stanza);
        Ok(())
    }
}
