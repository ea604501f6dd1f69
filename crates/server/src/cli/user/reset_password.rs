//! `linekeeper user reset-password`: prints a link with which a person sets a new password. Standard output
//! contains only the link.

use std::process::ExitCode;

use clap::Args;
use linekeeper_model::audit::By;
use linekeeper_model::secret::Secret;
use linekeeper_model::user::Email;

use super::by_email;
use crate::cli::installation::Installation;
use crate::cli::{Console, Options};
use crate::credentials::password_reset;

/// The options of `user reset-password`.
#[derive(Debug, Args)]
pub struct ResetPassword {
    /// The email address of the person who lost the password
    #[arg(long)]
    email: Email,
}

impl ResetPassword {
    pub(crate) async fn run(self, options: &Options, console: &mut Console) -> anyhow::Result<ExitCode> {
        let config = options.load()?;
        let installation = Installation::open_existing(options).await?;
        let token = self.offer(&installation).await;
        installation.close().await;
        let link = password_reset::link(&config.base_url(config.server.listen), &token?);
        console.say(link.expose())?;
        Ok(ExitCode::SUCCESS)
    }

    async fn offer(&self, installation: &Installation) -> anyhow::Result<Secret<String>> {
        let mut tx = installation.storage.begin().await?;
        let user = by_email(&mut tx, &self.email).await?;
        let now = installation.clock.now();
        let token = password_reset::offer(&mut tx, user.id, now, &By::command_line()).await?;
        tx.commit().await?;
        Ok(token)
    }
}
