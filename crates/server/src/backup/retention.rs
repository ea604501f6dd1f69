//! Removes old backups. Only files that are backups are ever removed.

use std::num::NonZeroU32;

use super::{BackupError, Destination};

/// Removes all but the newest `keep` backups and returns how many were removed.
pub(super) async fn prune(destination: &Destination, keep: NonZeroU32) -> Result<usize, BackupError> {
    let backups = destination.list().await?;
    let keep = usize::try_from(keep.get()).unwrap_or(usize::MAX);
    let surplus = backups.len().saturating_sub(keep);
    for backup in &backups[..surplus] {
        destination.remove(&backup.name).await?;
    }
    Ok(surplus)
}
