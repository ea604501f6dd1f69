//! The files on disk. Clients find a file by its path, which expires. Each upload of the same bytes creates
//! another path.

use base64::Engine as _;
use base64::prelude::BASE64_URL_SAFE_NO_PAD;
use jiff::{SignedDuration, Timestamp};
use parking_lot::Mutex;
use rand::RngExt;
use sha2::{Digest, Sha256};
use std::collections::HashMap;
use std::fs::File;
use std::io::{self, Read};
use std::path::{Path, PathBuf};
use tempfile::TempDir;

/// How long WhatsApp keeps a file.
const KEPT: SignedDuration = SignedDuration::from_hours(30 * 24);
/// All paths of files begin with this.
pub const PREFIX: &str = "/v/t62.7118-24/";

/// A file that the store accepted.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Stored {
    /// The file's path on the server.
    pub direct_path: String,
    /// The file's size in bytes.
    pub size: u64,
}

/// Why an upload was refused.
#[derive(Debug, thiserror::Error)]
pub enum PutError {
    /// The disk failed.
    #[error(transparent)]
    Io(#[from] io::Error),
    /// The hash of the uploaded bytes is not the one in the token.
    #[error("the token is not the hash of the file")]
    Hash,
}

/// The result of looking up a path.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Lookup {
    /// A file.
    Found {
        /// Where the file is on this machine.
        file: PathBuf,
        /// The file's size in bytes.
        size: u64,
    },
    /// There was a file, but its path has expired.
    Gone,
    /// There has never been a file at this path.
    Unknown,
}

struct Entry {
    file: PathBuf,
    size: u64,
    until: Timestamp,
}

/// All files of a server.
pub struct MediaStore {
    folder: TempDir,
    paths: Mutex<HashMap<String, Entry>>,
}

impl MediaStore {
    /// Creates an empty store in a temporary folder.
    ///
    /// # Errors
    /// When the folder cannot be created.
    pub fn new() -> io::Result<Self> {
        Ok(Self { folder: TempDir::with_prefix("whatsim-media-")?, paths: Mutex::default() })
    }

    /// The path on this machine to which the bytes of an unfinished upload are written.
    pub fn part(&self, token: &str) -> PathBuf {
        // Tokens come from the network and may contain any characters, so the file name is the token's hash.
        self.folder.path().join(format!("{}.part", hex::encode(Sha256::digest(token))))
    }

    /// How many bytes of an unfinished upload have arrived.
    pub fn progress(&self, token: &str) -> u64 {
        std::fs::metadata(self.part(token)).map_or(0, |meta| meta.len())
    }

    /// The stored file whose hash is `token`. Returns `None` if there is no such file with a path that is still valid.
    pub fn find(&self, token: &str, now: Timestamp) -> Option<Stored> {
        let file = self.file(token);
        let paths = self.paths.lock();
        let (path, entry) = paths.iter().find(|(_, entry)| entry.file == file && now < entry.until)?;
        Some(Stored { direct_path: path.clone(), size: entry.size })
    }

    /// Accepts a complete upload. Blocks while it checks the hash.
    ///
    /// # Errors
    /// See [`PutError`].
    pub fn finish(&self, token: &str, now: Timestamp) -> Result<Stored, PutError> {
        let part = self.part(token);
        if BASE64_URL_SAFE_NO_PAD.encode(hash(&part)?) != token {
            std::fs::remove_file(&part)?;
            return Err(PutError::Hash);
        }
        let file = self.file(token);
        std::fs::rename(&part, &file)?;
        Ok(self.publish(file, now)?)
    }

    /// Stores an encrypted file that a simulated phone uploads. Blocks while it writes.
    ///
    /// # Errors
    /// When the disk fails.
    pub fn put(&self, encrypted: &[u8], now: Timestamp) -> io::Result<Stored> {
        let token = BASE64_URL_SAFE_NO_PAD.encode(Sha256::digest(encrypted));
        let file = self.file(&token);
        std::fs::write(&file, encrypted)?;
        self.publish(file, now)
    }

    /// Looks up the file at a path.
    pub fn look_up(&self, direct_path: &str, now: Timestamp) -> Lookup {
        match self.paths.lock().get(direct_path) {
            None => Lookup::Unknown,
            Some(entry) if now >= entry.until => Lookup::Gone,
            Some(Entry { file, size, .. }) => Lookup::Found { file: file.clone(), size: *size },
        }
    }

    /// Creates a new path for the file that has the path `direct_path`. A phone does this when it uploads an expired
    /// file again.
    pub fn renew(&self, direct_path: &str, now: Timestamp) -> Option<Stored> {
        let file = self.paths.lock().get(direct_path)?.file.clone();
        self.publish(file, now).ok()
    }

    /// Makes all existing files expire. Returns their number.
    pub fn expire_all(&self, now: Timestamp) -> usize {
        let mut paths = self.paths.lock();
        let standing = paths.values_mut().filter(|entry| now < entry.until);
        standing.map(|entry| entry.until = now).count()
    }

    fn file(&self, token: &str) -> PathBuf {
        self.folder.path().join(hex::encode(Sha256::digest(token)))
    }

    fn publish(&self, file: PathBuf, now: Timestamp) -> io::Result<Stored> {
        let size = std::fs::metadata(&file)?.len();
        let name: [u8; 12] = rand::rng().random();
        let direct_path = format!("{PREFIX}{}_n.enc", hex::encode(name));
        self.paths.lock().insert(direct_path.clone(), Entry { file, size, until: now + KEPT });
        Ok(Stored { direct_path, size })
    }
}

fn hash(path: &Path) -> io::Result<[u8; 32]> {
    let mut file = File::open(path)?;
    let (mut hash, mut chunk) = (Sha256::new(), vec![0; 64 * 1024]);
    loop {
        match file.read(&mut chunk)? {
            0 => return Ok(hash.finalize().into()),
            read => hash.update(&chunk[..read]),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOW: Timestamp = Timestamp::UNIX_EPOCH;

    #[test]
    fn a_file_is_available_until_it_expires_and_can_be_renewed() {
        let store = MediaStore::new().unwrap();
        let stored = store.put(b"encrypted", NOW).unwrap();
        let at = |path: &str, now| store.look_up(path, now);
        assert!(matches!(at(&stored.direct_path, NOW), Lookup::Found { size: 9, .. }));
        assert_eq!(at("/v/other", NOW), Lookup::Unknown);
        assert_eq!(at(&stored.direct_path, NOW + KEPT), Lookup::Gone);
        assert_eq!(store.expire_all(NOW), 1);
        assert_eq!(at(&stored.direct_path, NOW), Lookup::Gone);
        let renewed = store.renew(&stored.direct_path, NOW).unwrap();
        assert_ne!(renewed.direct_path, stored.direct_path);
        assert!(matches!(at(&renewed.direct_path, NOW), Lookup::Found { size: 9, .. }));
    }

    #[test]
    fn an_upload_must_match_the_hash_in_its_name() {
        let store = MediaStore::new().unwrap();
        let token = BASE64_URL_SAFE_NO_PAD.encode(Sha256::digest(b"right"));
        std::fs::write(store.part(&token), b"wrong").unwrap();
        assert_eq!(store.progress(&token), 5);
        assert!(matches!(store.finish(&token, NOW), Err(PutError::Hash)));
        assert_eq!(store.progress(&token), 0);
        std::fs::write(store.part(&token), b"right").unwrap();
        let stored = store.finish(&token, NOW).unwrap();
        assert_eq!(store.find(&token, NOW), Some(stored));
    }
}
