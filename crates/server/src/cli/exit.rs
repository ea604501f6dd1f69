//! The exit codes of commands: 0 for success, 1 for a failure, 64 for an unusable configuration, 130 for an
//! interrupted command, and 141 if nobody reads the output any more.

use std::io;
use std::process::ExitCode;

use super::Console;
use crate::app::StartError;
use crate::config::ConfigError;
use crate::telemetry::TracesError;
use crate::telemetry::logging::InvalidFilter;

/// `EX_USAGE` of sysexits. The configuration is not usable. It does not help to run the command again without changing
/// it.
const BAD_CONFIGURATION: u8 = 64;
/// The exit code that shells use for a program ended by SIGINT.
pub(super) const INTERRUPTED: u8 = 130;
/// The exit code that shells use for a program ended by SIGPIPE.
const UNREAD: u8 = 141;

/// Prints what failed, with all causes, in one line.
pub(super) fn failed(error: &anyhow::Error, console: &mut Console) -> ExitCode {
    // A closed pipe is not an error: in `linekeeper audit show | head`, `head` stops reading early.
    if error.downcast_ref::<io::Error>().is_some_and(|error| error.kind() == io::ErrorKind::BrokenPipe) {
        return ExitCode::from(UNREAD);
    }
    console.complain(format_args!("linekeeper: {error:#}"));
    if is_configuration(error) { ExitCode::from(BAD_CONFIGURATION) } else { ExitCode::FAILURE }
}

fn is_configuration(error: &anyhow::Error) -> bool {
    error.is::<ConfigError>()
        || error.is::<InvalidFilter>()
        || error.is::<TracesError>()
        || matches!(error.downcast_ref(), Some(StartError::Config(_)))
}
