//! Data keys: one for each account, and one for the installation. They are stored only in wrapped form, encrypted by
//! the master key. So changing the master key rewraps a few bytes, and deleting a data key makes all that it sealed
//! unreadable.

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
    /// The 16 bytes that name the owner in authenticated data. No UUID is all zeros, so zeros name the installation.
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

/// 32 random bytes that leave memory only in encrypted form.
pub(crate) struct DataKey(pub(super) Zeroizing<[u8; 32]>);

impl DataKey {
    pub(crate) fn generate(rng: &mut impl CryptoRng) -> Self {
        let mut key = Zeroizing::new([0; 32]);
        rng.fill_bytes(&mut *key);
        Self(key)
    }

    /// Makes the key from bytes that another key had sealed.
    pub(crate) fn from_bytes(bytes: [u8; 32]) -> Self {
        Self(Zeroizing::new(bytes))
    }

    /// The bytes of the key, for sealing them with another key.
    pub(crate) fn bytes(&self) -> &[u8] {
        &*self.0
    }

    /// The keys derived from it. `id` names the data key in every record and takes 4 bytes there.
    pub(crate) fn cipher(&self, owner: Owner, id: u32) -> Cipher {
        Cipher::new(owner.bytes(), id, &self.derive(b"linekeeper values"), self.derive(b"linekeeper index"))
    }

    fn derive(&self, info: &[u8]) -> Zeroizing<[u8; 32]> {
        let mut key = Zeroizing::new([0; 32]);
        Hkdf::<Sha256>::new(None, &*self.0).expand(info, &mut *key).expect("32 bytes are one block");
        key
    }
}
