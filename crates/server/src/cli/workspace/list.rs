//! `linekeeper workspace list`: prints one line for each workspace.

use std::process::ExitCode;

use clap::Args;

use crate::cli::installation::Installation;
use crate::cli::{Console, Options};

/// The options of `workspace list`.
#[derive(Debug, Args)]
pub struct List {}

impl List {
    pub(crate) async fn run(self, options: &Options, console: &mut Console) -> anyhow::Result<ExitCode> {
        let installation = Installation::open_existing(options).await?;
        let lines = lines(&installation).await;
        installation.close().await;
        for line in lines? {
            console.say(line)?;
        }
        Ok(ExitCode::SUCCESS)
    }
}

/// One line for each workspace: the id, the external id (or `-` if there is none) and the name, separated by tabs.
async fn lines(installation: &Installation) -> anyhow::Result<Vec<String>> {
    let workspaces = installation.storage.read().await?.workspaces().all().await?;
    let line = |workspace: linekeeper_model::user::Workspace| {
        let external = workspace.external_id.as_deref().unwrap_or("-");
        format!("{}\t{external}\t{}", workspace.id, workspace.name)
    };
    Ok(workspaces.into_iter().map(line).collect())
}
