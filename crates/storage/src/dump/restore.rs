//! Makes an installation from a dump. There must be no installation yet. The tables are created at the dump's
//! version, and are migrated afterwards.

use std::fs::File;
use std::sync::Arc;

use linekeeper_model::clock::Clock;

use super::error::RestoreError;
use super::manifest::Manifest;
use super::source::Source;
use super::{postgres, sqlite};
use crate::storage::{Database, StorageOptions};

/// Makes the installation described by `options` from a dump. If there is an error, nothing was changed. The new
/// installation must not be running, and the old one must not run any more, because both hold the same sessions.
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
