//! A file that is being written. It is sealed (encrypted) piece by piece as it arrives. It gets its name when it
//! is finished. If it is dropped before that, nothing of it remains.

use std::io::{self, ErrorKind, Write};

use linekeeper_storage::{FileKey, PIECE, Pieces};
use sha2::{Digest as _, Sha256};

/// The number of bytes at the beginning of a file that are enough to recognise its type.
const HEAD: usize = 8 * 1024;

/// The destination of the sealed pieces. If it is dropped before it is finished, nothing of the file remains.
pub(super) trait Target: Send {
    /// Writes the next piece. This blocks.
    fn write(&mut self, piece: &[u8]) -> io::Result<()>;

    /// Discards all pieces.
    fn start_over(&mut self) -> io::Result<()>;

    /// Gives the file its name. When this returns, the file is stored durably. This blocks.
    fn finish(self: Box<Self>) -> io::Result<()>;
}

/// A file that is being written. All methods block.
pub struct Draft {
    target: Box<dyn Target>,
    id: [u8; 16],
    key: FileKey,
    pieces: Pieces,
    piece: Vec<u8>,
    place: u32,
    size: u64,
    most: u64,
    digest: Sha256,
    head: Vec<u8>,
}

/// A file that is complete and stored.
#[derive(Debug, Clone)]
pub struct Written {
    /// The key that decrypts the file.
    pub key: FileKey,
    /// The size in bytes.
    pub size: u64,
    /// The SHA-256 in hex.
    pub sha256: String,
    /// The first bytes of the file.
    pub head: Vec<u8>,
}

impl Draft {
    pub(super) fn new(target: Box<dyn Target>, id: [u8; 16], most: u64) -> Self {
        let key = FileKey::generate();
        Self {
            target,
            pieces: key.pieces(&id),
            id,
            key,
            piece: Vec::with_capacity(PIECE + 16),
            place: 0,
            size: 0,
            most,
            digest: Sha256::new(),
            head: Vec::new(),
        }
    }

    /// Discards what was written so far. The file then gets a new key, because one key must not seal two pieces at the
    /// same position.
    pub fn start_over(&mut self) -> io::Result<()> {
        self.target.start_over()?;
        self.piece.clear();
        self.head.clear();
        self.key = FileKey::generate();
        self.pieces = self.key.pieces(&self.id);
        (self.place, self.size, self.digest) = (0, 0, Sha256::new());
        Ok(())
    }

    /// Whether nothing was written yet.
    pub const fn is_empty(&self) -> bool {
        self.size == 0
    }

    /// The first bytes of the file.
    pub fn head(&self) -> &[u8] {
        &self.head
    }

    /// Seals the rest and gives the file its name. When this returns, the file is stored.
    pub fn finish(mut self) -> io::Result<Written> {
        self.seal_piece(true)?;
        self.target.finish()?;
        let sha256 = hex::encode(self.digest.finalize());
        Ok(Written { key: self.key, size: self.size, sha256, head: self.head })
    }

    fn seal_piece(&mut self, is_last: bool) -> io::Result<()> {
        self.pieces.seal(self.place, is_last, &mut self.piece);
        self.target.write(&self.piece)?;
        self.piece.clear();
        self.place = self.place.checked_add(1).ok_or(ErrorKind::FileTooLarge)?;
        Ok(())
    }
}

impl Write for Draft {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        if bytes.is_empty() {
            return Ok(0);
        }
        if self.size + bytes.len() as u64 > self.most {
            return Err(ErrorKind::FileTooLarge.into());
        }
        if self.piece.len() == PIECE {
            self.seal_piece(false)?;
        }
        let taken = bytes.len().min(PIECE - self.piece.len());
        let bytes = &bytes[..taken];
        self.piece.extend_from_slice(bytes);
        self.digest.update(bytes);
        self.head.extend_from_slice(&bytes[..taken.min(HEAD - self.head.len())]);
        self.size += taken as u64;
        Ok(taken)
    }

    /// Does nothing, because a piece is written when it is full.
    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl std::fmt::Debug for Draft {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Draft").field("size", &self.size).finish_non_exhaustive()
    }
}
