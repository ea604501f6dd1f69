//! The folder of files: `<account>/<file>`. A file gets its name only when it is complete and on disk, before its row says
//! that it is here: a crash leaves a file without a row, which the sweep removes, and never a row without its file.

use std::collections::HashSet;
use std::fs;
use std::io::{self, ErrorKind};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use linekeeper_model::id::{AccountId, MediaId};
use linekeeper_storage::FileKey;

use super::draft::Draft;
use super::file::File;

/// Room that stays for the databases: a full disk refuses files before it refuses texts.
const RESERVE: u64 = 64 * 1024 * 1024;
/// A file without a row may wait this long for it.
const ORPHAN_AFTER: Duration = Duration::from_secs(60 * 60);

/// See the module. Cheap to clone.
#[derive(Debug, Clone)]
pub struct Store {
    folder: Arc<PathBuf>,
}

impl Store {
    /// The files under `folder`, which is made at need.
    pub fn new(folder: PathBuf) -> Self {
        Self { folder: Arc::new(folder) }
    }

    /// Begins to write a file of at most `most` bytes. Blocks.
    pub fn create(&self, account: AccountId, id: MediaId, most: u64) -> io::Result<Draft> {
        let folder = self.folder_of(account);
        make_private(&folder)?;
        self.require_room()?;
        Draft::new(&folder.join(id.to_string()), *id.as_bytes(), most)
    }

    /// Opens a file of `size` bytes. Blocks.
    pub fn open(&self, account: AccountId, id: MediaId, key: &FileKey, size: u64) -> io::Result<File> {
        File::open(&self.path(account, id), key.pieces(id.as_bytes()), size)
    }

    /// Removes a file. Fine where it is gone. Blocks.
    pub fn remove(&self, account: AccountId, id: MediaId) -> io::Result<()> {
        gone_is_fine(fs::remove_file(self.path(account, id)))
    }

    /// The accounts that have files. Blocks.
    pub fn accounts(&self) -> io::Result<Vec<AccountId>> {
        Ok(names(&self.folder)?.iter().filter_map(|name| name.parse().ok()).collect())
    }

    /// Removes what lies in an account's folder and has no row: files whose row never came or went with its message, and
    /// what a crash left half-written. Returns how many went. Blocks.
    pub fn sweep(&self, account: AccountId, rows: &HashSet<MediaId>) -> io::Result<usize> {
        let folder = self.folder_of(account);
        let mut removed = 0;
        for name in names(&folder)? {
            if name.parse().is_ok_and(|id: MediaId| rows.contains(&id)) {
                continue;
            }
            let path = folder.join(&name);
            let is_old = fs::metadata(&path)?.modified()?.elapsed().is_ok_and(|age| age > ORPHAN_AFTER);
            if is_old {
                gone_is_fine(fs::remove_file(path))?;
                removed += 1;
            }
        }
        if rows.is_empty() {
            // It goes once it is empty.
            let _not_empty_yet = fs::remove_dir(&folder);
        }
        Ok(removed)
    }

    /// Bytes of all files. Blocks.
    pub fn bytes(&self) -> io::Result<u64> {
        let mut total = 0;
        for account in names(&self.folder)? {
            let folder = self.folder.join(account);
            for name in names(&folder)? {
                total += fs::metadata(folder.join(name)).map_or(0, |file| file.len());
            }
        }
        Ok(total)
    }

    fn require_room(&self) -> io::Result<()> {
        let disk = rustix::fs::statvfs(self.folder.as_path())?;
        if disk.f_bavail.saturating_mul(disk.f_frsize) < RESERVE {
            return Err(ErrorKind::StorageFull.into());
        }
        Ok(())
    }

    fn folder_of(&self, account: AccountId) -> PathBuf {
        self.folder.join(account.to_string())
    }

    fn path(&self, account: AccountId, id: MediaId) -> PathBuf {
        self.folder_of(account).join(id.to_string())
    }
}

/// A folder that its owner alone may enter.
fn make_private(folder: &Path) -> io::Result<()> {
    use std::os::unix::fs::DirBuilderExt;
    fs::DirBuilder::new().recursive(true).mode(0o700).create(folder)
}

fn names(folder: &Path) -> io::Result<Vec<String>> {
    let entries = match fs::read_dir(folder) {
        Err(error) if error.kind() == ErrorKind::NotFound => return Ok(Vec::new()),
        entries => entries?,
    };
    entries.map(|entry| Ok(entry?.file_name().to_string_lossy().into_owned())).collect()
}

fn gone_is_fine(removed: io::Result<()>) -> io::Result<()> {
    match removed {
        Err(error) if error.kind() == ErrorKind::NotFound => Ok(()),
        removed => removed,
    }
}

#[cfg(test)]
mod tests {
    use std::io::Write as _;

    use jiff::Timestamp;

    use super::*;

    fn store() -> (tempfile::TempDir, Store, AccountId, MediaId) {
        let folder = tempfile::tempdir().unwrap();
        let store = Store::new(folder.path().join("media"));
        make_private(&store.folder).unwrap();
        let account = AccountId::generate(Timestamp::UNIX_EPOCH, &mut rand::rng());
        let id = MediaId::generate(Timestamp::UNIX_EPOCH, &mut rand::rng());
        (folder, store, account, id)
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
    fn any_part_of_any_file_comes_back() {
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
    fn a_draft_that_starts_over_holds_only_what_came_after() {
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
    fn nothing_is_left_of_a_draft_that_ends_early_or_is_too_long() {
        let (_folder, store, account, id) = store();
        let mut draft = store.create(account, id, 10).unwrap();
        let refused = draft.write_all(&bytes(11)).unwrap_err();
        assert_eq!(refused.kind(), ErrorKind::FileTooLarge);
        drop(draft);
        assert_eq!(store.bytes().unwrap(), 0);
        assert!(store.open(account, id, &FileKey::generate(), 0).is_err());
    }

    #[test]
    fn a_file_that_was_cut_is_not_read() {
        let (_folder, store, account, id) = store();
        let mut draft = store.create(account, id, 1 << 20).unwrap();
        draft.write_all(&bytes(200_000)).unwrap();
        let key = draft.finish().unwrap().key;
        let file = fs::File::options().write(true).open(store.path(account, id)).unwrap();
        file.set_len(150_000).unwrap();
        let mut cut = store.open(account, id, &key, 200_000).unwrap();
        assert!(cut.read(0, 200_000).is_ok(), "the first piece is whole");
        assert!(cut.read(140_000, 200_000).is_err());
    }

    #[test]
    fn the_sweep_removes_old_files_without_a_row() {
        let (_folder, store, account, id) = store();
        let other = MediaId::generate(Timestamp::UNIX_EPOCH, &mut rand::rng());
        for id in [id, other] {
            store.create(account, id, 1 << 20).unwrap().finish().unwrap();
        }
        let (rows, key) = (HashSet::from([id]), FileKey::generate());
        assert_eq!(store.sweep(account, &rows).unwrap(), 0, "its row may still come");
        let file = fs::File::options().write(true).open(store.path(account, other)).unwrap();
        file.set_modified(std::time::UNIX_EPOCH).unwrap();
        assert_eq!(store.sweep(account, &rows).unwrap(), 1);
        assert!(store.open(account, id, &key, 0).is_ok() && store.open(account, other, &key, 0).is_err());
        assert_eq!(store.accounts().unwrap(), [account]);
    }
}
