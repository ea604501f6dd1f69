//! `linekeeper version`, and the text that `--version` prints.

use std::process::ExitCode;

use super::Console;
use crate::telemetry::Build;

pub(super) fn run(build: Build, console: &mut Console) -> anyhow::Result<ExitCode> {
    console.say(format_args!("linekeeper {}", text(build)))?;
    Ok(ExitCode::SUCCESS)
}

/// The version and the commit.
pub(super) fn short(build: Build) -> String {
    format!("{} ({})", build.version, build.commit)
}

/// The version, the commit, and the other facts that a bug report should contain.
pub(super) fn text(build: Build) -> String {
    format!("{}\n{}\n{}", short(build), build.rustc, build.target)
}
