//! The `linekeeper-demo` program: all commands of `linekeeper`, and the command `demo`, which needs no phone. This
//! build skips the verification of WhatsApp's certificate, so it connects only to this machine.

#![forbid(unsafe_code)]

mod api;
mod demo;
mod enter;

use std::process::ExitCode;

use clap::{Parser, Subcommand};
use git_version::git_version;
use linekeeper::app::Trust;
use linekeeper::cli::{self, Cli, Options};
use linekeeper::telemetry::Build;

/// The commit of the build, found in the same way as in linekeeper's own `main`.
const COMMIT: &str = match option_env!("LINEKEEPER_COMMIT") {
    Some(given) if !given.is_empty() => given,
    _ => git_version!(
        args = ["--always", "--dirty=-dirty", "--abbrev=12", "--exclude=*"],
        fallback = "unknown"
    ),
};

const BUILD: Build = Build::of_commit(COMMIT);

/// Try linekeeper without a phone, against a simulated WhatsApp on this machine.
#[derive(Debug, Parser)]
#[command(name = "linekeeper-demo", version, about, max_term_width = 100)]
struct DemoCli {
    #[command(flatten)]
    options: Options,
    #[command(subcommand)]
    command: Option<Command>,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Run a server and a simulated WhatsApp, with three phones linked (the default)
    Demo(demo::Demo),
    #[command(flatten)]
    Linekeeper(Box<cli::Command>),
}

fn main() -> ExitCode {
    let DemoCli { options, command } = DemoCli::parse();
    match command {
        Some(Command::Linekeeper(command)) => {
            cli::run(Cli { options, command: Some(*command) }, Trust::LoopbackOnly, BUILD)
        }
        Some(Command::Demo(demo)) => run(demo, &options),
        None => run(demo::Demo::default(), &options),
    }
}

#[expect(clippy::print_stderr, reason = "the last word of a program that cannot go on")]
fn run(demo: demo::Demo, options: &Options) -> ExitCode {
    let ended = tokio::runtime::Runtime::new()
        .map_err(anyhow::Error::from)
        .and_then(|runtime| runtime.block_on(demo.run(options)));
    match ended {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("linekeeper-demo: {error:#}");
            ExitCode::FAILURE
        }
    }
}
