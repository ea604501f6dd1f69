//! Opens a SQLite file. Only its owner can read the file. It has a write-ahead log, and a commit returns only when its
//! changes are on disk.

mod lease;
mod pool;
mod statement;

use std::fs::{DirBuilder, File, OpenOptions, Permissions};
use std::io;
use std::os::unix::fs::{DirBuilderExt, OpenOptionsExt, PermissionsExt};
use std::path::{Path, PathBuf};
use std::time::Duration;

use rusqlite::config::DbConfig;
use rusqlite::{Connection, OpenFlags};
use tokio::task::spawn_blocking;

use super::error::Error;
use super::pool::Pool;
pub(crate) use lease::{Lease, Place};
pub(crate) use pool::Pool as SqlitePool;
pub(crate) use statement::Wanted;

/// How long a process waits while another process writes, for example while a command runs beside the server.
const BUSY_TIMEOUT: Duration = Duration::from_secs(15);
const MAX_READERS: u32 = 3;

/// A connection for reading that was not used for this long is closed.
const READER_IDLE: Duration = Duration::from_secs(60);
/// The number of prepared statements that a connection keeps: enough for all statements that messages, webhooks and the
/// queue use in turn, so that SQLite does not parse them again.
const STATEMENTS: usize = 160;

/// When the write-ahead log has this many pages, SQLite copies the pages into the database file. With a higher number,
/// SQLite copies fewer pages in total, because a page that many commits changed is copied only once. With SQLite's
/// default of 1,000 pages, copying took 7 % of the writers' CPU time.
const LOG_PAGES: i64 = 4_000;

/// The sizes of page caches in KiB. They are small, because the operating system caches the file too, and SQLite's
/// default of 2 MiB per connection would need more memory than the sessions.
pub(crate) struct Cache {
    pub(crate) writer_kib: u32,
    pub(crate) reader_kib: u32,
}

/// How a connection to a file is opened.
#[derive(Debug, Clone)]
struct Opening {
    path: PathBuf,
    cache_kib: u32,
    only_reads: bool,
}

/// Opens or creates the file with mode 0600. Its log files get the same mode.
pub(crate) async fn open(path: &Path, cache: Cache) -> Result<Pool, Error> {
    let _opening = opening_lock(path).await?;
    create_private_file(path)?;
    let opening = |cache_kib, only_reads| Opening { path: path.to_owned(), cache_kib, only_reads };
    let writer = SqlitePool::new(opening(cache.writer_kib, false), 1, None);
    let readers = SqlitePool::new(opening(cache.reader_kib, true), MAX_READERS, Some(READER_IDLE));
    // The first connection switches a new file to the write-ahead log. Meanwhile, the lock keeps other processes from
    // opening the file.
    drop(writer.acquire(Place::Aside).await?);
    Ok(Pool::Sqlite { writer, readers })
}

/// A database in memory, which is deleted with its connection.
pub(crate) fn in_memory() -> Result<Lease, Error> {
    let connection = Connection::open_in_memory()?;
    connection.pragma_update(None, "foreign_keys", false)?;
    Ok(Lease::new(connection, None, Place::Here))
}

impl Opening {
    /// Opens the file in the calling thread.
    fn open(&self) -> Result<Connection, Error> {
        let flags = OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_NO_MUTEX;
        let connection = Connection::open_with_flags(&self.path, flags)?;
        connection.busy_timeout(BUSY_TIMEOUT)?;
        connection.set_prepared_statement_cache_capacity(STATEMENTS);
        // Without this setting, SQLite plans a statement for the values of its parameters, and parses the statement
        // again for each new value. Partial indexes still work, because our statements contain their constants as text.
        connection.set_db_config(DbConfig::SQLITE_DBCONFIG_ENABLE_QPSG, true)?;
        connection.pragma_update(None, "journal_mode", "WAL")?;
        connection.pragma_update(None, "foreign_keys", true)?;
        // A confirmed change of a Signal session must survive a power failure.
        connection.pragma_update(None, "synchronous", "FULL")?;
        connection.pragma_update(None, "cache_size", -i64::from(self.cache_kib))?;
        connection.pragma_update(None, "wal_autocheckpoint", LOG_PAGES)?;
        connection.pragma_update(None, "journal_size_limit", LOG_PAGES * 4096)?;
        // Overwrites deleted content if that needs no extra I/O.
        connection.pragma_update(None, "secure_delete", "FAST")?;
        connection.pragma_update(None, "query_only", self.only_reads)?;
        Ok(connection)
    }
}

/// Creates the directory with mode 0700, or sets this mode if it exists.
pub(crate) fn create_private_dir(path: &Path) -> io::Result<()> {
    DirBuilder::new().recursive(true).mode(0o700).create(path)?;
    restrict(path, 0o700)
}

/// Creates the file with mode 0600. Does not open an existing file, because closing it would drop the POSIX locks that
/// another connection of this process holds on it (<https://www.sqlite.org/howtocorrupt.html>, section 2.2).
fn create_private_file(path: &Path) -> io::Result<()> {
    match OpenOptions::new().write(true).create_new(true).mode(0o600).open(path) {
        Err(error) if error.kind() == io::ErrorKind::AlreadyExists => restrict(path, 0o600),
        created => created.map(drop),
    }
}

/// Waits until no other process is opening the file, and blocks other processes until the result is dropped. Otherwise,
/// if two processes switched a new file to the write-ahead log at the same time, one would fail at once, whatever the
/// busy timeout is.
async fn opening_lock(path: &Path) -> io::Result<File> {
    let mut name = path.as_os_str().to_owned();
    name.push("-opening");
    let lock = OpenOptions::new().write(true).create(true).truncate(false).mode(0o600).open(name)?;
    let locked = spawn_blocking(move || lock.lock().map(|()| lock));
    locked.await.map_err(io::Error::other)?
}

fn restrict(path: &Path, mode: u32) -> io::Result<()> {
    if path.metadata()?.permissions().mode() & 0o077 == 0 {
        return Ok(());
    }
    std::fs::set_permissions(path, Permissions::from_mode(mode))
}
