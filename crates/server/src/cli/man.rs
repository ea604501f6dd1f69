//! `linekeeper man`: prints the manual page, or writes a folder with one page for each command.

use std::io::Write as _;
use std::path::PathBuf;
use std::process::ExitCode;

use anyhow::Context as _;
use clap::{Args, CommandFactory as _};
use clap_mangen::Man;

use super::{Cli, Console};

/// The options of `man`.
#[derive(Debug, Args)]
pub struct Manual {
    /// Write linekeeper.1 and one page for each command into this folder
    #[arg(long, value_name = "FOLDER")]
    folder: Option<PathBuf>,
}

impl Manual {
    pub(super) fn run(self, console: &mut Console) -> anyhow::Result<ExitCode> {
        match self.folder {
            Some(folder) => {
                std::fs::create_dir_all(&folder)
                    .with_context(|| format!("cannot create {}", folder.display()))?;
                clap_mangen::generate_to(Cli::command(), &folder)
                    .with_context(|| format!("cannot write into {}", folder.display()))?;
            }
            None => {
                let mut page = Vec::new();
                Man::new(Cli::command()).render(&mut page)?;
                console.out.write_all(&page)?;
                console.out.flush()?;
            }
        }
        Ok(ExitCode::SUCCESS)
    }
}
