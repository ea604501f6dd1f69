//! A linked device as the server sees it: its public keys, its queue and its connection.

use super::{Fleeting, Queue};
use crate::conn::Link;
use std::collections::VecDeque;
use std::sync::Arc;
use wacore_libsignal::protocol::{IdentityKey, PreKeyBundle, PublicKey};

/// A signed prekey as the device uploaded it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SignedPreKey {
    /// The id, 24 bits.
    pub id: u32,
    /// The public key, 32 bytes.
    pub public: Vec<u8>,
    /// The identity key's signature, 64 bytes.
    pub signature: Vec<u8>,
}

/// A one-time prekey as the device uploaded it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PreKey {
    /// The id, 24 bits.
    pub id: u32,
    /// The public key, 32 bytes.
    pub public: Vec<u8>,
}

/// Why keys that a device uploaded are invalid.
#[derive(Debug, thiserror::Error, PartialEq, Eq)]
pub enum KeyError {
    /// The bytes are not a public key.
    #[error("{0} is no public key")]
    NotAKey(&'static str),
    /// The identity did not sign the signed prekey.
    #[error("the signed prekey's signature does not verify")]
    Signature,
}

/// The keys that others need to start a Signal session with a device.
#[derive(Debug, Clone)]
pub struct DeviceKeys {
    /// The device's identity key.
    pub identity: [u8; 32],
    /// The device's Signal registration id.
    pub registration_id: u32,
    /// The device's current signed prekey.
    pub signed_prekey: SignedPreKey,
    /// The device's unused one-time prekeys, oldest first.
    pub prekeys: VecDeque<PreKey>,
    /// Whether the device has uploaded prekeys. Before the first upload, the server has no bundle of the device.
    pub uploaded: bool,
}

impl DeviceKeys {
    /// Checks that `identity` signed the prekey, as WhatsApp's server does before it gives the prekey to others.
    ///
    /// # Errors
    /// When a key is invalid, or the signature is not by `identity`.
    pub fn verify(identity: &[u8; 32], key: &SignedPreKey) -> Result<(), KeyError> {
        let signer = public(identity, "identity")?;
        let signed = public(&key.public, "signed prekey")?;
        if signer.verify_signature(&signed.serialize(), &key.signature) {
            Ok(())
        } else {
            Err(KeyError::Signature)
        }
    }

    /// Returns a bundle with which a phone of the simulation can start a Signal session. This uses up a one-time
    /// prekey if there is one.
    ///
    /// # Errors
    /// When an uploaded key is invalid.
    pub fn take_bundle(&mut self) -> Result<PreKeyBundle, KeyError> {
        let one_time = match self.prekeys.pop_front() {
            Some(key) => Some((key.id.into(), public(&key.public, "prekey")?)),
            None => None,
        };
        PreKeyBundle::new(
            self.registration_id,
            0.into(),
            one_time,
            self.signed_prekey.id.into(),
            public(&self.signed_prekey.public, "signed prekey")?,
            self.signed_prekey.signature.clone(),
            IdentityKey::new(public(&self.identity, "identity")?),
        )
        .map_err(|_| KeyError::NotAKey("bundle"))
    }
}

fn public(bytes: &[u8], what: &'static str) -> Result<PublicKey, KeyError> {
    PublicKey::from_djb_public_key_bytes(bytes).map_err(|_| KeyError::NotAKey(what))
}

/// Whether a device is connected, and whether its stanzas are sent at once.
pub enum Presence {
    /// The device is not connected. Its stanzas wait.
    Offline,
    /// The device has logged in but has not become active yet. Its stanzas still wait.
    Passive(Arc<Link>),
    /// The device is active. Its stanzas are sent at once.
    Active(Arc<Link>),
}

/// A linked device.
pub struct Device {
    /// The Noise static key with which the device proves who it is.
    pub noise_key: [u8; 32],
    /// The device's Signal keys.
    pub keys: DeviceKeys,
    /// The device's ADV identity, as other devices get it. It contains the phone's signature and the device's
    /// signature.
    pub signed_identity: Vec<u8>,
    /// The device's key index. The phone signs a list of these indexes for the account. The index is never 0.
    pub key_index: u32,
    /// The platform that the device reports.
    pub platform: String,
    /// The stanzas that the device has not acknowledged.
    pub queue: Queue,
    /// Whether the device is connected, and whether it is active.
    pub presence: Presence,
    /// The typing states and presences that arrived while the device was away. They are kept for a short time
    /// only.
    pub fleeting: Fleeting,
    /// The time of the device's last login, in seconds since 1970.
    pub last_login: Option<u64>,
    /// The number of delivery receipts that the device sent. A receipt for several messages counts once for each
    /// message.
    pub delivered: u64,
    /// The number of retry receipts that the device sent, for messages that it could not decrypt.
    pub retries: u64,
}

impl Device {
    /// The device's connection, active or not.
    pub fn link(&self) -> Option<&Arc<Link>> {
        match &self.presence {
            Presence::Offline => None,
            Presence::Passive(link) | Presence::Active(link) => Some(link),
        }
    }

    /// Keeps a stanza until it is acknowledged, and sends it if the device is active.
    pub fn deliver(&mut self, node: Arc<wacore_binary::Node>) {
        if let Presence::Active(link) = &self.presence {
            link.send(node.clone());
        }
        self.queue.push(node);
    }

    /// Sends a stanza that is soon out of date, such as typing or presence. If the device is away, the stanza is
    /// kept for a short time and is not put into the queue.
    pub fn send_now(&mut self, node: Arc<wacore_binary::Node>, now: u64) {
        match &self.presence {
            Presence::Active(link) => link.send(node),
            Presence::Passive(_) | Presence::Offline => self.fleeting.keep(node, now),
        }
    }

    /// Sends the typing states and presences that arrived while the device was away, unless they are too old.
    pub fn catch_up(&mut self, now: u64) {
        if let Presence::Active(link) = &self.presence {
            for node in self.fleeting.take(now) {
                link.send(node);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use wacore_libsignal::protocol::KeyPair;

    #[test]
    fn a_prekey_signature_of_another_identity_is_refused() {
        let mut rng = rand::rng();
        let (identity, other, prekey) =
            (KeyPair::generate(&mut rng), KeyPair::generate(&mut rng), KeyPair::generate(&mut rng));
        let bytes: [u8; 32] = identity.public_key.public_key_bytes().try_into().unwrap();
        let signed_by = |signer: &KeyPair| SignedPreKey {
            id: 1,
            public: prekey.public_key.public_key_bytes().to_vec(),
            signature: signer
                .calculate_signature(&prekey.public_key.serialize(), &mut rand::rng())
                .unwrap()
                .to_vec(),
        };
        assert_eq!(DeviceKeys::verify(&bytes, &signed_by(&identity)), Ok(()));
        assert_eq!(DeviceKeys::verify(&bytes, &signed_by(&other)), Err(KeyError::Signature));
        let short = SignedPreKey { public: vec![1, 2], ..signed_by(&identity) };
        assert_eq!(DeviceKeys::verify(&bytes, &short), Err(KeyError::NotAKey("signed prekey")));
    }
}
