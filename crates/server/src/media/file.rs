//! A file that is being read. Only the requested pieces are read, and each piece is verified before any of its
//! bytes is returned. From a bucket, several pieces are fetched together.

use std::fs;
use std::io::{self, ErrorKind, Read as _, Seek as _, SeekFrom};
use std::ops::Range;

use linekeeper_storage::{PIECE, Pieces};

use super::bucket::Object;
use super::reader::Reader;

/// The maximum number of sealed pieces that are fetched together. Sixteen pieces have one MiB in total.
const AT_ONCE: u32 = 16;

/// A file that is being read piece by piece. Each piece is verified before its bytes are returned.
pub struct File {
    source: Source,
    pieces: Pieces,
    size: u64,
}

enum Source {
    Folder(fs::File),
    Bucket(Object),
}

impl File {
    pub(super) const fn in_folder(file: fs::File, pieces: Pieces, size: u64) -> Self {
        Self { source: Source::Folder(file), pieces, size }
    }

    pub(super) const fn in_bucket(object: Object, pieces: Pieces, size: u64) -> Self {
        Self { source: Source::Bucket(object), pieces, size }
    }

    /// The size of the whole file in bytes.
    pub const fn size(&self) -> u64 {
        self.size
    }

    /// Turns the file into a reader. Reading from it blocks.
    pub const fn into_reader(self) -> Reader {
        Reader::new(self)
    }

    /// Fetches from a bucket the bytes that [`Self::read`] needs, so that `read` does not block a thread to wait for
    /// them.
    pub async fn prepare(&mut self, from: u64, to: u64) -> io::Result<()> {
        let (wanted, ahead) = self.sealed(place(from)?, to);
        match &mut self.source {
            Source::Folder(_) => Ok(()),
            Source::Bucket(object) => object.prepare(&wanted, ahead).await,
        }
    }

    /// Returns the bytes from `from` to the end of the piece that contains them, or to `to` if that is earlier.
    /// This blocks.
    pub fn read(&mut self, from: u64, to: u64) -> io::Result<Vec<u8>> {
        let place = place(from)?;
        let (wanted, ahead) = self.sealed(place, to);
        let mut piece = match &mut self.source {
            Source::Folder(file) => {
                let mut piece = vec![0; Pieces::sealed_length(place, self.size)];
                file.seek(SeekFrom::Start(wanted.start))?;
                file.read_exact(&mut piece)?;
                piece
            }
            Source::Bucket(object) => object.read(&wanted, ahead)?,
        };
        let is_last = u64::from(place) + 1 == Pieces::count(self.size);
        let altered = |error| io::Error::new(ErrorKind::InvalidData, error);
        self.pieces.open(place, is_last, &mut piece).map_err(altered)?;
        let begin = u64::from(place) * PIECE as u64;
        let end = (to - begin).min(piece.len() as u64) as usize;
        piece.truncate(end);
        piece.drain(..(from - begin) as usize);
        Ok(piece)
    }

    /// Two byte ranges of the stored file. The first is the sealed piece with the number `place`, counted from 0. The
    /// second also includes the following pieces up to `to`, at most [`AT_ONCE`] pieces in total.
    fn sealed(&self, place: u32, to: u64) -> (Range<u64>, Range<u64>) {
        let end = |place| Pieces::offset(place) + Pieces::sealed_length(place, self.size) as u64;
        let last = u32::try_from(to.min(self.size).saturating_sub(1) / PIECE as u64).unwrap_or(u32::MAX);
        let last = last.clamp(place, place.saturating_add(AT_ONCE - 1));
        let begin = Pieces::offset(place);
        (begin..end(place), begin..end(last))
    }
}

fn place(from: u64) -> io::Result<u32> {
    u32::try_from(from / PIECE as u64).map_err(|_| ErrorKind::InvalidInput.into())
}

impl std::fmt::Debug for File {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("File").field("size", &self.size).finish_non_exhaustive()
    }
}
