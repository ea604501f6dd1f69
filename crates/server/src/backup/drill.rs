//! Verifies a backup by restoring it: reads the backup back from its folder or S3 store and restores it into a
//! temporary database.

use std::fs;
use std::sync::Arc;

use linekeeper_model::clock::Clock;
use linekeeper_storage::{Database, KeyRing, Manifest, StorageOptions, restore};

use super::{BackupError, Destination, Name, Work};

/// Restores the backup into a temporary SQLite database, even if the installation uses PostgreSQL. Every row is
/// written, every count is compared with the manifest (the backup's list of tables and counts), and the master key
/// must open the result.
pub async fn drill(
    from: &Destination,
    name: &Name,
    work: &Work,
    keys: &KeyRing,
    clock: Arc<dyn Clock>,
) -> Result<Manifest, BackupError> {
    let fetched = work.path("fetched");
    from.fetch(name, &fetched).await?;
    let folder = work.path("drill");
    fs::create_dir(&folder).map_err(BackupError::path(&folder))?;
    let options = StorageOptions {
        database: Database::Sqlite { path: folder.join("linekeeper.db") },
        sessions_dir: folder.join("sessions"),
        keys: keys.clone(),
        holder: "drill".to_owned(),
    };
    let file = fs::File::open(&fetched).map_err(BackupError::path(&fetched))?;
    restore(file, options, clock).await.map_err(|cause| BackupError::Drill { name: name.clone(), cause })
}
