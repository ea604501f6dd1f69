//! `linekeeper user disable-totp`: switches off the second factor of a person who lost their authenticator and all
//! recovery codes.

use std::process::ExitCode;

use clap::Args;
use linekeeper_model::audit::{Action, By};
use linekeeper_model::user::Email;

use super::by_email;
use crate::cli::installation::Installation;
use crate::cli::{Console, Options};

/// The options of `user disable-totp`.
#[derive(Debug, Args)]
pub struct DisableTotp {
    /// The email address of the person who lost the authenticator. First make sure that the request really comes
    /// from this person
    #[arg(long)]
    email: Email,
}

impl DisableTotp {
    pub(crate) async fn run(self, options: &Options, console: &mut Console) -> anyhow::Result<ExitCode> {
        let installation = Installation::open_existing(options).await?;
        let done = self.disable(&installation).await;
        installation.close().await;
        done?;
        console.say(format_args!("{} signs in with the password alone.", self.email))?;
        Ok(ExitCode::SUCCESS)
    }

    async fn disable(&self, installation: &Installation) -> anyhow::Result<()> {
        let mut tx = installation.storage.begin().await?;
        let user = by_email(&mut tx, &self.email).await?;
        anyhow::ensure!(user.has_totp, "{} has no second factor", self.email);
        tx.second_factors().remove(user.id).await?;
        let workspace = tx.members().of_user(user.id).await?.first().map(|member| member.workspace_id);
        tx.audit().append(&By::command_line().did(workspace, Action::TotpDisabled).on(user.id)).await?;
        Ok(tx.commit().await?)
    }
}
