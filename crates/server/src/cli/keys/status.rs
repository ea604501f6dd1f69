//! `linekeeper keys status`: shows how many data keys are encrypted with each master key.

use std::process::ExitCode;

use clap::Args;
use linekeeper_storage::KeyUse;

use crate::cli::installation::Installation;
use crate::cli::{Console, Options};

/// The options of `keys status`.
#[derive(Debug, Args)]
pub struct Status {}

impl Status {
    pub(crate) async fn run(self, options: &Options, console: &mut Console) -> anyhow::Result<ExitCode> {
        let installation = Installation::open_existing(options).await?;
        let usage = installation.storage.vault().key_use().await;
        let files = installation.storage.vault().key_files();
        let previous = files.map(|files| files.previous()).filter(|path| path.exists());
        installation.close().await;
        let usage = usage?;
        for (name, count) in &usage.data_keys {
            let role = if *name == usage.writing { "  wraps new ones" } else { "" };
            console.say(format_args!("key {name}  {}{role}", counted(*count)))?;
        }
        if let Some(rest) = unfinished(&usage) {
            console.say(format_args!("{rest}"))?;
        } else if let Some(previous) = previous {
            console.say(format_args!(
                "{} is in use no more: it opens older backups. Keep it with them, away from this machine.",
                previous.display()
            ))?;
        }
        Ok(ExitCode::SUCCESS)
    }
}

fn unfinished(usage: &KeyUse) -> Option<&'static str> {
    (usage.rotating || !usage.is_all_under(usage.writing))
        .then_some("A rotation has not ended: run `linekeeper keys rotate` to finish it.")
}

/// A number of data keys, as text for people.
pub(super) fn counted(count: u64) -> String {
    if count == 1 { "1 data key".to_owned() } else { format!("{count} data keys") }
}
