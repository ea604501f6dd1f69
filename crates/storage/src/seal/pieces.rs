//! An encrypted file whose pieces can be decrypted separately, so that a part of it can be read without the rest. The
//! encryption of a piece authenticates the file's id, the position of the piece, and whether it is the last piece. So a
//! piece that is moved, missing or added is always detected. Layout: pieces of 64 KiB, each followed by its
//! authentication tag. A file has at least one piece.

use aes_gcm::aead::AeadInOut;
use aes_gcm::{Aes256Gcm, KeyInit, Nonce};
use serde::{Deserialize, Serialize};

/// The number of bytes of a piece before it is encrypted. The last piece may be shorter.
pub const PIECE: usize = 64 * 1024;
/// The number of bytes that encryption adds to a piece.
const TAG: usize = 16;

/// The key of one file. The file's row stores the key encrypted. The key encrypts only this file, so the position of a
/// piece can be its nonce.
#[derive(Clone, Serialize, Deserialize)]
#[serde(transparent)]
pub struct FileKey([u8; 32]);

/// Encrypts and decrypts the pieces of one file.
pub struct Pieces {
    cipher: Aes256Gcm,
    file: [u8; 16],
}

/// A piece is missing, or its bytes are not the bytes that were written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the file was altered or cut off")]
pub struct AlteredFile;

impl FileKey {
    /// A new random key.
    pub fn generate() -> Self {
        Self(rand::random())
    }

    /// Encrypts and decrypts the pieces of the file with this id.
    pub fn pieces(&self, file: &[u8; 16]) -> Pieces {
        Pieces { cipher: Aes256Gcm::new(&self.0.into()), file: *file }
    }
}

impl Drop for FileKey {
    fn drop(&mut self) {
        zeroize::Zeroize::zeroize(&mut self.0);
    }
}

impl std::fmt::Debug for FileKey {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("FileKey(..)")
    }
}

impl Pieces {
    /// Encrypts a piece in its buffer. With the same key, a position must be used only once.
    pub fn seal(&self, place: u32, is_last: bool, piece: &mut Vec<u8>) {
        let tag = self
            .cipher
            .encrypt_inout_detached(
                &Nonce::from(nonce(place, is_last)),
                &self.file,
                piece.as_mut_slice().into(),
            )
            .expect("AES-GCM seals anything under 64 GiB");
        piece.extend_from_slice(&tag);
    }

    /// Decrypts a piece in its buffer.
    pub fn open(&self, place: u32, is_last: bool, piece: &mut Vec<u8>) -> Result<(), AlteredFile> {
        let length = piece.len().checked_sub(TAG).ok_or(AlteredFile)?;
        let tag: [u8; TAG] = piece[length..].try_into().map_err(|_| AlteredFile)?;
        piece.truncate(length);
        self.cipher
            .decrypt_inout_detached(
                &Nonce::from(nonce(place, is_last)),
                &self.file,
                piece.as_mut_slice().into(),
                &tag.into(),
            )
            .map_err(|_| AlteredFile)
    }

    /// The number of pieces of a file of this size.
    pub const fn count(size: u64) -> u64 {
        if size == 0 { 1 } else { size.div_ceil(PIECE as u64) }
    }

    /// The position of a piece in the encrypted file, in bytes.
    pub const fn offset(place: u32) -> u64 {
        place as u64 * (PIECE + TAG) as u64
    }

    /// The length of a piece in the encrypted file. `size` is the size of the file before encryption.
    pub const fn sealed_length(place: u32, size: u64) -> usize {
        let left = size.saturating_sub(place as u64 * PIECE as u64);
        if left > PIECE as u64 { PIECE + TAG } else { left as usize + TAG }
    }
}

fn nonce(place: u32, is_last: bool) -> [u8; 12] {
    let mut nonce = [0; 12];
    nonce[7..11].copy_from_slice(&place.to_be_bytes());
    nonce[11] = is_last.into();
    nonce
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_piece_can_be_decrypted_only_at_its_position_in_its_file() {
        let key = FileKey::generate();
        let pieces = key.pieces(&[1; 16]);
        let mut sealed = b"secret".to_vec();
        pieces.seal(3, false, &mut sealed);
        assert_eq!(sealed.len(), 6 + TAG);
        let open = |pieces: &Pieces, place, is_last, mut piece: Vec<u8>| {
            pieces.open(place, is_last, &mut piece).map(|()| piece)
        };
        assert_eq!(open(&pieces, 3, false, sealed.clone()).unwrap(), b"secret");
        assert_eq!(open(&pieces, 4, false, sealed.clone()), Err(AlteredFile));
        assert_eq!(open(&pieces, 3, true, sealed.clone()), Err(AlteredFile), "a cut at a piece's end");
        assert_eq!(open(&key.pieces(&[2; 16]), 3, false, sealed.clone()), Err(AlteredFile));
        assert_eq!(open(&FileKey::generate().pieces(&[1; 16]), 3, false, sealed.clone()), Err(AlteredFile));
        assert_eq!(open(&pieces, 3, false, sealed[..10].to_vec()), Err(AlteredFile));
        for bit in 0..sealed.len() * 8 {
            let mut altered = sealed.clone();
            altered[bit / 8] ^= 1 << (bit % 8);
            assert_eq!(open(&pieces, 3, false, altered), Err(AlteredFile), "bit {bit}");
        }
    }

    #[test]
    fn the_last_piece_ends_at_the_end_of_the_sealed_file() {
        let (piece, tag) = (PIECE as u64, TAG as u64);
        for (size, count, whole) in
            [(0, 1, tag), (1, 1, 1 + tag), (piece, 1, piece + tag), (piece + 1, 2, piece + 1 + 2 * tag)]
        {
            let last = u32::try_from(Pieces::count(size) - 1).unwrap();
            assert_eq!(Pieces::count(size), count, "{size}");
            let end = Pieces::offset(last) + Pieces::sealed_length(last, size) as u64;
            assert_eq!(end, whole, "{size}");
        }
    }
}
