//! What a data key is used for: encrypting values in the rows of one owner, and making the keyed hashes by which rows
//! are found.

use aes_gcm::{Aes256Gcm, KeyInit};
use hmac::{Hmac, Mac};
use sha2::Sha256;
use zeroize::Zeroizing;

use super::record::{self, UnsealError};
use super::tag::Tag;

/// Two keys that are derived from one data key. Both are erased from memory when they are dropped.
pub(crate) struct Cipher {
    /// The owner of the rows: the id of an account, or zeros for the installation.
    owner: [u8; 16],
    key_id: u32,
    encryption: Aes256Gcm,
    index: Zeroizing<[u8; 32]>,
}

impl Cipher {
    pub(super) fn new(
        owner: [u8; 16],
        key_id: u32,
        encryption: &Zeroizing<[u8; 32]>,
        index: Zeroizing<[u8; 32]>,
    ) -> Self {
        Self { owner, key_id, encryption: Aes256Gcm::new(&(**encryption).into()), index }
    }

    /// Encrypts a value for the row that `kind` and `tag` name. They are part of the associated data, so the value
    /// cannot be decrypted for any other row.
    pub(crate) fn seal(&self, kind: &str, tag: &Tag, plain: &[u8]) -> Vec<u8> {
        record::seal(&self.encryption, self.key_id, &self.context(kind, tag), plain)
    }

    /// Decrypts a value that [`Cipher::seal`] encrypted for the same row.
    pub(crate) fn open(&self, kind: &str, tag: &Tag, sealed: &[u8]) -> Result<Vec<u8>, UnsealError> {
        record::open(&self.encryption, self.key_id, &self.context(kind, tag), sealed)
    }

    /// The keyed hash of `parts`, for lookups. `domain` says what the hash is used for. Different domains give
    /// different hashes.
    pub(crate) fn tag(&self, domain: &str, parts: &[&[u8]]) -> Tag {
        Tag::from_bytes(*self.mac(domain, parts).first_chunk().expect("32 bytes have a first 16"))
    }

    /// The whole HMAC-SHA256 of `parts`. It cannot be computed without the data key. Different domains give
    /// different values.
    pub(crate) fn mac(&self, domain: &str, parts: &[&[u8]]) -> [u8; 32] {
        let mut mac = <Hmac<Sha256> as KeyInit>::new_from_slice(&*self.index).expect("HMAC takes any key");
        mac.update(domain.as_bytes());
        mac.update(&[0]);
        for part in parts {
            // Put the length before each part, so that ("ab", "c") has another hash than ("a", "bc").
            mac.update(&(part.len() as u64).to_be_bytes());
            mac.update(part);
        }
        mac.finalize().into_bytes().into()
    }

    /// The data that is authenticated together with the value: the owner, the kind and the tag of the row, the version
    /// of the record's layout, and the id of the data key.
    fn context(&self, kind: &str, tag: &Tag) -> Vec<u8> {
        let mut context = Vec::with_capacity(16 + 1 + kind.len() + 16 + 1 + 4);
        context.extend_from_slice(&self.owner);
        context.extend_from_slice(kind.as_bytes());
        context.push(0);
        context.extend_from_slice(tag.as_bytes());
        context.push(record::VERSION);
        context.extend_from_slice(&self.key_id.to_be_bytes());
        context
    }
}

impl std::fmt::Debug for Cipher {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Cipher").field("key_id", &self.key_id).finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::seal::{DataKey, Owner};

    fn cipher(owner: Owner, id: u32) -> Cipher {
        DataKey::from_bytes([7; 32]).cipher(owner, id)
    }

    fn account(byte: u8) -> Owner {
        Owner::Account([byte; 16])
    }

    #[test]
    fn a_value_can_be_decrypted_only_in_its_own_row() {
        let here = cipher(account(1), 1);
        let (tag, other) = (here.tag("session", &[b"a"]), here.tag("session", &[b"b"]));
        let sealed = here.seal("session", &tag, b"ratchet");
        assert_eq!(here.open("session", &tag, &sealed).unwrap(), b"ratchet");
        assert_eq!(here.open("session", &other, &sealed), Err(UnsealError::Altered));
        assert_eq!(here.open("identity", &tag, &sealed), Err(UnsealError::Altered));
        assert_eq!(cipher(account(2), 1).open("session", &tag, &sealed), Err(UnsealError::Altered));
        let expected = UnsealError::OtherKey { found: 1, expected: 2 };
        assert_eq!(cipher(account(1), 2).open("session", &tag, &sealed), Err(expected));
    }

    #[test]
    fn every_flipped_bit_and_every_truncation_is_detected() {
        let cipher = cipher(account(1), 1);
        let tag = cipher.tag("session", &[b"a"]);
        let sealed = cipher.seal("session", &tag, b"secret");
        for bit in 0..sealed.len() * 8 {
            let mut altered = sealed.clone();
            altered[bit / 8] ^= 1 << (bit % 8);
            assert!(cipher.open("session", &tag, &altered).is_err(), "bit {bit}");
        }
        for length in 0..sealed.len() {
            assert!(cipher.open("session", &tag, &sealed[..length]).is_err(), "length {length}");
        }
    }

    #[test]
    fn two_values_never_have_the_same_nonce() {
        let cipher = cipher(Owner::Installation, 1);
        let tag = cipher.tag("setting", &[]);
        assert_ne!(cipher.seal("setting", &tag, b"x"), cipher.seal("setting", &tag, b"x"));
    }

    #[test]
    fn different_parts_or_domains_or_keys_give_different_tags() {
        let cipher = cipher(account(1), 1);
        assert_ne!(cipher.tag("d", &[b"ab", b"c"]), cipher.tag("d", &[b"a", b"bc"]));
        assert_ne!(cipher.tag("d", &[b"a"]), cipher.tag("e", &[b"a"]));
        let other = DataKey::from_bytes([8; 32]).cipher(account(1), 1);
        assert_ne!(cipher.tag("d", &[b"a"]), other.tag("d", &[b"a"]));
    }
}
