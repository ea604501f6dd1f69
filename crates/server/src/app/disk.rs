//! The disk usage of this server, for the metrics.

use std::path::{Path, PathBuf};

use crate::config::Config;
use crate::messages::Messages;
use crate::telemetry::metrics::DiskFigures;

/// Reads the size of the database files and the free space.
pub(super) fn figures(
    config: &Config,
    messages: &Messages,
) -> impl Fn() -> DiskFigures + Send + Sync + use<> {
    let is_sqlite = config.database.url.is_none();
    let files = [("database", config.database_file()), ("sessions", config.vault_file())];
    let (data_dir, messages) = (config.server.data_dir.clone(), messages.clone());
    move || {
        let mut used = vec![("media", messages.media_bytes())];
        if is_sqlite {
            used.extend(files.iter().map(|(of, file)| (*of, with_log(file))));
        }
        let disk = rustix::fs::statvfs(&data_dir);
        DiskFigures { used, available: disk.ok().map(|disk| disk.f_bavail.saturating_mul(disk.f_frsize)) }
    }
}

/// The size of a database in bytes, including the write-ahead log beside it.
fn with_log(file: &Path) -> u64 {
    let mut log = file.as_os_str().to_owned();
    log.push("-wal");
    [file.to_owned(), PathBuf::from(log)]
        .iter()
        .filter_map(|file| file.metadata().ok())
        .map(|file| file.len())
        .sum()
}
