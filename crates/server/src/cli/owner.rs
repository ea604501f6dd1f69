//! `linekeeper owner create`: creates the Owner without a browser.

use std::process::ExitCode;

use clap::{Args, Subcommand};
use linekeeper_model::audit::By;
use linekeeper_model::user::Email;

use super::installation::Installation;
use super::{Console, Options};
use crate::credentials::{Password, Passwords, owner};

/// What the operator can do with Owners.
#[derive(Debug, Subcommand)]
pub enum Command {
    /// Create the Owner, unless there is one already. Works whether or not the server runs
    Create(Create),
}

/// The options of `owner create`.
#[derive(Debug, Args)]
pub struct Create {
    /// The email address with which the Owner signs in
    #[arg(long)]
    email: Email,
    /// Read the password from the first line of standard input. It must have at least 12 characters
    #[arg(long, required = true)]
    password_stdin: bool,
}

impl Create {
    pub(super) async fn run(self, options: &Options, console: &mut Console) -> anyhow::Result<ExitCode> {
        let password = console.read_secret("the password")?;
        let password = Password::new(password).map_err(|error| anyhow::anyhow!("the password {error}"))?;
        let installation = Installation::open(options).await?;
        let email = self.email.clone();
        let made = self.make(&installation, password).await;
        installation.close().await;
        made?;
        console.say(format_args!("{email} is the Owner."))?;
        Ok(ExitCode::SUCCESS)
    }

    async fn make(self, installation: &Installation, password: Password) -> anyhow::Result<()> {
        let hash = Passwords::new(&mut rand::rng()).hash(password).await?;
        let (now, by) = (installation.clock.now(), By::command_line());
        owner::create(&installation.storage, self.email, &hash, now, &by).await?;
        Ok(())
    }
}
