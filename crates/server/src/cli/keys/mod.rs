//! `linekeeper keys`: shows and changes the master keys.

mod rotate;
mod status;

use clap::Subcommand;

pub(super) use rotate::Rotate;
pub(super) use status::Status;

/// What the operator can do with master keys.
#[derive(Debug, Subcommand)]
pub enum Command {
    /// Change the master key while the server runs. If the change was interrupted, the next run completes it
    Rotate(Rotate),
    /// Show which keys are in use, by their fingerprints
    Status(Status),
}
