//! `linekeeper user`: helps people who cannot sign in. It is for the person who runs the installation.

mod disable_totp;
mod list;
mod reset_password;

use anyhow::Context as _;
use clap::Subcommand;
use linekeeper_model::user::{Email, User};
use linekeeper_storage::Tx;

pub(super) use disable_totp::DisableTotp;
pub(super) use list::List;
pub(super) use reset_password::ResetPassword;

/// What the operator can do for people who sign in.
#[derive(Debug, Subcommand)]
pub enum Command {
    /// Print the people who can sign in, and their workspaces
    List(List),
    /// Print a link with which a person sets a new password. Works whether or not the server sends mail
    ResetPassword(ResetPassword),
    /// Switch off a person's second factor, so that they can sign in without their authenticator
    DisableTotp(DisableTotp),
}

/// Returns the user who signs in with this email address.
async fn by_email(tx: &mut Tx, email: &Email) -> anyhow::Result<User> {
    let found = tx.users().by_email(email).await?;
    found.map(|(user, _)| user).with_context(|| format!("there is no user {email}"))
}
