//! The keys that a phone is created with, and the prekey bundle with which others start a Signal session with it.

use rand::{CryptoRng, RngExt};
use wacore_libsignal::protocol::{
    GenericSignedPreKey, IdentityKey, IdentityKeyPair, KeyPair, PublicKey, SignedPreKeyId,
    SignedPreKeyRecord, Timestamp,
};

const SIGNED_PREKEY_ID: u32 = 1;

/// The keys of a phone. They are never rotated, because the phones of a simulation do not live long.
pub(super) struct Keys {
    pub(super) identity: KeyPair,
    pub(super) registration_id: u32,
    /// Identifies the account in ADV signatures. On a real phone, it changes only when the phone registers again.
    pub(super) raw_id: u32,
    signed_prekey: KeyPair,
    signed_prekey_signature: [u8; 64],
}

/// What the server returns for a phone: enough to start a Signal session with it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PhoneBundle {
    /// The registration id, 14 bits.
    pub registration_id: u32,
    /// The public identity key. Like all keys of this struct, it has no type byte.
    pub identity: [u8; 32],
    /// The id of the signed prekey, 24 bits.
    pub signed_prekey_id: u32,
    /// The signed prekey, which real phones replace from time to time.
    pub signed_prekey: [u8; 32],
    /// The identity's signature over the signed prekey. The signature covers the prekey with its type byte.
    pub signed_prekey_signature: [u8; 64],
    /// The id of the one-time prekey, 24 bits.
    pub prekey_id: u32,
    /// The one-time prekey, which starts only one session.
    pub prekey: [u8; 32],
}

impl Keys {
    pub(super) fn generate(rng: &mut impl CryptoRng) -> Self {
        let identity = KeyPair::generate(rng);
        let signed_prekey = KeyPair::generate(rng);
        let signed_prekey_signature = identity
            .calculate_signature(&signed_prekey.public_key.serialize(), rng)
            .expect("a generated private key signs");
        Self {
            identity,
            registration_id: rng.random_range(1..0x3fff),
            raw_id: rng.random_range(1..i32::MAX as u32),
            signed_prekey,
            signed_prekey_signature,
        }
    }

    pub(super) fn identity_bytes(&self) -> [u8; 32] {
        bare(&self.identity.public_key)
    }

    pub(super) fn identity_pair(&self) -> IdentityKeyPair {
        IdentityKeyPair::new(IdentityKey::new(self.identity.public_key), self.identity.private_key.clone())
    }

    pub(super) fn signed_prekey_record(&self) -> (SignedPreKeyId, SignedPreKeyRecord) {
        let id = SIGNED_PREKEY_ID.into();
        // No code rotates the key, so its age does not matter.
        let created = Timestamp::from_epoch_millis(0);
        (id, SignedPreKeyRecord::new(id, created, &self.signed_prekey, &self.signed_prekey_signature))
    }

    pub(super) fn bundle(&self, prekey_id: u32, prekey: [u8; 32]) -> PhoneBundle {
        PhoneBundle {
            registration_id: self.registration_id,
            identity: self.identity_bytes(),
            signed_prekey_id: SIGNED_PREKEY_ID,
            signed_prekey: bare(&self.signed_prekey.public_key),
            signed_prekey_signature: self.signed_prekey_signature,
            prekey_id,
            prekey,
        }
    }
}

/// The 32 bytes of a key as WhatsApp sends it, without libsignal's type byte.
pub(super) fn bare(key: &PublicKey) -> [u8; 32] {
    key.public_key_bytes().try_into().expect("a Curve25519 key is 32 bytes")
}

#[cfg(test)]
mod tests {
    use rand::SeedableRng;
    use rand::rngs::StdRng;

    use crate::phone::Phone;
    use wacore_libsignal::protocol::PublicKey;

    #[test]
    fn the_prekey_bundle_is_signed_by_the_identity() {
        let bundle = Phone::generate(&mut StdRng::seed_from_u64(1)).prekey_bundle();
        let identity = PublicKey::from_djb_public_key_bytes(&bundle.identity).unwrap();
        let signed = PublicKey::from_djb_public_key_bytes(&bundle.signed_prekey).unwrap();
        assert!(identity.verify_signature(&signed.serialize(), &bundle.signed_prekey_signature));
        assert!(!identity.verify_signature(&identity.serialize(), &bundle.signed_prekey_signature));
    }

    #[test]
    fn each_bundle_has_a_different_prekey() {
        let phone = Phone::generate(&mut StdRng::seed_from_u64(2));
        let (first, second) = (phone.prekey_bundle(), phone.prekey_bundle());
        assert_ne!(first.prekey_id, second.prekey_id);
        assert_ne!(first.prekey, second.prekey);
        assert_eq!(first.signed_prekey, second.signed_prekey);
    }

    #[test]
    fn the_same_seed_gives_the_same_phone() {
        let phone = |seed| Phone::generate(&mut StdRng::seed_from_u64(seed));
        assert_eq!(phone(3).prekey_bundle(), phone(3).prekey_bundle());
        assert_ne!(phone(3).identity(), phone(4).identity());
    }
}
