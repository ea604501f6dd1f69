//! The command line: one file per command. It parses, delegates and says what came of it; the demo adds its own
//! command to the same list.

mod api_key;
mod console;
mod doctor;
mod exit;
mod installation;
mod keys;
mod link;
mod options;
mod owner;
mod serve;
mod version;

use std::process::ExitCode;

use clap::{Parser, Subcommand};

pub use console::Console;
pub use options::Options;

use crate::app::Trust;

/// Holds WhatsApp accounts online for CRMs and the businesses that live on WhatsApp.
#[derive(Debug, Parser)]
#[command(name = "linekeeper", version, about, max_term_width = 100)]
pub struct Cli {
    /// Settings that hold for every command.
    #[command(flatten)]
    pub options: Options,
    /// What to do; `serve` unless named.
    #[command(subcommand)]
    pub command: Option<Command>,
}

/// What linekeeper can do.
#[derive(Debug, Subcommand)]
pub enum Command {
    /// Run the server (the default)
    Serve,
    /// Make the Owner
    #[command(subcommand)]
    Owner(owner::Command),
    /// Make keys for programs
    #[command(subcommand)]
    ApiKey(api_key::Command),
    /// Look at and change the master keys
    #[command(subcommand)]
    Keys(keys::Command),
    /// Link a WhatsApp account: shows the code in this terminal, against a running server
    Link(link::Link),
    /// Check that everything is in order, and say what to do where it is not
    Doctor(doctor::Doctor),
    /// Print the version
    Version,
}

/// Runs the program that `cli` asks for, on a runtime of its own and the process's own streams.
pub fn run(cli: Cli, trust: Trust) -> ExitCode {
    let mut console = Console::standard();
    let runtime = match tokio::runtime::Builder::new_multi_thread().enable_all().build() {
        Ok(runtime) => runtime,
        Err(error) => return exit::failed(&error.into(), &mut console),
    };
    runtime.block_on(execute(cli, trust, &mut console))
}

/// Runs the command, speaking to `console`.
pub async fn execute(cli: Cli, trust: Trust, console: &mut Console) -> ExitCode {
    let options = cli.options;
    let done = match cli.command.unwrap_or(Command::Serve) {
        Command::Serve => serve::run(&options, trust, console).await,
        Command::Owner(owner::Command::Create(create)) => create.run(&options, console).await,
        Command::ApiKey(api_key::Command::Create(create)) => create.run(&options, console).await,
        Command::Keys(keys::Command::Rotate(rotate)) => rotate.run(&options, console).await,
        Command::Keys(keys::Command::Status(status)) => status.run(&options, console).await,
        Command::Link(link) => link.run(&options, console).await,
        Command::Doctor(doctor) => doctor.run(&options, trust, console).await,
        Command::Version => version::run(console),
    };
    done.unwrap_or_else(|error| exit::failed(&error, console))
}
