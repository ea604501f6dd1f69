//! `linekeeper workspace set-external-id`: sets the name that the tokens of the CRM use for a workspace.

use std::process::ExitCode;

use anyhow::Context as _;
use clap::Args;
use linekeeper_model::audit::By;
use linekeeper_model::id::WorkspaceId;

use crate::cli::installation::Installation;
use crate::cli::{Console, Options};
use crate::credentials::external_name::{self, ExternalName};

/// The options of `workspace set-external-id`.
#[derive(Debug, Args)]
pub struct SetExternalId {
    /// The workspace's id: see `linekeeper workspace list`
    #[arg(long, value_name = "ID")]
    workspace: WorkspaceId,
    /// The name, exactly as the other program's tokens write it
    #[arg(long, value_name = "NAME", required_unless_present = "none")]
    external_id: Option<ExternalName>,
    /// Remove the name
    #[arg(long, conflicts_with = "external_id")]
    none: bool,
}

impl SetExternalId {
    pub(crate) async fn run(self, options: &Options, console: &mut Console) -> anyhow::Result<ExitCode> {
        let installation = Installation::open_existing(options).await?;
        let done = self.assign(&installation).await;
        installation.close().await;
        done?;
        match &self.external_id {
            Some(name) => {
                console.say(format_args!("Tokens that name {name} mean {} now.", self.workspace))?
            }
            None => console.say(format_args!("{} has no external id now.", self.workspace))?,
        }
        Ok(ExitCode::SUCCESS)
    }

    async fn assign(&self, installation: &Installation) -> anyhow::Result<()> {
        let mut tx = installation.storage.begin().await?;
        let found = tx.workspaces().get(self.workspace).await?;
        let workspace = found.with_context(|| format!("there is no workspace {}", self.workspace))?;
        external_name::assign(&mut tx, &workspace, self.external_id.as_ref(), &By::command_line()).await?;
        Ok(tx.commit().await?)
    }
}
