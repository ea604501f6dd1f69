//! Files in a folder of this machine. Their paths are `<account>/<file>`.

use std::collections::HashSet;
use std::fs::{self, OpenOptions};
use std::io::{self, ErrorKind, Seek as _, Write as _};
use std::os::unix::fs::{DirBuilderExt as _, OpenOptionsExt as _};
use std::path::{Path, PathBuf};

use linekeeper_model::id::{AccountId, MediaId};

use super::draft::Target;
use super::store::ORPHAN_AFTER;

/// Disk space in bytes that is reserved for the databases. When the disk is nearly full, the server refuses files, but
/// still accepts text messages.
const RESERVE: u64 = 64 * 1024 * 1024;

/// A folder of files. All methods block.
#[derive(Debug)]
pub(super) struct Folder(PathBuf);

impl Folder {
    /// The store in this folder. The folder itself is created when the first file is written.
    pub(super) const fn new(path: PathBuf) -> Self {
        Self(path)
    }

    pub(super) fn create(&self, account: AccountId, id: MediaId) -> io::Result<Begun> {
        make_private(&self.of(account))?;
        self.require_room()?;
        Begun::new(self.path(account, id))
    }

    /// Opens a file. Returns `None` if it does not exist.
    pub(super) fn open(&self, account: AccountId, id: MediaId) -> io::Result<Option<fs::File>> {
        match fs::File::open(self.path(account, id)) {
            Err(error) if error.kind() == ErrorKind::NotFound => Ok(None),
            opened => opened.map(Some),
        }
    }

    pub(super) fn remove(&self, account: AccountId, id: MediaId) -> io::Result<()> {
        gone_is_fine(fs::remove_file(self.path(account, id)))
    }

    pub(super) fn remove_all(&self, account: AccountId) -> io::Result<()> {
        gone_is_fine(fs::remove_dir_all(self.of(account)))
    }

    pub(super) fn accounts(&self) -> io::Result<Vec<AccountId>> {
        Ok(names(&self.0)?.iter().filter_map(|name| name.parse().ok()).collect())
    }

    pub(super) fn sweep(&self, account: AccountId, rows: &HashSet<MediaId>) -> io::Result<usize> {
        let folder = self.of(account);
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
            // The account's folder is removed if it is empty. Otherwise this fails, and the error is ignored.
            let _not_empty_yet = fs::remove_dir(&folder);
        }
        Ok(removed)
    }

    pub(super) fn bytes(&self) -> io::Result<u64> {
        let mut total = 0;
        for account in names(&self.0)? {
            let folder = self.0.join(account);
            for name in names(&folder)? {
                total += fs::metadata(folder.join(name)).map_or(0, |file| file.len());
            }
        }
        Ok(total)
    }

    fn require_room(&self) -> io::Result<()> {
        let disk = rustix::fs::statvfs(self.0.as_path())?;
        if disk.f_bavail.saturating_mul(disk.f_frsize) < RESERVE {
            return Err(ErrorKind::StorageFull.into());
        }
        Ok(())
    }

    fn of(&self, account: AccountId) -> PathBuf {
        self.0.join(account.to_string())
    }

    fn path(&self, account: AccountId, id: MediaId) -> PathBuf {
        self.of(account).join(id.to_string())
    }
}

/// A file that has no name yet. It gets its name when it is complete and on disk. If it is dropped before that,
/// nothing of it remains.
pub(super) struct Begun {
    file: fs::File,
    path: PathBuf,
    draft: PathBuf,
    is_finished: bool,
}

impl Begun {
    fn new(path: PathBuf) -> io::Result<Self> {
        let mut draft = path.clone().into_os_string();
        draft.push(format!(".{:016x}", rand::random::<u64>()));
        let draft = PathBuf::from(draft);
        let file = OpenOptions::new().write(true).create_new(true).mode(0o600).open(&draft)?;
        Ok(Self { file, path, draft, is_finished: false })
    }
}

impl Target for Begun {
    fn write(&mut self, piece: &[u8]) -> io::Result<()> {
        self.file.write_all(piece)
    }

    fn start_over(&mut self) -> io::Result<()> {
        self.file.set_len(0)?;
        self.file.rewind()
    }

    fn finish(mut self: Box<Self>) -> io::Result<()> {
        self.file.sync_all()?;
        fs::rename(&self.draft, &self.path)?;
        self.is_finished = true;
        if let Some(folder) = self.path.parent() {
            fs::File::open(folder)?.sync_all()?;
        }
        Ok(())
    }
}

impl Drop for Begun {
    fn drop(&mut self) {
        if !self.is_finished {
            // If this fails, the next cleanup removes the file.
            let _left_behind = fs::remove_file(&self.draft);
        }
    }
}

/// Creates a folder that only its owner can enter.
fn make_private(folder: &Path) -> io::Result<()> {
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
