//! Opens a SQLite file: readable only by its owner, with a write-ahead log, and every commit is on disk before it
//! returns.

use std::fs::{DirBuilder, File, OpenOptions, Permissions};
use std::io;
use std::os::unix::fs::{DirBuilderExt, OpenOptionsExt, PermissionsExt};
use std::path::Path;
use std::time::Duration;

use sqlx::sqlite::{
    SqliteConnectOptions, SqliteConnection, SqliteJournalMode, SqlitePoolOptions, SqliteSynchronous,
};
use sqlx::{ConnectOptions as _, Connection as _};

use super::pool::Pool;

/// How long a process waits for a write of another process, such as a command for the server.
const BUSY_TIMEOUT: Duration = Duration::from_secs(15);
const MAX_READERS: u32 = 3;

/// The sizes of page caches in KiB. They are small, because the operating system caches the file too, and SQLite's
/// default of 2 MiB per connection would need more memory than the sessions.
pub(crate) struct Cache {
    pub(crate) writer_kib: u32,
    pub(crate) reader_kib: u32,
}

/// Opens or creates the file with mode 0600. Its log files get the same mode.
pub(crate) async fn open(path: &Path, cache: Cache) -> Result<Pool, sqlx::Error> {
    let _opening = opening_lock(path).await.map_err(sqlx::Error::Io)?;
    create_private_file(path).map_err(sqlx::Error::Io)?;
    let writer = pool_options(1)
        .after_release(|connection, _| {
            Box::pin(async move {
                // Waits for the rollback of a dropped transaction. If SQLite had already rolled back by itself (disk
                // full, I/O error), this fails, and the driver's count of transactions stays wrong.
                connection.ping().await?;
                Ok(!connection.is_in_transaction())
            })
        })
        .connect_with(options(path, cache.writer_kib))
        .await?;
    let readers = pool_options(MAX_READERS)
        .idle_timeout(Duration::from_secs(60))
        .connect_lazy_with(options(path, cache.reader_kib).pragma("query_only", "ON"));
    Ok(Pool::Sqlite { writer, readers })
}

/// A database in memory, which is deleted with its connection.
pub(crate) async fn in_memory() -> Result<SqliteConnection, sqlx::Error> {
    SqliteConnectOptions::new().in_memory(true).foreign_keys(false).connect().await
}

/// Creates the directory with mode 0700, or sets this mode if it exists.
pub(crate) fn create_private_dir(path: &Path) -> io::Result<()> {
    DirBuilder::new().recursive(true).mode(0o700).create(path)?;
    restrict(path, 0o700)
}

/// Never opens an existing file: closing it would drop the POSIX locks that another connection of this process holds
/// on it (<https://www.sqlite.org/howtocorrupt.html>, section 2.2).
fn create_private_file(path: &Path) -> io::Result<()> {
    match OpenOptions::new().write(true).create_new(true).mode(0o600).open(path) {
        Err(error) if error.kind() == io::ErrorKind::AlreadyExists => restrict(path, 0o600),
        created => created.map(drop),
    }
}

/// Waits until no other process is opening the file. If two processes switch a new file to the write-ahead log at the
/// same time, one fails at once, whatever the busy timeout is.
async fn opening_lock(path: &Path) -> io::Result<File> {
    let mut name = path.as_os_str().to_owned();
    name.push("-opening");
    let lock = OpenOptions::new().write(true).create(true).truncate(false).mode(0o600).open(name)?;
    let locked = tokio::task::spawn_blocking(move || lock.lock().map(|()| lock));
    locked.await.map_err(io::Error::other)?
}

fn restrict(path: &Path, mode: u32) -> io::Result<()> {
    if path.metadata()?.permissions().mode() & 0o077 == 0 {
        return Ok(());
    }
    std::fs::set_permissions(path, Permissions::from_mode(mode))
}

fn pool_options(connections: u32) -> SqlitePoolOptions {
    SqlitePoolOptions::new()
        .max_connections(connections)
        .acquire_timeout(BUSY_TIMEOUT * 2)
        .idle_timeout(None)
        .max_lifetime(None)
        .test_before_acquire(false)
}

fn options(path: &Path, cache_kib: u32) -> SqliteConnectOptions {
    SqliteConnectOptions::new()
        .filename(path)
        .create_if_missing(false)
        .journal_mode(SqliteJournalMode::Wal)
        // A ratchet step that was confirmed must survive a power failure.
        .synchronous(SqliteSynchronous::Full)
        .busy_timeout(BUSY_TIMEOUT)
        .foreign_keys(true)
        // All that messages, webhooks and the queue write in turn, so that none of it is parsed again.
        .statement_cache_capacity(160)
        .pragma("cache_size", format!("-{cache_kib}"))
        .pragma("journal_size_limit", "4194304")
        // Overwrites deleted content if that needs no extra I/O.
        .pragma("secure_delete", "FAST")
}
