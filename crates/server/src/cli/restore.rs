//! `linekeeper restore`: creates an installation from a backup, if there is none yet.

use std::process::ExitCode;
use std::sync::Arc;

use clap::Args;
use linekeeper_model::audit::Action;
use linekeeper_model::clock::{Clock, SystemClock};
use linekeeper_storage::{Storage, restore};

use super::backup::{described, in_one_line};
use super::installation::{Installation, holder};
use super::{Console, Options};
use crate::backup::{BackupError, Destination, Work};
use crate::config::{Config, Place};
use crate::lock::DataDirLock;
use crate::whatsapp;

/// The options of `restore`.
#[derive(Debug, Args)]
pub struct Restore {
    /// A place and the name of a backup in it, such as s3://bucket/prefix/latest or
    /// folder/linekeeper-20260131T235959.123Z.backup
    #[arg(long, value_name = "PLACE/NAME", value_parser = source)]
    from: (Place, String),
}

impl Restore {
    pub(super) async fn run(self, options: &Options, console: &mut Console) -> anyhow::Result<ExitCode> {
        whatsapp::install_crypto_provider();
        let config = options.load()?;
        let (place, name) = self.from;
        bring_back(&config, &place, &name, console).await.map_err(in_one_line)?;
        Ok(ExitCode::SUCCESS)
    }
}

async fn bring_back(config: &Config, place: &Place, name: &str, console: &mut Console) -> anyhow::Result<()> {
    config.require_key_for_backups()?;
    let storage = config.storage_options(holder())?;
    // While this lock is held, no server can start with this data directory.
    let _lock = DataDirLock::take(&config.server.data_dir)?;
    let work = Work::take(&config.server.data_dir)?;
    let source = Destination::open(place, &config.s3, &whatsapp::client_config())?;
    let backup = source.find(name).await?;
    let path = work.path("fetched");
    source.fetch(&backup.name, &path).await?;
    let file = std::fs::File::open(&path).map_err(|cause| BackupError::Path { path, cause })?;
    let clock: Arc<dyn Clock> = Arc::new(SystemClock);
    let manifest = restore(file, storage.clone(), clock.clone()).await?;
    let installation = Installation { storage: Storage::open(storage, clock.clone()).await?, clock };
    let recorded = installation.record(Action::BackupRestored, "backup", &backup.name).await;
    installation.close().await;
    recorded?;
    console.say(format_args!("Restored {}: {}", backup.name, described(&manifest)))?;
    console.say(
        "\nBefore you start this server: the one that the backup was made of must never run again. Two machines \
         with one session destroy it, and the phone's owner has to link anew.",
    )?;
    Ok(())
}

fn source(text: &str) -> Result<(Place, String), String> {
    let (place, name) = text.rsplit_once('/').unwrap_or((".", text));
    let place = if place.is_empty() { "/" } else { place };
    let place = place.parse().map_err(str::to_owned)?;
    if name.is_empty() {
        return Err("must end with the name of a backup, or with `latest`".to_owned());
    }
    Ok((place, name.to_owned()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_source_of_a_restore_is_split_into_a_place_and_a_backup_name() {
        let found = |text: &str| source(text).map(|(place, name)| (place.to_string(), name));
        let pair = |place: &str, name: &str| Ok((place.to_owned(), name.to_owned()));
        assert_eq!(found("s3://a/b/latest"), pair("s3://a/b", "latest"));
        assert_eq!(found("s3://a/latest"), pair("s3://a", "latest"));
        assert_eq!(found("file:///var/x/y"), pair("/var/x", "y"));
        assert_eq!(found("y"), pair(".", "y"));
        assert!(found("s3://a/").is_err() && found("s3://").is_err());
    }
}
