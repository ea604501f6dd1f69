//! Where files are stored: in a folder or in a bucket, under the name `<account>/<file>`. A file gets its name
//! only when it is complete and stored durably. Only after that does its database row say that it exists. So a
//! crash may leave a file without a row, but never a row without its file. The cleanup (`sweep`) removes files
//! without a row.

use std::collections::HashSet;
use std::io::{self, ErrorKind};
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use linekeeper_model::id::{AccountId, MediaId};
use linekeeper_storage::FileKey;

use super::bucket::Bucket;
use super::draft::{Draft, Target};
use super::file::File;
use super::folder::Folder;

/// The kind of error that means that the store fails at the moment. The same call may succeed later.
pub const AWAY: ErrorKind = ErrorKind::ResourceBusy;

/// How long a file may exist without a database row before the cleanup removes it.
pub(super) const ORPHAN_AFTER: Duration = Duration::from_secs(60 * 60);

/// The store of files. Cloning it is cheap.
#[derive(Debug, Clone)]
pub struct Store(Arc<Places>);

#[derive(Debug)]
struct Places {
    main: Place,
    /// The folder with files that were written before another store was configured.
    older: Option<Folder>,
}

#[derive(Debug)]
enum Place {
    Folder(Folder),
    Bucket(Bucket),
}

impl Store {
    /// A store in the folder `folder`, which is created if it is missing. Files that are in the folder `older` are
    /// still read and removed there.
    pub fn in_folder(folder: PathBuf, older: Option<PathBuf>) -> Self {
        Self::new(Place::Folder(Folder::new(folder)), older)
    }

    /// A store in a bucket. Files that are in the folder `older` are still read and removed there.
    pub fn in_bucket(bucket: Bucket, older: PathBuf) -> Self {
        Self::new(Place::Bucket(bucket), Some(older))
    }

    fn new(main: Place, older: Option<PathBuf>) -> Self {
        Self(Arc::new(Places { main, older: older.map(Folder::new) }))
    }

    /// The minimum interval between two calls of [`Self::bytes`]. An S3 store may charge money for each call.
    pub fn counted_every(&self) -> Duration {
        match &self.0.main {
            Place::Folder(_) => Duration::from_secs(60),
            Place::Bucket(_) => Duration::from_secs(60 * 60),
        }
    }

    /// Begins to write a file of at most `most` bytes. This blocks.
    pub fn create(&self, account: AccountId, id: MediaId, most: u64) -> io::Result<Draft> {
        let target: Box<dyn Target> = match &self.0.main {
            Place::Folder(folder) => Box::new(folder.create(account, id)?),
            Place::Bucket(bucket) => Box::new(bucket.create(account, id)),
        };
        Ok(Draft::new(target, *id.as_bytes(), most))
    }

    /// Opens a file of `size` bytes. If the file is in a bucket, only reading it shows whether it exists. This
    /// blocks.
    pub fn open(&self, account: AccountId, id: MediaId, key: &FileKey, size: u64) -> io::Result<File> {
        let pieces = || key.pieces(id.as_bytes());
        for folder in self.folders() {
            if let Some(file) = folder.open(account, id)? {
                return Ok(File::in_folder(file, pieces(), size));
            }
        }
        match &self.0.main {
            Place::Folder(_) => Err(ErrorKind::NotFound.into()),
            Place::Bucket(bucket) => Ok(File::in_bucket(bucket.object(account, id), pieces(), size)),
        }
    }

    /// Removes files. If a file does not exist, that is no error. This blocks.
    pub fn remove(&self, account: AccountId, ids: Vec<MediaId>) -> io::Result<()> {
        for folder in self.folders() {
            ids.iter().try_for_each(|id| folder.remove(account, *id))?;
        }
        self.bucket().map_or(Ok(()), |bucket| bucket.remove(account, ids))
    }

    /// Removes all files of an account. If there are none, that is no error. This blocks.
    pub fn remove_all(&self, account: AccountId) -> io::Result<()> {
        self.folders().try_for_each(|folder| folder.remove_all(account))?;
        self.bucket().map_or(Ok(()), |bucket| bucket.remove_all(account))
    }

    /// Returns the accounts that have files. This blocks.
    pub fn accounts(&self) -> io::Result<HashSet<AccountId>> {
        let mut accounts = HashSet::new();
        for folder in self.folders() {
            accounts.extend(folder.accounts()?);
        }
        if let Some(bucket) = self.bucket() {
            accounts.extend(bucket.accounts()?);
        }
        Ok(accounts)
    }

    /// The cleanup. Removes an account's files that have no row in the database. These are files whose row was
    /// never written or was deleted with its message, and incomplete files that a crash left. Returns how many
    /// were removed. This blocks.
    pub fn sweep(&self, account: AccountId, rows: &HashSet<MediaId>) -> io::Result<usize> {
        let mut removed = 0;
        for folder in self.folders() {
            removed += folder.sweep(account, rows)?;
        }
        if let Some(bucket) = self.bucket() {
            removed += bucket.sweep(account, rows)?;
        }
        Ok(removed)
    }

    /// Returns the size of all files in bytes. This blocks.
    pub fn bytes(&self) -> io::Result<u64> {
        let mut total = 0;
        for folder in self.folders() {
            total += folder.bytes()?;
        }
        Ok(total + self.bucket().map_or(Ok(0), Bucket::bytes)?)
    }

    fn folders(&self) -> impl Iterator<Item = &Folder> {
        let main = match &self.0.main {
            Place::Folder(folder) => Some(folder),
            Place::Bucket(_) => None,
        };
        main.into_iter().chain(&self.0.older)
    }

    fn bucket(&self) -> Option<&Bucket> {
        match &self.0.main {
            Place::Folder(_) => None,
            Place::Bucket(bucket) => Some(bucket),
        }
    }
}

#[cfg(test)]
mod tests {
    use std::fs;
    use std::io::Write as _;

    use jiff::Timestamp;

    use super::*;

    fn store() -> (tempfile::TempDir, Store, AccountId, MediaId) {
        let folder = tempfile::tempdir().unwrap();
        let store = Store::in_folder(folder.path().join("media"), Some(folder.path().join("older")));
        let account = AccountId::generate(Timestamp::UNIX_EPOCH, &mut rand::rng());
        let id = MediaId::generate(Timestamp::UNIX_EPOCH, &mut rand::rng());
        (folder, store, account, id)
    }

    fn path(folder: &tempfile::TempDir, account: AccountId, id: MediaId) -> PathBuf {
        folder.path().join("media").join(account.to_string()).join(id.to_string())
    }

    fn bytes(length: usize) -> Vec<u8> {
        (0..length).map(|n| (n % 251) as u8).collect()
    }

    fn read(file: &mut File, from: u64, to: u64) -> Vec<u8> {
        let mut read = Vec::new();
        while (read.len() as u64) < to - from {
            read.extend(file.read(from + read.len() as u64, to).unwrap());
        }
        read
    }

    #[test]
    fn any_part_of_a_file_is_read_back() {
        let (_folder, store, account, _) = store();
        for length in [0, 1, 65_535, 65_536, 65_537, 200_000] {
            let id = MediaId::generate(Timestamp::UNIX_EPOCH, &mut rand::rng());
            let plain = bytes(length);
            let mut draft = store.create(account, id, 1 << 20).unwrap();
            draft.write_all(&plain).unwrap();
            let written = draft.finish().unwrap();
            assert_eq!(written.size, length as u64);
            let mut file = store.open(account, id, &written.key, written.size).unwrap();
            assert_eq!(read(&mut file, 0, length as u64), plain);
            let (from, to) = (length / 3, length - length / 4);
            assert_eq!(read(&mut file, from as u64, to as u64), plain[from..to], "{length}");
        }
    }

    #[test]
    fn a_restarted_draft_holds_only_the_bytes_written_after_the_restart() {
        let (_folder, store, account, id) = store();
        let mut draft = store.create(account, id, 1 << 20).unwrap();
        draft.write_all(&bytes(200_000)).unwrap();
        draft.start_over().unwrap();
        draft.write_all(b"short").unwrap();
        let written = draft.finish().unwrap();
        assert_eq!(written.head, b"short");
        let mut file = store.open(account, id, &written.key, 5).unwrap();
        assert_eq!(read(&mut file, 0, 5), b"short");
    }

    #[test]
    fn a_draft_that_ends_early_or_is_too_long_leaves_nothing() {
        let (_folder, store, account, id) = store();
        let mut draft = store.create(account, id, 10).unwrap();
        let refused = draft.write_all(&bytes(11)).unwrap_err();
        assert_eq!(refused.kind(), ErrorKind::FileTooLarge);
        drop(draft);
        assert_eq!(store.bytes().unwrap(), 0);
        assert!(store.open(account, id, &FileKey::generate(), 0).is_err());
    }

    #[test]
    fn a_truncated_file_is_not_read() {
        let (folder, store, account, id) = store();
        let mut draft = store.create(account, id, 1 << 20).unwrap();
        draft.write_all(&bytes(200_000)).unwrap();
        let key = draft.finish().unwrap().key;
        let file = fs::File::options().write(true).open(path(&folder, account, id)).unwrap();
        file.set_len(150_000).unwrap();
        let mut cut = store.open(account, id, &key, 200_000).unwrap();
        assert!(cut.read(0, 200_000).is_ok(), "the first piece is whole");
        assert!(cut.read(140_000, 200_000).is_err());
    }

    #[test]
    fn the_sweep_removes_old_files_without_a_row() {
        let (folder, store, account, id) = store();
        let other = MediaId::generate(Timestamp::UNIX_EPOCH, &mut rand::rng());
        for id in [id, other] {
            store.create(account, id, 1 << 20).unwrap().finish().unwrap();
        }
        let (rows, key) = (HashSet::from([id]), FileKey::generate());
        assert_eq!(store.sweep(account, &rows).unwrap(), 0, "its row may still come");
        let file = fs::File::options().write(true).open(path(&folder, account, other)).unwrap();
        file.set_modified(std::time::UNIX_EPOCH).unwrap();
        assert_eq!(store.sweep(account, &rows).unwrap(), 1);
        assert!(store.open(account, id, &key, 0).is_ok() && store.open(account, other, &key, 0).is_err());
        assert_eq!(store.accounts().unwrap(), HashSet::from([account]));
    }

    #[test]
    fn files_in_the_previous_media_folder_are_still_read_and_removed() {
        let (folder, before, account, id) = store();
        let mut draft = before.create(account, id, 1 << 20).unwrap();
        draft.write_all(b"from before").unwrap();
        let written = draft.finish().unwrap();
        fs::rename(folder.path().join("media"), folder.path().join("older")).unwrap();
        let now = Store::in_folder(folder.path().join("media"), Some(folder.path().join("older")));
        let mut file = now.open(account, id, &written.key, written.size).unwrap();
        assert_eq!(read(&mut file, 0, 11), b"from before");
        assert_eq!(now.accounts().unwrap(), HashSet::from([account]));
        now.remove(account, vec![id]).unwrap();
        assert!(now.open(account, id, &written.key, written.size).is_err());
        assert_eq!(now.bytes().unwrap(), 0);
    }
}
