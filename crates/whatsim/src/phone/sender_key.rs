//! Sender keys: each device has one key for each group, and encrypts a message once for all members.

use super::{Peer, Phone, SignalError};
use async_trait::async_trait;
use wacore::messages::MessageUtils;
use wacore_libsignal::protocol::{
    SenderKeyDistributionMessage, SenderKeyName, SenderKeyRecord, SenderKeyStore, SignalProtocolError,
    create_sender_key_distribution_message, group_decrypt, group_encrypt,
    process_sender_key_distribution_message,
};
use waproto::whatsapp as wa;

use super::session::ENC_VERSION;
use super::store::Stores;

#[async_trait]
impl SenderKeyStore for Stores {
    async fn store_sender_key(
        &mut self,
        name: &SenderKeyName,
        record: SenderKeyRecord,
    ) -> Result<(), SignalProtocolError> {
        self.put_sender_key(name.cache_key(), record);
        Ok(())
    }

    async fn load_sender_key(
        &self,
        name: &SenderKeyName,
    ) -> Result<Option<SenderKeyRecord>, SignalProtocolError> {
        Ok(self.sender_key(name.cache_key()))
    }
}

fn name(group: &str, peer: &Peer) -> SenderKeyName {
    SenderKeyName::from_parts(group, &peer.to_string())
}

impl Phone {
    /// Builds the message that contains the phone's own sender key for a group. The phone must send it to each
    /// device in the group.
    ///
    /// # Errors
    /// When libsignal refuses.
    pub async fn own_sender_key(&self, group: &str, own: &Peer) -> Result<wa::Message, SignalError> {
        let _turn = self.shared.ratchet.lock().await;
        let mut stores = self.shared.stores.clone();
        let mut rng = self.shared.entropy.fork();
        let key = create_sender_key_distribution_message(&name(group, own), &mut stores, &mut rng).await;
        let key = key.map_err(SignalError::protocol(own))?;
        Ok(wa::Message {
            sender_key_distribution_message: buffa::MessageField::some(
                wa::message::SenderKeyDistributionMessage {
                    group_id: Some(group.to_owned()),
                    axolotl_sender_key_distribution_message: Some(key.serialized().to_vec()),
                },
            ),
            ..Default::default()
        })
    }

    /// Encrypts a message for all devices that got the phone's key.
    ///
    /// # Errors
    /// When libsignal refuses.
    pub async fn encrypt_for_group(
        &self,
        group: &str,
        own: &Peer,
        message: &wa::Message,
    ) -> Result<Vec<u8>, SignalError> {
        let _turn = self.shared.ratchet.lock().await;
        let mut stores = self.shared.stores.clone();
        let mut rng = self.shared.entropy.fork();
        let padded = MessageUtils::encode_and_pad(message);
        let sealed = group_encrypt(&mut stores, &name(group, own), &padded, &mut rng).await;
        Ok(sealed.map_err(SignalError::protocol(own))?.serialized().to_vec())
    }

    /// Stores another device's key for a group.
    ///
    /// # Errors
    /// When the key is invalid.
    pub async fn accept_sender_key(&self, group: &str, peer: &Peer, key: &[u8]) -> Result<(), SignalError> {
        let key = SenderKeyDistributionMessage::try_from(key).map_err(SignalError::protocol(peer))?;
        let _turn = self.shared.ratchet.lock().await;
        let mut stores = self.shared.stores.clone();
        let taken = process_sender_key_distribution_message(&name(group, peer), &key, &mut stores).await;
        taken.map_err(SignalError::protocol(peer))
    }

    /// Decrypts a message that another device sent to a group.
    ///
    /// # Errors
    /// As for [`Phone::decrypt`].
    pub async fn decrypt_for_group(
        &self,
        group: &str,
        peer: &Peer,
        bytes: &[u8],
    ) -> Result<wa::Message, SignalError> {
        let _turn = self.shared.ratchet.lock().await;
        let mut stores = self.shared.stores.clone();
        let opened = group_decrypt(bytes, &mut stores, &name(group, peer)).await;
        let opened = opened.map_err(SignalError::protocol(peer))?;
        wacore::messages::decode_plaintext(&opened, ENC_VERSION)
            .map_err(|error| SignalError::Plaintext { peer: peer.clone(), reason: error.to_string() })
    }
}
