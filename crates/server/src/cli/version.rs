//! `linekeeper version`, and what `--version` prints.

use std::process::ExitCode;

use super::Console;
use crate::telemetry::Build;

pub(super) fn run(build: Build, console: &mut Console) -> anyhow::Result<ExitCode> {
    console.say(format_args!("linekeeper {}", text(build)))?;
    Ok(ExitCode::SUCCESS)
}

/// Version and commit.
pub(super) fn short(build: Build) -> String {
    format!("{} ({})", build.version, build.commit)
}

/// Version and commit, and the other facts that a bug report should name.
pub(super) fn text(build: Build) -> String {
    format!("{}\n{}\n{}", short(build), build.rustc, build.target)
}
