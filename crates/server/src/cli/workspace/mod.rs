//! `linekeeper workspace`: what only the person who runs the server may decide about workspaces.

mod list;
mod set_external_id;

use clap::Subcommand;

pub(super) use list::List;
pub(super) use set_external_id::SetExternalId;

/// What the operator can do with workspaces.
#[derive(Debug, Subcommand)]
pub enum Command {
    /// Print all workspaces with their ids, external ids and names
    List(List),
    /// Set the name that the tokens of your CRM use for a workspace
    SetExternalId(SetExternalId),
}
