//! A phone in a group. It sends its sender key to each device once, and each message as one ciphertext for all
//! devices.

use super::send::{enc, labelled};
use super::{Primary, SendError};
use crate::codec::node;
use crate::phone::Peer;
use crate::stanza::groups::from_group;
use crate::world::{Account, Group, deliver};
use std::sync::Arc;
use waproto::whatsapp as wa;

impl Primary {
    fn own_peer(&self) -> Peer {
        Peer::new(self.account.number.as_str(), 0)
    }

    /// Sends a message to all other devices in a group. Returns the number of devices.
    pub(super) async fn send_to_group(
        &mut self,
        group: &Arc<Group>,
        id: &str,
        message: &wa::Message,
    ) -> Result<usize, SendError> {
        let (name, own) = (group.jid().to_string(), self.own_peer());
        let key = self.account.phone.own_sender_key(&name, &own).await?;
        let sealed = self.account.phone.encrypt_for_group(&name, &own, message).await?;
        let mut shared = node("enc").attr("v", "2").attr("type", "skmsg").bytes(sealed).build();
        labelled(&mut shared, message);
        let mut devices = 0;
        for (account, device) in group.devices() {
            if account.number == self.account.number && device == 0 {
                continue;
            }
            let mut content = Vec::new();
            if self.keyed.insert((group.id.clone(), account.address(device))) {
                match self.seal(&account, device, &key, false).await {
                    Err(SendError::NoDevice(_)) => continue,
                    sealed => content.push(enc(&sealed?, None)),
                }
            }
            content.push(shared.clone());
            let stanza = self.group_stanza(group, id, message).children(content).build();
            deliver(&self.world, &account, device, stanza);
            devices += 1;
        }
        Ok(devices)
    }

    /// Sends a group message again, with the phone's sender key, to one device that could not decrypt it.
    pub(super) async fn send_to_member(
        &self,
        group: &Group,
        target: &Arc<Account>,
        device: u16,
        id: &str,
        message: &wa::Message,
        count: u32,
    ) -> Result<(), SendError> {
        let key = self.account.phone.own_sender_key(&group.jid().to_string(), &self.own_peer()).await?;
        let mut message = message.clone();
        message.sender_key_distribution_message = key.sender_key_distribution_message;
        let sealed = self.seal(target, device, &message, true).await?;
        let mut enc = enc(&sealed, Some(count));
        labelled(&mut enc, &message);
        let stanza = self.group_stanza(group, id, &message).children([enc]).build();
        deliver(&self.world, target, device, stanza);
        Ok(())
    }

    fn group_stanza(
        &self,
        group: &Group,
        id: &str,
        message: &wa::Message,
    ) -> wacore_binary::builder::NodeBuilder {
        let stanza = from_group(node("message"), group, &self.account, 0);
        super::send::described(stanza.attr("id", id), message)
            .attr("notify", self.account.lock().name.clone())
            .attr("t", self.world.clock.seconds())
    }
}
