//! `linekeeper workspace`: what only the person who runs the server decides about workspaces.

mod list;
mod set_external_id;

use clap::Subcommand;

pub(super) use list::List;
pub(super) use set_external_id::SetExternalId;

/// What can be done with workspaces.
#[derive(Debug, Subcommand)]
pub enum Command {
    /// Print all workspaces with their ids, external ids and names
    List(List),
    /// Assign the name by which tokens of another program mean a workspace
    SetExternalId(SetExternalId),
}
