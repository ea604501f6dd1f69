//! The product built together with the demo. Cargo then unites the features of both, so this build checks no
//! certificate, and it must refuse to start. `scripts/check-release-guard.sh` starts it.

#![forbid(unsafe_code)]

use std::process::ExitCode;

use linekeeper::app::Trust;
use linekeeper::cli;
use linekeeper::telemetry::Build;

fn main() -> ExitCode {
    let build = Build::of_commit("unknown");
    cli::run(cli::parse(build), Trust::WhatsAppCertificate, build)
}
