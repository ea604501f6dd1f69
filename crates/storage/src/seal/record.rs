//! An encrypted value, as a column stores it: version (1 byte), key id (4, big-endian), nonce (12), ciphertext,
//! authentication tag (16).

use aes_gcm::aead::AeadInOut;
use aes_gcm::{Aes256Gcm, Nonce};
use rand::Rng;

/// The version of this layout. A new layout will get the next number, and old values stay readable.
pub(super) const VERSION: u8 = 1;
const KEY_ID: std::ops::Range<usize> = 1..5;
const NONCE: std::ops::Range<usize> = 5..17;
const HEADER: usize = 17;
const TAG: usize = 16;

/// Why a value cannot be decrypted.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub(crate) enum UnsealError {
    #[error("the record is shorter than an empty one")]
    Truncated,
    #[error("the record has layout {found}, which this program does not know")]
    UnknownLayout { found: u8 },
    #[error("the record was sealed with key {found:08x}, not with {expected:08x}")]
    OtherKey { found: u32, expected: u32 },
    #[error("the record was altered, or belongs to another row")]
    Altered,
}

/// Encrypts `plain` with a new random nonce. `context` is authenticated, but not stored.
pub(super) fn seal(cipher: &Aes256Gcm, key_id: u32, context: &[u8], plain: &[u8]) -> Vec<u8> {
    let mut nonce = [0u8; 12];
    rand::rng().fill_bytes(&mut nonce);
    let mut record = Vec::with_capacity(HEADER + plain.len() + TAG);
    record.push(VERSION);
    record.extend_from_slice(&key_id.to_be_bytes());
    record.extend_from_slice(&nonce);
    record.extend_from_slice(plain);
    let tag = cipher
        .encrypt_inout_detached(&Nonce::from(nonce), context, (&mut record[HEADER..]).into())
        .expect("AES-GCM seals anything under 64 GiB");
    record.extend_from_slice(&tag);
    record
}

/// The id of the key that encrypted the value, as the value's header contains it.
pub(super) fn key_id(record: &[u8]) -> Result<u32, UnsealError> {
    let (&version, _) = record.split_first().ok_or(UnsealError::Truncated)?;
    if version != VERSION {
        return Err(UnsealError::UnknownLayout { found: version });
    }
    if record.len() < HEADER + TAG {
        return Err(UnsealError::Truncated);
    }
    Ok(u32::from_be_bytes(record[KEY_ID].try_into().expect("4 bytes")))
}

/// Decrypts a value that [`seal`] encrypted with the same context.
pub(super) fn open(
    cipher: &Aes256Gcm,
    expected: u32,
    context: &[u8],
    record: &[u8],
) -> Result<Vec<u8>, UnsealError> {
    let found = key_id(record)?;
    if found != expected {
        return Err(UnsealError::OtherKey { found, expected });
    }
    let nonce: [u8; 12] = record[NONCE].try_into().expect("12 bytes");
    let (sealed, tag) = record[HEADER..].split_at(record.len() - HEADER - TAG);
    let tag: [u8; TAG] = tag.try_into().expect("16 bytes");
    let mut plain = sealed.to_vec();
    cipher
        .decrypt_inout_detached(&Nonce::from(nonce), context, plain.as_mut_slice().into(), &tag.into())
        .map_err(|_| UnsealError::Altered)?;
    Ok(plain)
}
