//! `linekeeper completions <shell>`: prints a script with which a shell completes our commands and options.

use std::io::Write as _;
use std::process::ExitCode;

use clap::{Args, CommandFactory as _};
use clap_complete::{Shell, generate};

use super::{Cli, Console};

/// `completions`.
#[derive(Debug, Args)]
pub struct Completions {
    /// Which shell
    shell: Shell,
}

impl Completions {
    pub(super) fn run(&self, console: &mut Console) -> anyhow::Result<ExitCode> {
        // Writes into memory first, because the generator panics if its writer fails, such as at a closed pipe.
        let mut script = Vec::new();
        generate(self.shell, &mut Cli::command(), "linekeeper", &mut script);
        console.out.write_all(&script)?;
        console.out.flush()?;
        Ok(ExitCode::SUCCESS)
    }
}
