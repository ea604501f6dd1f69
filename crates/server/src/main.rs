//! The `linekeeper` program: parses and delegates.

#![forbid(unsafe_code)]

use std::process::ExitCode;

use git_version::git_version;
use linekeeper::app::Trust;
use linekeeper::cli;
use linekeeper::telemetry::Build;

/// Without a git repository, for example in an unpacked archive, the commit can be given in `LINEKEEPER_COMMIT`.
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
