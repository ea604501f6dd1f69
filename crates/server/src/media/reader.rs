//! Reads a file as a stream, without loading it into memory. It is for code that reads from the beginning or seeks
//! in the file.

use std::io::{self, BufRead, ErrorKind, Read, Seek, SeekFrom};

use super::file::File;

/// A stream of the bytes of a file. All methods block.
#[derive(Debug)]
pub struct Reader {
    file: File,
    at: u64,
    piece: Vec<u8>,
    /// The number of bytes of the current piece that were already read.
    given: usize,
}

impl Reader {
    pub(super) const fn new(file: File) -> Self {
        Self { file, at: 0, piece: Vec::new(), given: 0 }
    }

    /// The size of the whole file in bytes.
    pub const fn size(&self) -> u64 {
        self.file.size()
    }
}

impl BufRead for Reader {
    fn fill_buf(&mut self) -> io::Result<&[u8]> {
        if self.given == self.piece.len() && self.at < self.file.size() {
            self.piece = self.file.read(self.at, self.file.size())?;
            self.at += self.piece.len() as u64;
            self.given = 0;
        }
        Ok(&self.piece[self.given..])
    }

    fn consume(&mut self, amount: usize) {
        self.given = self.piece.len().min(self.given + amount);
    }
}

impl Read for Reader {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let ready = self.fill_buf()?;
        let taken = ready.len().min(buffer.len());
        buffer[..taken].copy_from_slice(&ready[..taken]);
        self.consume(taken);
        Ok(taken)
    }
}

impl Seek for Reader {
    fn seek(&mut self, to: SeekFrom) -> io::Result<u64> {
        let now = self.at - (self.piece.len() - self.given) as u64;
        let (from, by) = match to {
            SeekFrom::Start(at) => (at, 0),
            SeekFrom::End(by) => (self.file.size(), by),
            SeekFrom::Current(by) => (now, by),
        };
        let at = from.checked_add_signed(by).ok_or(ErrorKind::InvalidInput)?;
        // The current piece ends at `self.at`. If the new position is inside this piece, no other piece is needed.
        let begin = self.at - self.piece.len() as u64;
        if (begin..=self.at).contains(&at) && !self.piece.is_empty() {
            self.given = (at - begin) as usize;
        } else {
            self.piece.clear();
            self.given = 0;
            self.at = at;
        }
        Ok(at)
    }
}
