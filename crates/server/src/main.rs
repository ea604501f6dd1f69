//! The `linekeeper` program: parses and delegates.

use std::process::ExitCode;

use clap::Parser as _;
use linekeeper::app::Trust;
use linekeeper::cli::{self, Cli};

fn main() -> ExitCode {
    cli::run(Cli::parse(), Trust::WhatsAppCertificate)
}
