//! `linekeeper keys`: the master keys.

mod rotate;
mod status;

use clap::Subcommand;

pub(super) use rotate::Rotate;
pub(super) use status::Status;

/// What can be done with master keys.
#[derive(Debug, Subcommand)]
pub enum Command {
    /// Change the master key while the server runs. Run again, it finishes what was interrupted
    Rotate(Rotate),
    /// Say which keys are in use, by their fingerprints
    Status(Status),
}
