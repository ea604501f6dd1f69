//! The `linekeeper` program. It parses the command line and runs the command.

#![forbid(unsafe_code)]

use std::process::ExitCode;

use git_version::git_version;
use linekeeper::app::Trust;
use linekeeper::cli;
use linekeeper::telemetry::Build;

/// The commit of this build. If there is no git repository, for example in an unpacked archive,
/// `LINEKEEPER_COMMIT` can give the commit.
const COMMIT: &str = match option_env!("LINEKEEPER_COMMIT") {
    Some(given) if !given.is_empty() => given,
    _ => git_version!(
        args = ["--always", "--dirty=-dirty", "--abbrev=12", "--exclude=*"],
        fallback = "unknown"
    ),
};

fn main() -> ExitCode {
    let build = Build::of_commit(COMMIT);
    cli::run(cli::parse(build), Trust::WhatsAppCertificate, build)
}
