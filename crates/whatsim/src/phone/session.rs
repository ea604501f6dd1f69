//! Signal sessions with single devices: encrypt a message for one device, and decrypt a message from one device.

use wacore::messages::MessageUtils;
use wacore_libsignal::protocol::{
    CiphertextMessage, PreKeyBundle, PreKeySignalMessage, SignalMessage, SignalProtocolError, UsePQRatchet,
    message_decrypt, message_encrypt, process_prekey_bundle,
};
use waproto::whatsapp as wa;

use super::{Peer, Phone};

/// The value of `v` in `<enc v="2">`. In version 2, plaintexts are padded with 1 to 16 bytes. Each of these bytes
/// contains the length of the padding.
pub(super) const ENC_VERSION: u8 = 2;

/// The `type` of an `<enc>` node, for one-to-one messages.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum EncKind {
    /// A message that contains the keys to start a session. The sender uses this kind until the other side has
    /// answered.
    Pkmsg,
    /// A message in an established session.
    Msg,
}

impl EncKind {
    /// The value of the `type` attribute.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Pkmsg => "pkmsg",
            Self::Msg => "msg",
        }
    }

    /// Reads the `type` attribute. Returns `None` for kinds that are not one-to-one.
    pub fn parse(attribute: &str) -> Option<Self> {
        match attribute {
            "pkmsg" => Some(Self::Pkmsg),
            "msg" => Some(Self::Msg),
            _ => None,
        }
    }
}

/// A message encrypted for one device: the content of an `<enc>` node.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Sealed {
    /// The kind of the message, for the `type` attribute.
    pub kind: EncKind,
    /// The serialized Signal message.
    pub bytes: Vec<u8>,
}

/// Why a message could not be encrypted or decrypted.
#[derive(Debug, thiserror::Error)]
pub enum SignalError {
    /// There is no session. To encrypt, the caller must pass the peer's prekey bundle. To decrypt, the peer must
    /// start a new session, so the caller must send a retry receipt.
    #[error("no signal session with {0}")]
    NoSession(Peer),
    /// A key or a counter is wrong, bytes are damaged, or a bundle has an invalid signature.
    #[error("signal session with {peer} failed")]
    Protocol {
        /// The device that the session is with.
        peer: Peer,
        /// The error of libsignal.
        #[source]
        source: SignalProtocolError,
    },
    /// The decrypted bytes are not a message. The sender's software is wrong, so a retry would not help.
    #[error("plaintext from {peer} is no message: {reason}")]
    Plaintext {
        /// The device that the session is with.
        peer: Peer,
        /// What is wrong with the message.
        reason: String,
    },
}

impl SignalError {
    /// Whether the error means that the message was decrypted before. A phone deletes each message key after use,
    /// so it cannot decrypt a message twice.
    pub fn is_repeat(&self) -> bool {
        matches!(self, Self::Protocol { source: SignalProtocolError::DuplicatedMessage(..), .. })
    }

    pub(super) fn protocol(peer: &Peer) -> impl FnOnce(SignalProtocolError) -> Self + '_ {
        move |source| match source {
            SignalProtocolError::SessionNotFound(_) => Self::NoSession(peer.clone()),
            source => Self::Protocol { peer: peer.clone(), source },
        }
    }
}

impl Phone {
    /// Whether a message can be encrypted for `peer` without its prekey bundle.
    pub fn has_session(&self, peer: &Peer) -> bool {
        self.shared.stores.has_session(&peer.address())
    }

    /// Deletes the session, so that the next message needs a bundle. Callers use this after retry receipts and for
    /// removed devices.
    pub fn forget_session(&self, peer: &Peer) {
        self.shared.stores.forget_session(&peer.address());
    }

    /// Pads and encrypts a message. A `bundle` starts a new session, even if there is one.
    ///
    /// # Errors
    /// [`SignalError::NoSession`] if there is neither a session nor a bundle. [`SignalError::Protocol`] if the bundle
    /// is not signed by its identity.
    pub async fn encrypt(
        &self,
        peer: &Peer,
        bundle: Option<&PreKeyBundle>,
        message: &wa::Message,
    ) -> Result<Sealed, SignalError> {
        let address = peer.address();
        let (mut sessions, mut identities) = (self.shared.stores.clone(), self.shared.stores.clone());
        let _turn = self.shared.ratchet.lock().await;
        if let Some(bundle) = bundle {
            let mut rng = self.shared.entropy.fork();
            process_prekey_bundle(
                &address,
                &mut sessions,
                &mut identities,
                bundle,
                &mut rng,
                UsePQRatchet::No,
            )
            .await
            .map_err(SignalError::protocol(peer))?;
        }
        let padded = MessageUtils::encode_and_pad(message);
        match message_encrypt(&padded, &address, &mut sessions, &mut identities)
            .await
            .map_err(SignalError::protocol(peer))?
        {
            CiphertextMessage::PreKeySignalMessage(sealed) => {
                Ok(Sealed { kind: EncKind::Pkmsg, bytes: sealed.serialized().to_vec() })
            }
            CiphertextMessage::SignalMessage(sealed) => {
                Ok(Sealed { kind: EncKind::Msg, bytes: sealed.serialized().to_vec() })
            }
            CiphertextMessage::SenderKeyMessage(_) | CiphertextMessage::PlaintextContent(_) => {
                unreachable!("a pairwise session makes pairwise messages")
            }
        }
    }

    /// Decrypts, unpads and decodes a message. If the message used a prekey, the prekey is deleted.
    ///
    /// # Errors
    /// After [`SignalError::NoSession`] and [`SignalError::Protocol`], the phone must send a retry receipt. After
    /// [`SignalError::Plaintext`], a retry would not help.
    pub async fn decrypt(
        &self,
        peer: &Peer,
        kind: EncKind,
        bytes: &[u8],
    ) -> Result<wa::Message, SignalError> {
        let stores = &self.shared.stores;
        let sealed = parse(kind, bytes).map_err(SignalError::protocol(peer))?;
        let _turn = self.shared.ratchet.lock().await;
        let opened = message_decrypt(
            &sealed,
            &peer.address(),
            &mut stores.clone(),
            &mut stores.clone(),
            &mut stores.clone(),
            stores,
            &mut self.shared.entropy.fork(),
            UsePQRatchet::No,
        )
        .await
        .map_err(SignalError::protocol(peer))?;
        if let Some(id) = opened.consumed_prekey_id {
            stores.forget_prekey(id);
        }
        wacore::messages::decode_plaintext(&opened.plaintext, ENC_VERSION)
            .map_err(|error| SignalError::Plaintext { peer: peer.clone(), reason: error.to_string() })
    }
}

fn parse(kind: EncKind, bytes: &[u8]) -> Result<CiphertextMessage, SignalProtocolError> {
    Ok(match kind {
        EncKind::Pkmsg => CiphertextMessage::PreKeySignalMessage(PreKeySignalMessage::try_from(bytes)?),
        EncKind::Msg => CiphertextMessage::SignalMessage(SignalMessage::try_from(bytes)?),
    })
}

#[cfg(test)]
mod tests {
    use rand::SeedableRng;
    use rand::rngs::StdRng;
    use wacore_libsignal::protocol::{IdentityKey, PublicKey};

    use super::*;
    use crate::phone::PhoneBundle;

    fn key(bytes: &[u8; 32]) -> PublicKey {
        PublicKey::from_djb_public_key_bytes(bytes).unwrap()
    }

    fn bundle(served: &PhoneBundle) -> PreKeyBundle {
        PreKeyBundle::new(
            served.registration_id,
            0.into(),
            Some((served.prekey_id.into(), key(&served.prekey))),
            served.signed_prekey_id.into(),
            key(&served.signed_prekey),
            served.signed_prekey_signature.to_vec(),
            IdentityKey::new(key(&served.identity)),
        )
        .unwrap()
    }

    fn text(body: &str) -> wa::Message {
        wa::Message { conversation: Some(body.into()), ..Default::default() }
    }

    struct Pair {
        ann: Phone,
        bob: Phone,
        to_ann: Peer,
        to_bob: Peer,
    }

    fn pair() -> Pair {
        Pair {
            ann: Phone::generate(&mut StdRng::seed_from_u64(1)),
            bob: Phone::generate(&mut StdRng::seed_from_u64(2)),
            to_ann: Peer::new("15550000001", 0),
            to_bob: Peer::new("15550000002", 0),
        }
    }

    impl Pair {
        async fn ann_says(&self, start: Option<&PreKeyBundle>, body: &str) -> (EncKind, Option<String>) {
            let sealed = self.ann.encrypt(&self.to_bob, start, &text(body)).await.unwrap();
            let opened = self.bob.decrypt(&self.to_ann, sealed.kind, &sealed.bytes).await.unwrap();
            (sealed.kind, opened.conversation)
        }

        async fn bob_says(&self, body: &str) -> (EncKind, Option<String>) {
            let sealed = self.bob.encrypt(&self.to_ann, None, &text(body)).await.unwrap();
            let opened = self.ann.decrypt(&self.to_bob, sealed.kind, &sealed.bytes).await.unwrap();
            (sealed.kind, opened.conversation)
        }
    }

    #[tokio::test]
    async fn two_phones_exchange_messages() {
        let pair = pair();
        let start = bundle(&pair.bob.prekey_bundle());
        assert_eq!(pair.ann_says(Some(&start), "one").await, (EncKind::Pkmsg, Some("one".into())));
        assert_eq!(pair.ann_says(None, "two").await, (EncKind::Pkmsg, Some("two".into())), "until answered");
        assert_eq!(pair.bob_says("three").await, (EncKind::Msg, Some("three".into())));
        assert_eq!(pair.ann_says(None, "four").await, (EncKind::Msg, Some("four".into())));
        assert_eq!(pair.bob_says("five").await, (EncKind::Msg, Some("five".into())));
    }

    #[tokio::test]
    async fn a_lost_session_is_noticed_and_a_new_one_is_started() {
        let pair = pair();
        pair.ann_says(Some(&bundle(&pair.bob.prekey_bundle())), "one").await;
        pair.bob_says("two").await;

        pair.bob.forget_session(&pair.to_ann);
        let sealed = pair.ann.encrypt(&pair.to_bob, None, &text("lost")).await.unwrap();
        let missed = pair.bob.decrypt(&pair.to_ann, sealed.kind, &sealed.bytes).await.unwrap_err();
        assert!(matches!(missed, SignalError::NoSession(peer) if peer == pair.to_ann));
        assert!(!pair.bob.has_session(&pair.to_ann));

        let again = bundle(&pair.bob.prekey_bundle());
        assert_eq!(pair.ann_says(Some(&again), "again").await, (EncKind::Pkmsg, Some("again".into())));
        assert!(pair.bob.has_session(&pair.to_ann));
    }

    #[tokio::test]
    async fn a_message_encrypted_before_a_new_session_can_still_be_decrypted() {
        let pair = pair();
        pair.ann_says(Some(&bundle(&pair.bob.prekey_bundle())), "one").await;
        pair.bob_says("two").await;
        let early = pair.ann.encrypt(&pair.to_bob, None, &text("on its way")).await.unwrap();
        // Bob starts a new session while Ann's message is on its way to him.
        let anew = bundle(&pair.ann.prekey_bundle());
        pair.bob.encrypt(&pair.to_ann, Some(&anew), &text("again")).await.unwrap();
        let opened = pair.bob.decrypt(&pair.to_ann, early.kind, &early.bytes).await.unwrap();
        assert_eq!(opened.conversation.as_deref(), Some("on its way"));
    }

    #[tokio::test]
    async fn encrypting_without_a_session_or_a_bundle_fails() {
        let pair = pair();
        let error = pair.ann.encrypt(&pair.to_bob, None, &text("hello")).await.unwrap_err();
        assert!(matches!(error, SignalError::NoSession(_)));
    }

    #[tokio::test]
    async fn damaged_bytes_do_not_decrypt_and_leave_the_session_intact() {
        let pair = pair();
        pair.ann_says(Some(&bundle(&pair.bob.prekey_bundle())), "one").await;
        pair.bob_says("two").await;
        let sealed = pair.ann.encrypt(&pair.to_bob, None, &text("three")).await.unwrap();
        let mut damaged = sealed.bytes.clone();
        let last = damaged.len() - 12;
        damaged[last] ^= 0x55;
        let error = pair.bob.decrypt(&pair.to_ann, sealed.kind, &damaged).await.unwrap_err();
        assert!(matches!(error, SignalError::Protocol { .. }));
        let opened = pair.bob.decrypt(&pair.to_ann, sealed.kind, &sealed.bytes).await.unwrap();
        assert_eq!(opened.conversation.as_deref(), Some("three"));
    }

    #[tokio::test]
    async fn a_bundle_with_a_wrong_signature_is_refused() {
        let pair = pair();
        let mut served = pair.bob.prekey_bundle();
        served.identity = pair.ann.identity();
        let error = pair.ann.encrypt(&pair.to_bob, Some(&bundle(&served)), &text("hello")).await.unwrap_err();
        assert!(matches!(error, SignalError::Protocol { .. }));
        assert!(!pair.ann.has_session(&pair.to_bob));
    }

    #[tokio::test]
    async fn a_prekey_starts_only_one_session() {
        let pair = pair();
        let start = bundle(&pair.bob.prekey_bundle());
        pair.ann_says(Some(&start), "one").await;
        let cat = Phone::generate(&mut StdRng::seed_from_u64(3));
        let sealed = cat.encrypt(&pair.to_bob, Some(&start), &text("me too")).await.unwrap();
        let error =
            pair.bob.decrypt(&Peer::new("15550000003", 0), sealed.kind, &sealed.bytes).await.unwrap_err();
        assert!(matches!(error, SignalError::Protocol { source: SignalProtocolError::InvalidPreKeyId, .. }));
    }

    #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
    async fn concurrent_senders_never_use_the_same_counter() {
        let pair = pair();
        pair.ann_says(Some(&bundle(&pair.bob.prekey_bundle())), "hello").await;
        pair.bob_says("hello").await;
        let mut sends = tokio::task::JoinSet::new();
        for n in 0..64 {
            let (ann, to_bob) = (pair.ann.clone(), pair.to_bob.clone());
            sends.spawn(async move { ann.encrypt(&to_bob, None, &text(&n.to_string())).await.unwrap() });
        }
        let mut heard = Vec::new();
        while let Some(sealed) = sends.join_next().await {
            let sealed = sealed.unwrap();
            let opened = pair.bob.decrypt(&pair.to_ann, sealed.kind, &sealed.bytes).await.unwrap();
            heard.push(opened.conversation.unwrap().parse::<u32>().unwrap());
        }
        heard.sort_unstable();
        assert_eq!(heard, (0..64).collect::<Vec<_>>());
    }
}
