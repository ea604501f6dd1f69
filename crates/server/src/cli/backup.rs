//! `linekeeper backup`: makes a backup now, lists backups, or verifies that a backup can be restored.

use std::num::NonZeroU32;
use std::process::ExitCode;
use std::sync::Arc;

use anyhow::Context as _;
use clap::{Args, Subcommand};
use linekeeper_model::audit::Action;
use linekeeper_model::clock::{Clock, SystemClock};
use linekeeper_storage::Manifest;

use super::installation::Installation;
use super::{Console, Options};
use crate::backup::{BackupError, Destination, Job, Taken, Work, drill};
use crate::config::{Config, Place};
use crate::whatsapp;

/// The options of `backup`.
#[derive(Debug, Args)]
pub struct Backup {
    /// A folder, or s3://bucket/prefix [default: BACKUP_TO]
    #[arg(long, global = true, value_name = "PLACE")]
    to: Option<Place>,
    /// Afterwards remove all backups there except the newest NUMBER [default: BACKUP_KEEP if the place is
    /// BACKUP_TO; otherwise none are removed]
    #[arg(long, value_name = "NUMBER")]
    keep: Option<NonZeroU32>,
    #[command(subcommand)]
    command: Option<Command>,
}

/// What else the operator can do with backups.
#[derive(Debug, Subcommand)]
enum Command {
    /// List the existing backups, the oldest first
    List,
    /// Restore a backup into a temporary database, to check that this works
    Verify {
        /// The backup's name, or `latest`
        name: String,
    },
}

impl Backup {
    pub(super) async fn run(self, options: &Options, console: &mut Console) -> anyhow::Result<ExitCode> {
        whatsapp::install_crypto_provider();
        let config = options.load()?;
        let place = self.to.or_else(|| config.backup.to.clone());
        let place = place.context("say where backups go: --to or BACKUP_TO")?;
        match self.command {
            None => make(options, &config, place, self.keep, console).await,
            Some(Command::List) => list(&config, &place, console).await,
            Some(Command::Verify { name }) => verify(&config, &place, &name, console).await,
        }
        .map_err(in_one_line)?;
        Ok(ExitCode::SUCCESS)
    }
}

async fn make(
    options: &Options,
    config: &Config,
    place: Place,
    keep: Option<NonZeroU32>,
    console: &mut Console,
) -> anyhow::Result<()> {
    let is_the_usual_place = config.backup.to.as_ref() == Some(&place);
    let installation = Installation::open_existing(options).await?;
    let job = Job {
        storage: installation.storage.clone(),
        data_dir: config.server.data_dir.clone(),
        place,
        s3: config.s3.clone(),
        keep: keep.or(is_the_usual_place.then_some(config.backup.keep)),
        // A backup in another folder or S3 store is not recorded as this installation's last backup.
        is_noted: is_the_usual_place,
        tls: whatsapp::client_config(),
        clock: installation.clock.clone(),
    };
    let taken = take(&job, &installation).await;
    installation.close().await;
    let taken = taken?;
    console.say(format_args!(
        "{}/{}\n{} rows, {} bytes. It was read back and restored for a trial.",
        taken.success.place, taken.success.name, taken.success.rows, taken.success.bytes
    ))?;
    if let (Some(keep), true) = (job.keep, taken.removed > 0) {
        console.say(format_args!("Removed {} older ones, to keep {keep}.", taken.removed))?;
    }
    console.say("The master key is not in it: keep that apart, for without it nobody can restore this.")?;
    Ok(())
}

async fn take(job: &Job, installation: &Installation) -> anyhow::Result<Taken> {
    let taken = job.take().await?;
    installation.record(Action::BackupCreated, "backup", &taken.success.name).await?;
    Ok(taken)
}

async fn list(config: &Config, place: &Place, console: &mut Console) -> anyhow::Result<()> {
    let destination = there(config, place)?;
    for backup in destination.list().await? {
        console.say(format_args!("{}  {} bytes", backup.name, backup.bytes))?;
    }
    Ok(())
}

async fn verify(config: &Config, place: &Place, name: &str, console: &mut Console) -> anyhow::Result<()> {
    config.require_key_for_backups()?;
    config.make_data_dir()?;
    let destination = there(config, place)?;
    let backup = destination.find(name).await?;
    let work = Work::take(&config.server.data_dir)?;
    let clock: Arc<dyn Clock> = Arc::new(SystemClock);
    let manifest = drill(&destination, &backup.name, &work, &config.keys()?, clock).await?;
    console.say(format_args!("{} restores: {}", backup.name, described(&manifest)))?;
    Ok(())
}

/// Opens a folder or S3 store to read from. If the folder does not exist, this fails, because the path is probably
/// misspelt.
fn there(config: &Config, place: &Place) -> anyhow::Result<Destination> {
    if let Place::Folder(folder) = place {
        anyhow::ensure!(folder.is_dir(), "there is no folder {}", folder.display());
    }
    Ok(Destination::open(place, &config.s3, &whatsapp::client_config())?)
}

/// The contents of a backup, described for people.
pub(super) fn described(manifest: &Manifest) -> String {
    format!(
        "{} accounts, {} events, {} rows in {} tables, made {} by linekeeper {}.",
        manifest.rows_of("accounts"),
        manifest.rows_of("events"),
        manifest.rows(),
        manifest.tables.len(),
        manifest.about.made_at,
        manifest.about.program
    )
}

/// Puts an error into one line. The errors of S3 stores have several causes, and some of them repeat each other.
pub(super) fn in_one_line(error: anyhow::Error) -> anyhow::Error {
    match error.downcast::<BackupError>() {
        Ok(error) => anyhow::Error::msg(error.in_full()),
        Err(error) => error,
    }
}
