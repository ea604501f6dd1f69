//! Data keys: one per account, and one for the installation. They are stored only wrapped by the master key,
//! so that changing the master key rewraps a few bytes, and deleting a data key destroys all that it sealed.

use hkdf::Hkdf;
use rand::CryptoRng;
use sha2::Sha256;
use zeroize::Zeroizing;

use super::cipher::Cipher;

/// Whose values a data key seals.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Owner {
    /// The product's tables.
    Installation,
    /// One account's session.
    Account([u8; 16]),
}

impl Owner {
    /// The 16 bytes that stand for it in authenticated data; no UUID is all zeros.
    pub(super) const fn bytes(self) -> [u8; 16] {
        match self {
            Self::Installation => [0; 16],
            Self::Account(id) => id,
        }
    }

    pub(super) const fn purpose(self) -> &'static [u8] {
        match self {
            Self::Installation => b"installation",
            Self::Account(_) => b"account",
        }
    }
}

/// 32 random bytes that never leave memory in the clear.
pub(crate) struct DataKey(pub(super) Zeroizing<[u8; 32]>);

impl DataKey {
    pub(crate) fn generate(rng: &mut impl CryptoRng) -> Self {
        let mut key = Zeroizing::new([0; 32]);
        rng.fill_bytes(&mut *key);
        Self(key)
    }

    /// The key of those bytes, as another key sealed them.
    pub(crate) fn from_bytes(bytes: [u8; 32]) -> Self {
        Self(Zeroizing::new(bytes))
    }

    /// What another key seals.
    pub(crate) fn bytes(&self) -> &[u8] {
        &*self.0
    }

    /// The keys derived from it. `id` names the data key in every record, 4 bytes each.
    pub(crate) fn cipher(&self, owner: Owner, id: u32) -> Cipher {
        Cipher::new(owner.bytes(), id, &self.derive(b"linekeeper values"), self.derive(b"linekeeper index"))
    }

    fn derive(&self, info: &[u8]) -> Zeroizing<[u8; 32]> {
        let mut key = Zeroizing::new([0; 32]);
        Hkdf::<Sha256>::new(None, &*self.0).expand(info, &mut *key).expect("32 bytes are one block");
        key
    }
}
