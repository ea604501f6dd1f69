//! `linekeeper keys rotate`: changes the master key without stopping the server.

use std::path::PathBuf;
use std::process::ExitCode;

use anyhow::Context as _;
use clap::Args;
use linekeeper_model::audit::Action;
use linekeeper_storage::{KeyRotation, MasterKey, RotationStep};

use super::status::counted;
use crate::cli::installation::Installation;
use crate::cli::{Console, Options};

/// The options of `keys rotate`.
#[derive(Debug, Args)]
pub struct Rotate {
    /// A file that holds the new key [default: a random key is generated]
    #[arg(long, value_name = "FILE")]
    new_key_file: Option<PathBuf>,
}

impl Rotate {
    pub(crate) async fn run(self, options: &Options, console: &mut Console) -> anyhow::Result<ExitCode> {
        let read = |path: &PathBuf| {
            MasterKey::read(path).with_context(|| format!("--new-key-file {}", path.display()))
        };
        let new = self.new_key_file.as_ref().map(read).transpose()?;
        let installation = Installation::open_existing(options).await?;
        let rotated = rotate(&installation, new, console).await;
        installation.close().await;
        rotated.map(|()| ExitCode::SUCCESS)
    }
}

async fn rotate(
    installation: &Installation,
    new: Option<MasterKey>,
    console: &mut Console,
) -> anyhow::Result<()> {
    let mut rotation = KeyRotation::begin(&installation.storage, new).await?;
    installation.record(Action::KeyRotationStarted, "key", rotation.key()).await?;
    let mut files = None;
    while let Some(step) = rotation.step().await? {
        match step {
            RotationStep::Switched(key) => {
                console.say(format_args!("New data keys are wrapped with key {key}."))?
            }
            RotationStep::Rewrapped(0) | RotationStep::Finished => {}
            RotationStep::Rewrapped(count) => {
                console.say(format_args!("Wrapped {} anew.", counted(count as u64)))?
            }
            RotationStep::Proven(count) => {
                let all = counted(count as u64);
                console.say(format_args!("Opened {all}, which is all there are, with the new key alone."))?;
            }
            RotationStep::FilesSwapped(swapped) => files = Some(swapped),
            _ => {}
        }
    }
    installation.record(Action::KeysRotated, "key", rotation.key()).await?;
    console
        .say(format_args!("Key {} is the master key. The server need not be restarted.", rotation.key()))?;
    match files {
        Some(files) => console.say(format_args!(
            "\nIt lies in {}. What to do next:\n  \
             - Copy it to where you keep the key apart from the backups.\n  \
             - {} is the old key. It opens nothing here any more, but backups from before now need it: keep it \
             with the others, away from this machine, and delete it here.\n  \
             - Make a new backup.",
            files.current().display(),
            files.previous().display(),
        ))?,
        None => console.say(format_args!(
            "\nWhat to do next:\n  \
             - Remove ENCRYPTION_KEY_PREVIOUS. The old key opens nothing here any more, but backups from before now \
             need it: keep it with them.\n  \
             - Make a new backup."
        ))?,
    }
    Ok(())
}
