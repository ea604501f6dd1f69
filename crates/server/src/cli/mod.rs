//! The command line. There is one file per command. A command parses its options, calls the other modules, and
//! prints the result. The demo build adds its own command to the same list.

mod access;
mod api_key;
mod audit;
mod backup;
mod client;
mod completions;
mod console;
mod doctor;
mod exit;
mod healthcheck;
mod installation;
mod keys;
mod link;
mod listen;
mod man;
mod options;
mod owner;
mod restore;
mod send;
mod serve;
mod user;
mod version;
mod workspace;

use std::process::ExitCode;

use clap::{CommandFactory as _, FromArgMatches as _, Parser, Subcommand};

pub use console::Console;
pub use options::Options;

use crate::app::Trust;
use crate::telemetry::Build;

/// Holds WhatsApp accounts online for CRMs and the businesses that live on WhatsApp.
#[derive(Debug, Parser)]
#[command(name = "linekeeper", version, about, max_term_width = 100)]
pub struct Cli {
    /// Options that every command accepts.
    #[command(flatten)]
    pub options: Options,
    /// What to do. The default is `serve`.
    #[command(subcommand)]
    pub command: Option<Command>,
}

/// The commands of linekeeper.
#[derive(Debug, Subcommand)]
pub enum Command {
    /// Run the server (the default)
    Serve,
    /// Create the Owner
    #[command(subcommand)]
    Owner(owner::Command),
    /// Manage the people who sign in
    #[command(subcommand)]
    User(user::Command),
    /// List workspaces, and give them the names that the tokens of your CRM use
    #[command(subcommand)]
    Workspace(workspace::Command),
    /// Create API keys for programs
    #[command(subcommand)]
    ApiKey(api_key::Command),
    /// Show and change the master keys
    #[command(subcommand)]
    Keys(keys::Command),
    /// Back up everything except the master key. Works whether or not the server runs
    Backup(backup::Backup),
    /// Create the installation from a backup, if there is none yet
    Restore(restore::Restore),
    /// Check and read the audit log
    #[command(subcommand)]
    Audit(audit::Command),
    /// Link a WhatsApp account: shows the code in this terminal. Needs a running server
    Link(link::Link),
    /// Show events as they happen, or send them to a program under development. Needs a running server
    Listen(listen::Listen),
    /// Send a text or a file from an account. Needs a running server
    Send(send::Send),
    /// Check everything that the server needs, and say how to repair what is wrong
    Doctor(doctor::Doctor),
    /// Ask the server on this machine whether it is ready. Made for containers
    Healthcheck,
    /// Print version, commit, compiler and platform
    Version,
    /// Print a script with which a shell completes commands and options
    Completions(completions::Completions),
    /// Print the manual page
    Man(man::Manual),
}

/// Parses the command line of this process. If the command line is invalid, or after `--help` or `--version`, this
/// ends the process.
pub fn parse(build: Build) -> Cli {
    let command = Cli::command().version(version::short(build)).long_version(version::text(build));
    Cli::from_arg_matches(&command.get_matches()).unwrap_or_else(|error| error.exit())
}

/// Runs the command in `cli`, on its own runtime and with the process's own streams.
pub fn run(cli: Cli, trust: Trust, build: Build) -> ExitCode {
    let mut console = Console::standard();
    let runtime = match tokio::runtime::Builder::new_multi_thread().enable_all().build() {
        Ok(runtime) => runtime,
        Err(error) => return exit::failed(&error.into(), &mut console),
    };
    runtime.block_on(execute(cli, trust, build, &mut console))
}

/// Runs the command with `console` as its input and output.
pub async fn execute(cli: Cli, trust: Trust, build: Build, console: &mut Console) -> ExitCode {
    let options = cli.options;
    let done = match cli.command.unwrap_or(Command::Serve) {
        Command::Serve => serve::run(&options, trust, build, console).await,
        Command::Owner(owner::Command::Create(create)) => create.run(&options, console).await,
        Command::User(user::Command::List(list)) => list.run(&options, console).await,
        Command::User(user::Command::ResetPassword(reset)) => reset.run(&options, console).await,
        Command::User(user::Command::DisableTotp(disable)) => disable.run(&options, console).await,
        Command::Workspace(workspace::Command::List(list)) => list.run(&options, console).await,
        Command::Workspace(workspace::Command::SetExternalId(set)) => set.run(&options, console).await,
        Command::ApiKey(api_key::Command::Create(create)) => create.run(&options, console).await,
        Command::Keys(keys::Command::Rotate(rotate)) => rotate.run(&options, console).await,
        Command::Keys(keys::Command::Status(status)) => status.run(&options, console).await,
        Command::Backup(backup) => backup.run(&options, console).await,
        Command::Restore(restore) => restore.run(&options, console).await,
        Command::Audit(audit::Command::Verify(verify)) => verify.run(&options, console).await,
        Command::Audit(audit::Command::Show(show)) => show.run(&options, console).await,
        Command::Link(link) => link.run(&options, console).await,
        Command::Listen(listen) => listen.run(&options, console).await,
        Command::Send(send) => send.run(&options, console).await,
        Command::Doctor(doctor) => doctor.run(&options, trust, console).await,
        Command::Healthcheck => healthcheck::run(&options, console).await,
        Command::Version => version::run(build, console),
        Command::Completions(completions) => completions.run(console),
        Command::Man(manual) => manual.run(console),
    };
    done.unwrap_or_else(|error| exit::failed(&error, console))
}
