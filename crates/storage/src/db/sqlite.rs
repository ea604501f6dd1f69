//! Opening a SQLite file: private to its owner, write-ahead log, every commit on disk before it returns.

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

/// How long a process waits for another one's write, such as the command line's for the server's.
const BUSY_TIMEOUT: Duration = Duration::from_secs(15);
const MAX_READERS: u32 = 3;

/// Page caches in KiB. They are kept small on purpose: the operating system caches the file as well, and
/// SQLite's own default of 2 MiB a connection would outweigh the sessions.
pub(crate) struct Cache {
    pub(crate) writer_kib: u32,
    pub(crate) reader_kib: u32,
}

/// Opens or creates the file with mode 0600; its log files inherit the mode.
pub(crate) async fn open(path: &Path, cache: Cache) -> Result<Pool, sqlx::Error> {
    let _opening = opening_lock(path).await.map_err(sqlx::Error::Io)?;
    create_private_file(path).map_err(sqlx::Error::Io)?;
    let writer = pool_options(1)
        .after_release(|connection, _| {
            Box::pin(async move {
                // Waits for the rollback of a transaction that was dropped. Where SQLite had rolled back by itself
                // (disk full, I/O error) that fails, and the driver's count of transactions is off for good.
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

/// A database that is gone with its connection.
pub(crate) async fn in_memory() -> Result<SqliteConnection, sqlx::Error> {
    SqliteConnectOptions::new().in_memory(true).foreign_keys(false).connect().await
}

/// Makes the directory with mode 0700, or takes it from others where it is there.
pub(crate) fn create_private_dir(path: &Path) -> io::Result<()> {
    DirBuilder::new().recursive(true).mode(0o700).create(path)?;
    restrict(path, 0o700)
}

/// Never opens a file that is there: closing it again would drop the POSIX locks that another connection of
/// this process holds on it (<https://www.sqlite.org/howtocorrupt.html>, section 2.2).
fn create_private_file(path: &Path) -> io::Result<()> {
    match OpenOptions::new().write(true).create_new(true).mode(0o600).open(path) {
        Err(error) if error.kind() == io::ErrorKind::AlreadyExists => restrict(path, 0o600),
        created => created.map(drop),
    }
}

/// Waits until no other process is opening the file: switching a new file to the write-ahead log fails at once,
/// whatever the busy timeout says, where two do it together.
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
        // A ratchet step that was answered with Ok must survive a power cut.
        .synchronous(SqliteSynchronous::Full)
        .busy_timeout(BUSY_TIMEOUT)
        .foreign_keys(true)
        // All that messages, webhooks and the queue write in turn, so that none of it is parsed again.
        .statement_cache_capacity(160)
        .pragma("cache_size", format!("-{cache_kib}"))
        .pragma("journal_size_limit", "4194304")
        // Overwrites deleted content where that costs no extra I/O.
        .pragma("secure_delete", "FAST")
}
