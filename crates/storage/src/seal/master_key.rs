//! The master key: the only secret that an operator has to keep. It encrypts only data keys. Keys for backups are
//! derived from it.

use std::path::Path;

use aes_gcm::{Aes256Gcm, KeyInit};
use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use hkdf::Hkdf;
use rand::CryptoRng;
use sha2::Sha256;
use zeroize::Zeroizing;

use super::data_key::{DataKey, Owner};
use super::fingerprint::Fingerprint;
use super::master_key_error::MasterKeyError;
use super::record::{self, UnsealError};
use super::{key_file, weak};

/// A master key: 32 secret bytes.
#[derive(Clone)]
pub struct MasterKey(Zeroizing<[u8; 32]>);

impl MasterKey {
    /// Reads a key as the operator wrote it: as 64 hexadecimal digits, base64, or exactly 32 characters. Spaces
    /// and line ends before and after the key are ignored. Placeholders and patterns are refused.
    pub fn parse(text: &str) -> Result<Self, MasterKeyError> {
        let text = text.trim();
        if let Some(why) = weak::text(text) {
            return Err(MasterKeyError::Weak(why));
        }
        let mut key = Zeroizing::new([0; 32]);
        if text.len() == 64 && hex::decode_to_slice(text, &mut *key).is_ok() {
            return Self::strong(key);
        }
        if text.len() == 44
            && let Ok(bytes) = BASE64_STANDARD.decode(text).map(Zeroizing::new)
            && bytes.len() == 32
        {
            key.copy_from_slice(&bytes);
            return Self::strong(key);
        }
        if text.chars().count() == 32 && text.len() == 32 {
            key.copy_from_slice(text.as_bytes());
            return Self::strong(key);
        }
        Err(MasterKeyError::Malformed)
    }

    /// A new random key.
    pub fn generate(rng: &mut impl CryptoRng) -> Self {
        let mut key = Zeroizing::new([0; 32]);
        rng.fill_bytes(&mut *key);
        Self(key)
    }

    /// Reads a key from a file that only its owner can read.
    pub fn read(path: &Path) -> Result<Self, MasterKeyError> {
        Self::parse(&key_file::read(path)?)
    }

    /// Reads the key from the file. If the file does not exist, creates it with a random key (hexadecimal, mode
    /// 0600, flushed to disk). If two processes do this at the same time, both get the same key.
    pub fn read_or_create(path: &Path) -> Result<Self, MasterKeyError> {
        let fresh = Self::generate(&mut rand::rng());
        key_file::create(path, &fresh.to_hex())?;
        Self::read(path)
    }

    /// Wraps a data key: encrypts it. It can be decrypted only with the same master key, owner and id.
    pub(crate) fn wrap(&self, key: &DataKey, owner: Owner, id: u32) -> Vec<u8> {
        record::seal(&self.wrapping(), self.fingerprint().0, &context(owner, id), &*key.0)
    }

    /// Unwraps a data key: decrypts it. Returns [`UnsealError::OtherKey`] if another master key wrapped it.
    pub(crate) fn unwrap(&self, wrapped: &[u8], owner: Owner, id: u32) -> Result<DataKey, UnsealError> {
        let plain = record::open(&self.wrapping(), self.fingerprint().0, &context(owner, id), wrapped)?;
        let plain = Zeroizing::new(plain);
        let key: [u8; 32] = plain.as_slice().try_into().map_err(|_| UnsealError::Altered)?;
        Ok(DataKey(Zeroizing::new(key)))
    }

    fn strong(key: Zeroizing<[u8; 32]>) -> Result<Self, MasterKeyError> {
        match weak::bytes(&*key) {
            Some(why) => Err(MasterKeyError::Weak(why)),
            None => Ok(Self(key)),
        }
    }

    fn wrapping(&self) -> Aes256Gcm {
        Aes256Gcm::new(&(*self.derive::<32>(b"linekeeper wrap")).into())
    }

    /// The name of this master key. Each data key that was wrapped with the master key contains this name. The name
    /// reveals nothing about the key.
    pub fn fingerprint(&self) -> Fingerprint {
        Fingerprint::from(*self.derive::<4>(b"linekeeper master key id"))
    }

    /// Derives another key from the master key and the salt.
    pub(super) fn derive_salted(&self, salt: &[u8], info: &[u8]) -> Zeroizing<[u8; 32]> {
        let mut key = Zeroizing::new([0; 32]);
        Hkdf::<Sha256>::new(Some(salt), &*self.0).expand(info, &mut *key).expect("32 bytes are one block");
        key
    }

    fn derive<const N: usize>(&self, info: &[u8]) -> Zeroizing<[u8; N]> {
        let mut key = Zeroizing::new([0; N]);
        Hkdf::<Sha256>::new(None, &*self.0).expand(info, &mut *key).expect("N bytes are one block");
        key
    }

    pub(super) fn to_hex(&self) -> Zeroizing<String> {
        Zeroizing::new(hex::encode(*self.0))
    }
}

impl std::fmt::Debug for MasterKey {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("MasterKey(..)")
    }
}

fn context(owner: Owner, id: u32) -> Vec<u8> {
    [owner.purpose(), &[0], &owner.bytes(), &id.to_be_bytes(), &[record::VERSION]].concat()
}

#[cfg(test)]
mod tests {
    use super::*;

    const HEX: &str = "00112233445566778899aabbccddeeff102132435465768798a9bacbdcedfe0f";

    #[test]
    fn a_key_can_be_written_in_three_formats() {
        let hex = MasterKey::parse(HEX).unwrap();
        let base64 = MasterKey::parse(&BASE64_STANDARD.encode(*hex.0)).unwrap();
        assert_eq!(*hex.0, *base64.0);
        assert_eq!(*MasterKey::parse(&format!(" {HEX}\n")).unwrap().0, *hex.0);
        assert_eq!(
            &*MasterKey::parse("k9!xP2$mQ7&vR4*tW6@zL8#nB3%cH5^j").unwrap().0,
            b"k9!xP2$mQ7&vR4*tW6@zL8#nB3%cH5^j"
        );
    }

    #[test]
    fn a_key_that_is_not_32_bytes_is_refused() {
        for text in ["", "short", &HEX[..63], &format!("{HEX}0"), "kéé!xP2$mQ7&vR4*tW6@zL8#nB3%cH5^"] {
            assert!(matches!(MasterKey::parse(text), Err(MasterKeyError::Malformed)), "{text}");
        }
    }

    #[test]
    fn a_guessable_key_is_refused() {
        let guessable = [
            "your-32-character-encryption-key",
            "your-32-character-encryption-key!",
            "change-me-change-me-change-me-32",
            "CHANGE_ME_to_32_random_character",
            "please-replace-this-with-a-secret",
            "0123456789abcdef0123456789abcdef",
            "abcdefghijklmnopqrstuvwxyz012345",
            "00000000000000000000000000000000",
            "passwordpasswordpasswordpassword",
            &"0".repeat(64),
            &"ab".repeat(32),
            &"0123456789abcdef".repeat(4),
            &BASE64_STANDARD.encode([0; 32]),
            &BASE64_STANDARD.encode([0xff; 32]),
            &"x".repeat(32),
        ];
        for text in guessable {
            assert!(matches!(MasterKey::parse(text), Err(MasterKeyError::Weak(_))), "{text}");
        }
    }

    #[test]
    fn a_data_key_opens_only_with_its_master_key_its_owner_and_its_id() {
        let (master, other) = (MasterKey::parse(HEX).unwrap(), MasterKey::generate(&mut rand::rng()));
        let owner = Owner::Account([1; 16]);
        let wrapped = master.wrap(&DataKey::from_bytes([9; 32]), owner, 4);
        assert_eq!(*master.unwrap(&wrapped, owner, 4).map(|key| key.0).unwrap(), [9; 32]);
        assert!(matches!(other.unwrap(&wrapped, owner, 4), Err(UnsealError::OtherKey { .. })));
        assert!(matches!(master.unwrap(&wrapped, owner, 5), Err(UnsealError::Altered)));
        assert!(matches!(master.unwrap(&wrapped, Owner::Installation, 4), Err(UnsealError::Altered)));
    }
}
