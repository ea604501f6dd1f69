//! A file that is encrypted piece by piece, for data that does not fit into memory. This is the STREAM
//! construction (Hoang, Reyhanitabar, Rogaway, Vizár 2015) with AES-256-GCM. It detects when pieces are moved,
//! removed or cut off.
//!
//! Layout: magic (16 bytes), fingerprint of the master key (4), salt (32), then pieces of 64 KiB, each with its
//! tag. The key is derived from the master key and the salt, so each file has a different key.

use std::io::{self, Read, Write};

use aead_stream::{DecryptorBE32, EncryptorBE32, Nonce, StreamBE32};
use aes_gcm::{Aes256Gcm, KeyInit};

use super::fingerprint::Fingerprint;
use super::key_ring::KeyRing;
use super::master_key::MasterKey;

/// The fixed part of the nonce of each piece. It may be the same for all files, because each file has a different
/// key.
type Zeros = Nonce<Aes256Gcm, StreamBE32<Aes256Gcm>>;

const MAGIC: &[u8; 16] = b"linekeeper dump1";
const SALT: usize = 32;
const HEADER: usize = MAGIC.len() + 4 + SALT;
const PIECE: usize = 64 * 1024;
const TAG: usize = 16;

/// Why a file cannot be decrypted.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum StreamError {
    /// The file was not written by linekeeper.
    #[error("this is not a file of linekeeper's")]
    NotOurs,
    /// The file was encrypted with a master key that is not available.
    #[error("it was sealed with master key {0}, which is not among the keys given here")]
    OtherKey(Fingerprint),
    /// A piece is missing, or its bytes are not the bytes that were written.
    #[error("it was altered or cut off")]
    Altered,
}

/// Encrypts the data that is written to it. Before [`Sealer::finish`] is called, the file is incomplete and cannot
/// be decrypted.
pub(crate) struct Sealer<W> {
    to: W,
    header: [u8; HEADER],
    stream: Option<EncryptorBE32<Aes256Gcm>>,
    piece: Vec<u8>,
}

impl<W: Write> Sealer<W> {
    /// Creates a sealer, and writes the header.
    pub(crate) fn new(mut to: W, key: &MasterKey) -> io::Result<Self> {
        let salt: [u8; SALT] = rand::random();
        let mut header = [0; HEADER];
        header[..16].copy_from_slice(MAGIC);
        header[16..20].copy_from_slice(&key.fingerprint().bytes());
        header[20..].copy_from_slice(&salt);
        to.write_all(&header)?;
        let stream = EncryptorBE32::from_aead(cipher(key, &salt), &Zeros::default());
        Ok(Self { to, header, stream: Some(stream), piece: Vec::with_capacity(PIECE + TAG) })
    }

    /// Encrypts and writes the last piece.
    pub(crate) fn finish(mut self) -> io::Result<W> {
        let stream = self.stream.take().ok_or_else(too_long)?;
        stream.encrypt_last_in_place(&self.header, &mut self.piece).map_err(|_| too_long())?;
        self.to.write_all(&self.piece)?;
        Ok(self.to)
    }

    /// Encrypts and writes a full piece that is not the last one.
    fn seal_piece(&mut self) -> io::Result<()> {
        let stream = self.stream.as_mut().ok_or_else(too_long)?;
        stream.encrypt_next_in_place(&self.header, &mut self.piece).map_err(|_| too_long())?;
        self.to.write_all(&self.piece)?;
        self.piece.clear();
        Ok(())
    }
}

impl<W: Write> Write for Sealer<W> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        if bytes.is_empty() {
            return Ok(0);
        }
        if self.piece.len() == PIECE {
            self.seal_piece()?;
        }
        let taken = bytes.len().min(PIECE - self.piece.len());
        self.piece.extend_from_slice(&bytes[..taken]);
        Ok(taken)
    }

    /// Full pieces are written at once. An incomplete piece cannot be written before `finish`.
    fn flush(&mut self) -> io::Result<()> {
        self.to.flush()
    }
}

/// Reads encrypted data. It returns only authenticated bytes, and it reports the end of the data only where the
/// encrypted data really ended. Its errors contain a [`StreamError`].
pub(crate) struct Opener<R> {
    from: R,
    header: [u8; HEADER],
    stream: Option<DecryptorBE32<Aes256Gcm>>,
    /// The next piece, still encrypted. If it is empty, the current piece is the last one.
    ahead: Vec<u8>,
    piece: Vec<u8>,
    read: usize,
}

impl<R: Read> Opener<R> {
    /// Reads the header, and finds the master key that the header names.
    pub(crate) fn new(mut from: R, keys: &KeyRing) -> io::Result<Self> {
        let mut header = [0; HEADER];
        match from.read_exact(&mut header) {
            Err(error) if error.kind() == io::ErrorKind::UnexpectedEof => Err(broken(StreamError::NotOurs))?,
            read => read?,
        }
        if header[..16] != *MAGIC {
            return Err(broken(StreamError::NotOurs));
        }
        let name: [u8; 4] = header[16..20].try_into().expect("4 bytes");
        let key = keys.find(name.into()).ok_or_else(|| broken(StreamError::OtherKey(name.into())))?;
        let salt: [u8; SALT] = header[20..].try_into().expect("32 bytes");
        let stream = DecryptorBE32::from_aead(cipher(&key, &salt), &Zeros::default());
        let ahead = sealed_piece(&mut from)?;
        Ok(Self { from, header, stream: Some(stream), ahead, piece: Vec::new(), read: 0 })
    }

    fn open_piece(&mut self) -> io::Result<()> {
        let altered = |_| broken(StreamError::Altered);
        let after = sealed_piece(&mut self.from)?;
        let mut piece = std::mem::replace(&mut self.ahead, after);
        if self.ahead.is_empty() {
            let stream = self.stream.take().ok_or_else(|| broken(StreamError::Altered))?;
            stream.decrypt_last_in_place(&self.header, &mut piece).map_err(altered)?;
        } else if let Some(stream) = &mut self.stream {
            stream.decrypt_next_in_place(&self.header, &mut piece).map_err(altered)?;
        }
        self.piece = piece;
        self.read = 0;
        Ok(())
    }
}

impl<R: Read> Read for Opener<R> {
    fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
        while self.read == self.piece.len() && self.stream.is_some() {
            self.open_piece()?;
        }
        let given = into.len().min(self.piece.len() - self.read);
        into[..given].copy_from_slice(&self.piece[self.read..self.read + given]);
        self.read += given;
        Ok(given)
    }
}

fn sealed_piece(from: &mut impl Read) -> io::Result<Vec<u8>> {
    let mut piece = Vec::with_capacity(PIECE + TAG);
    from.take((PIECE + TAG) as u64).read_to_end(&mut piece)?;
    Ok(piece)
}

fn cipher(key: &MasterKey, salt: &[u8; SALT]) -> Aes256Gcm {
    Aes256Gcm::new(&(*key.derive_salted(salt, b"linekeeper dump")).into())
}

fn broken(error: StreamError) -> io::Error {
    io::Error::new(io::ErrorKind::InvalidData, error)
}

fn too_long() -> io::Error {
    io::Error::other("more than 256 TiB cannot be sealed as one")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn key() -> MasterKey {
        MasterKey::generate(&mut rand::rng())
    }

    fn sealed(key: &MasterKey, plain: &[u8]) -> Vec<u8> {
        let mut sealer = Sealer::new(Vec::new(), key).unwrap();
        sealer.write_all(plain).unwrap();
        sealer.finish().unwrap()
    }

    fn opened(key: &MasterKey, sealed: &[u8]) -> Result<Vec<u8>, StreamError> {
        let mut plain = Vec::new();
        let read =
            Opener::new(sealed, &key.clone().into()).and_then(|mut opener| opener.read_to_end(&mut plain));
        match read {
            Ok(_) => Ok(plain),
            Err(error) => Err(error.get_ref().unwrap().downcast_ref::<StreamError>().unwrap().clone()),
        }
    }

    #[test]
    fn a_stream_of_any_length_is_read_back() {
        let key = key();
        for length in [0, 1, PIECE - 1, PIECE, PIECE + 1, 3 * PIECE, 3 * PIECE + 7] {
            let plain: Vec<u8> = (0..length).map(|n| (n % 251) as u8).collect();
            assert_eq!(opened(&key, &sealed(&key, &plain)).unwrap(), plain, "{length}");
        }
    }

    #[test]
    fn every_truncation_is_detected() {
        let key = key();
        let whole = sealed(&key, &vec![7; 2 * PIECE + 100]);
        let edges = [HEADER, HEADER + PIECE + TAG, HEADER + 2 * (PIECE + TAG), whole.len()];
        for edge in edges {
            for length in edge.saturating_sub(20)..(edge + 20).min(whole.len()) {
                assert!(opened(&key, &whole[..length]).is_err(), "{length}");
            }
        }
        assert_eq!(opened(&key, b"PK"), Err(StreamError::NotOurs));
    }

    #[test]
    fn flipped_bits_and_swapped_pieces_and_added_bytes_are_detected() {
        let key = key();
        let whole = sealed(&key, &vec![7; 2 * PIECE + 100]);
        for at in (16..whole.len()).step_by(997).chain(16..HEADER) {
            let mut altered = whole.clone();
            altered[at] ^= 1;
            assert!(opened(&key, &altered).is_err(), "{at}");
        }
        let mut swapped = whole[..HEADER].to_vec();
        swapped.extend_from_slice(&whole[HEADER + PIECE + TAG..HEADER + 2 * (PIECE + TAG)]);
        swapped.extend_from_slice(&whole[HEADER..HEADER + PIECE + TAG]);
        swapped.extend_from_slice(&whole[HEADER + 2 * (PIECE + TAG)..]);
        assert_eq!(opened(&key, &swapped), Err(StreamError::Altered));
        let longer = [&whole[..], &[0; 40]].concat();
        assert_eq!(opened(&key, &longer), Err(StreamError::Altered));
    }

    #[test]
    fn the_error_for_a_wrong_key_names_the_key_that_sealed_the_stream() {
        let (ours, other) = (key(), key());
        let error = opened(&other, &sealed(&ours, b"x")).unwrap_err();
        assert_eq!(error, StreamError::OtherKey(ours.fingerprint()));
    }
}
