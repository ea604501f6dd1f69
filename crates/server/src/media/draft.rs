//! A file that is being written. It gets its name when it is finished; dropped before, nothing is left of it.

use std::fs::{self, OpenOptions};
use std::io::{self, ErrorKind, Seek as _, Write};
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::{Path, PathBuf};

use linekeeper_storage::{FileKey, PIECE, Pieces};
use sha2::{Digest as _, Sha256};

/// As much of the beginning as tells the type of a file.
const HEAD: usize = 8 * 1024;

/// See the module. Everything blocks.
pub struct Draft {
    file: fs::File,
    path: PathBuf,
    draft: PathBuf,
    id: [u8; 16],
    key: FileKey,
    pieces: Pieces,
    piece: Vec<u8>,
    place: u32,
    size: u64,
    most: u64,
    digest: Sha256,
    head: Vec<u8>,
    is_finished: bool,
}

/// A file that is complete and on disk.
#[derive(Debug, Clone)]
pub struct Written {
    /// Opens it.
    pub key: FileKey,
    /// Bytes.
    pub size: u64,
    /// The SHA-256 in hex.
    pub sha256: String,
    /// Its beginning.
    pub head: Vec<u8>,
}

impl Draft {
    pub(super) fn new(path: &Path, id: [u8; 16], most: u64) -> io::Result<Self> {
        let mut draft = path.as_os_str().to_owned();
        draft.push(format!(".{:016x}", rand::random::<u64>()));
        let draft = PathBuf::from(draft);
        let file = OpenOptions::new().write(true).create_new(true).mode(0o600).open(&draft)?;
        let key = FileKey::generate();
        Ok(Self {
            file,
            path: path.to_owned(),
            draft,
            pieces: key.pieces(&id),
            id,
            key,
            piece: Vec::with_capacity(PIECE + 16),
            place: 0,
            size: 0,
            most,
            digest: Sha256::new(),
            head: Vec::new(),
            is_finished: false,
        })
    }

    /// Forgets what was written so far. What comes now has another key: under one, a place is sealed only once.
    pub fn start_over(&mut self) -> io::Result<()> {
        self.file.set_len(0)?;
        self.file.rewind()?;
        self.piece.clear();
        self.head.clear();
        self.key = FileKey::generate();
        self.pieces = self.key.pieces(&self.id);
        (self.place, self.size, self.digest) = (0, 0, Sha256::new());
        Ok(())
    }

    /// Whether nothing was written.
    pub const fn is_empty(&self) -> bool {
        self.size == 0
    }

    /// The beginning of what was written.
    pub fn head(&self) -> &[u8] {
        &self.head
    }

    /// Seals the rest and gives the file its name. It is on disk when this returns.
    pub fn finish(mut self) -> io::Result<Written> {
        self.seal_piece(true)?;
        self.file.sync_all()?;
        fs::rename(&self.draft, &self.path)?;
        self.is_finished = true;
        if let Some(folder) = self.path.parent() {
            fs::File::open(folder)?.sync_all()?;
        }
        let digest = std::mem::take(&mut self.digest).finalize();
        let head = std::mem::take(&mut self.head);
        Ok(Written { key: self.key.clone(), size: self.size, sha256: hex::encode(digest), head })
    }

    fn seal_piece(&mut self, is_last: bool) -> io::Result<()> {
        self.pieces.seal(self.place, is_last, &mut self.piece);
        self.file.write_all(&self.piece)?;
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

    /// A piece is written when it is full.
    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl Drop for Draft {
    fn drop(&mut self) {
        if !self.is_finished {
            // The sweep finds what this leaves.
            let _left_behind = fs::remove_file(&self.draft);
        }
    }
}

impl std::fmt::Debug for Draft {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Draft").field("size", &self.size).finish_non_exhaustive()
    }
}
