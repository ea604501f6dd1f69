//! Makes an installation from a dump, where no installation exists yet. First, the tables are created as they were in
//! the version of the schema from which the dump was made, and filled. Then they are migrated to the version of this
//! program.

use std::fs::File;
use std::sync::Arc;

use linekeeper_model::clock::Clock;

use super::error::RestoreError;
use super::manifest::Manifest;
use super::source::Source;
use super::{postgres, sqlite};
use crate::storage::{Database, StorageOptions};

/// Makes the installation that `options` describe from a dump. If this fails, nothing was changed, except where
/// [`RestoreError`] says so. No server may use the new installation yet, and the old installation must be stopped,
/// because both have the same WhatsApp sessions.
pub async fn restore(
    from: File,
    options: StorageOptions,
    clock: Arc<dyn Clock>,
) -> Result<Manifest, RestoreError> {
    let mut source = Source::open(from, &options).await?;
    match &options.database {
        Database::Sqlite { .. } => sqlite::restore(&mut source, &options, clock).await?,
        Database::Postgres { url } => {
            postgres::restore(&mut source, url.expose()).await?;
            let storage = crate::Storage::open(options, clock).await?;
            storage.close().await;
        }
    }
    Ok(source.manifest)
}
