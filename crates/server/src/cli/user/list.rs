//! `linekeeper user list`: lists the people who can sign in.

use std::process::ExitCode;

use clap::Args;
use linekeeper_model::user::Member;

use crate::cli::installation::Installation;
use crate::cli::{Console, Options};

/// The options of `user list`.
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

/// Returns one line for each membership, sorted by workspace.
async fn lines(installation: &Installation) -> anyhow::Result<Vec<String>> {
    let mut tx = installation.storage.read().await?;
    let mut lines = Vec::new();
    for workspace in tx.workspaces().all().await? {
        for member in tx.members().of_workspace(workspace.id).await? {
            lines.push(format!("{}\t{}\t{}", line(&member), workspace.id, workspace.name));
        }
    }
    Ok(lines)
}

fn line(member: &Member) -> String {
    let login = &member.user.login;
    let name = login.email().map(ToString::to_string);
    let name = name.or_else(|| login.external_id().map(|id| id.as_str().to_owned())).unwrap_or_default();
    let factor = if member.user.has_totp { "second factor" } else { "password alone" };
    let factor = if login.email().is_some() { factor } else { "signed in by another program" };
    format!("{name}\t{:?}\t{factor}", member.role)
}
