//! How commands end: 0 done, 1 failed, 64 the configuration cannot be used, 130 interrupted, 141 nobody reads on.

use std::io;
use std::process::ExitCode;

use super::Console;
use crate::app::StartError;
use crate::config::ConfigError;
use crate::telemetry::TracesError;
use crate::telemetry::logging::InvalidFilter;

/// `EX_USAGE` of sysexits: nothing was opened, and trying again without another configuration is no use.
const BAD_CONFIGURATION: u8 = 64;
/// As shells say it of what SIGINT ended.
pub(super) const INTERRUPTED: u8 = 130;
/// As shells say it of what SIGPIPE ended.
const UNREAD: u8 = 141;

/// Says what failed, with its causes, in one line.
pub(super) fn failed(error: &anyhow::Error, console: &mut Console) -> ExitCode {
    // `linekeeper audit show | head` is no failure to complain of.
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
