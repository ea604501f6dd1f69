//! `linekeeper version`.

use std::process::ExitCode;

use super::Console;

pub(super) fn run(console: &mut Console) -> anyhow::Result<ExitCode> {
    console.say(format_args!("linekeeper {}", env!("CARGO_PKG_VERSION")))?;
    Ok(ExitCode::SUCCESS)
}
