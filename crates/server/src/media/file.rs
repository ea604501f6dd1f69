//! A file that is read: only the pieces that are asked for, each checked before a byte of it is given.

use std::fs;
use std::io::{self, ErrorKind, Read as _, Seek as _, SeekFrom};
use std::path::Path;

use linekeeper_storage::{PIECE, Pieces};

/// See the module. Everything blocks.
pub struct File {
    file: fs::File,
    pieces: Pieces,
    size: u64,
}

impl File {
    pub(super) fn open(path: &Path, pieces: Pieces, size: u64) -> io::Result<Self> {
        Ok(Self { file: fs::File::open(path)?, pieces, size })
    }

    /// The bytes from `from` to the end of its piece, or to `to` where that comes first.
    pub fn read(&mut self, from: u64, to: u64) -> io::Result<Vec<u8>> {
        let place = u32::try_from(from / PIECE as u64).map_err(|_| ErrorKind::InvalidInput)?;
        let mut piece = vec![0; Pieces::sealed_length(place, self.size)];
        self.file.seek(SeekFrom::Start(Pieces::offset(place)))?;
        self.file.read_exact(&mut piece)?;
        let is_last = u64::from(place) + 1 == Pieces::count(self.size);
        let altered = |error| io::Error::new(ErrorKind::InvalidData, error);
        self.pieces.open(place, is_last, &mut piece).map_err(altered)?;
        let begin = u64::from(place) * PIECE as u64;
        let end = (to - begin).min(piece.len() as u64) as usize;
        piece.truncate(end);
        piece.drain(..(from - begin) as usize);
        Ok(piece)
    }
}

impl std::fmt::Debug for File {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("File").field("size", &self.size).finish_non_exhaustive()
    }
}
