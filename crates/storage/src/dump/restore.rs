//! An installation made of a dump: only where there is none yet, at the dump's version, then migrated forward.

use std::fs::File;
use std::sync::Arc;

use linekeeper_model::clock::Clock;

use super::error::RestoreError;
use super::manifest::Manifest;
use super::source::Source;
use super::{postgres, sqlite};
use crate::storage::{Database, StorageOptions};

/// Makes the installation that `options` describe out of a dump. On any error nothing was changed. It must not be
/// running, and the one that the dump was made of must not run any more: both hold the same sessions.
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
