//! Data keys: one for each account, and one for the installation. They are stored only encrypted with the master
//! key ("wrapped"). So a new master key requires only the data keys to be encrypted again, and deleting a data key
//! makes everything that it encrypted unreadable.

use hkdf::Hkdf;
use rand::CryptoRng;
use sha2::Sha256;
use zeroize::Zeroizing;

use super::cipher::Cipher;

/// The owner of the values that a data key encrypts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Owner {
    /// The installation: the values in the product's tables.
    Installation,
    /// The session of one account.
    Account([u8; 16]),
}

impl Owner {
    /// The 16 bytes that name the owner in authenticated data. No account has an id of zeros, so zeros stand for
    /// the installation.
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

/// A data key: 32 random bytes. They leave the memory only encrypted.
pub(crate) struct DataKey(pub(super) Zeroizing<[u8; 32]>);

impl DataKey {
    pub(crate) fn generate(rng: &mut impl CryptoRng) -> Self {
        let mut key = Zeroizing::new([0; 32]);
        rng.fill_bytes(&mut *key);
        Self(key)
    }

    /// Makes a data key from the decrypted bytes of a stored data key.
    pub(crate) fn from_bytes(bytes: [u8; 32]) -> Self {
        Self(Zeroizing::new(bytes))
    }

    /// The bytes of the key, to be encrypted with another key.
    pub(crate) fn bytes(&self) -> &[u8] {
        &*self.0
    }

    /// The keys that are derived from this data key. `id` names the data key in each record, where it has 4 bytes.
    pub(crate) fn cipher(&self, owner: Owner, id: u32) -> Cipher {
        Cipher::new(owner.bytes(), id, &self.derive(b"linekeeper values"), self.derive(b"linekeeper index"))
    }

    fn derive(&self, info: &[u8]) -> Zeroizing<[u8; 32]> {
        let mut key = Zeroizing::new([0; 32]);
        Hkdf::<Sha256>::new(None, &*self.0).expand(info, &mut *key).expect("32 bytes are one block");
        key
    }
}
