//! `linekeeper audit`: the audit log, for the person who runs the installation.

mod show;
mod verify;

use clap::Subcommand;

pub(super) use show::Show;
pub(super) use verify::Verify;

/// What the operator can do with the audit log.
#[derive(Debug, Subcommand)]
pub enum Command {
    /// Check that no entry was altered, removed, inserted or moved. Works while the server runs
    Verify(Verify),
    /// Print audit entries as lines of JSON, the latest first
    Show(Show),
}
