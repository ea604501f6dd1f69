//! `linekeeper completions <shell>`: prints a script with which a shell completes linekeeper's commands and
//! options.

use std::io::Write as _;
use std::process::ExitCode;

use clap::{Args, CommandFactory as _};
use clap_complete::{Shell, generate};

use super::{Cli, Console};

/// The options of `completions`.
#[derive(Debug, Args)]
pub struct Completions {
    /// The shell that the script is for
    shell: Shell,
}

impl Completions {
    pub(super) fn run(&self, console: &mut Console) -> anyhow::Result<ExitCode> {
        // The script is written into memory first, because the generator panics if its writer fails, such as on a
        // closed pipe.
        let mut script = Vec::new();
        generate(self.shell, &mut Cli::command(), "linekeeper", &mut script);
        console.out.write_all(&script)?;
        console.out.flush()?;
        Ok(ExitCode::SUCCESS)
    }
}
