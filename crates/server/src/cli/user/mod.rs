//! `linekeeper user`: for the person who runs the installation, to let people in whom nobody else can let in.

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

/// What can be done for people.
#[derive(Debug, Subcommand)]
pub enum Command {
    /// Print who signs in here, and where they belong
    List(List),
    /// Print a link by which somebody sets a new password. Works whether or not the server sends mail
    ResetPassword(ResetPassword),
    /// Let somebody in without their authenticator
    DisableTotp(DisableTotp),
}

/// The user who signs in with this address.
async fn by_email(tx: &mut Tx, email: &Email) -> anyhow::Result<User> {
    let found = tx.users().by_email(email).await?;
    found.map(|(user, _)| user).with_context(|| format!("there is no user {email}"))
}
