//! The input and output of commands. Tests can replace them. Results go to `out` and error messages to `err`. No
//! other code prints.

use std::fmt;
use std::io::{self, BufRead, IsTerminal as _, Write};

use anyhow::{Context as _, ensure};
use linekeeper_model::secret::Secret;

/// The maximum length of the first line of standard input.
const LONGEST_LINE: u64 = 64 * 1024;

/// The streams that one command uses.
pub struct Console {
    /// The output for results.
    pub out: Box<dyn Write>,
    /// The output for error messages.
    pub err: Box<dyn Write>,
    /// The input for secrets, which are never given on the command line.
    pub input: Box<dyn BufRead>,
    /// Whether `out` is a terminal that can be redrawn.
    pub is_terminal: bool,
    /// Whether a person at the terminal can press keys.
    pub is_attended: bool,
}

impl Console {
    /// The streams of the process.
    pub fn standard() -> Self {
        Self {
            out: Box::new(io::stdout()),
            err: Box::new(io::stderr()),
            input: Box::new(io::BufReader::new(io::stdin())),
            is_terminal: io::stdout().is_terminal(),
            is_attended: io::stdout().is_terminal() && io::stdin().is_terminal(),
        }
    }

    /// Writes a line of the result.
    pub(super) fn say(&mut self, line: impl fmt::Display) -> io::Result<()> {
        writeln!(self.out, "{line}")?;
        self.out.flush()
    }

    /// Writes a line of an error message. If the line cannot be written, there is no other place to report that.
    pub(super) fn complain(&mut self, line: impl fmt::Display) {
        let _unheard = writeln!(self.err, "{line}").and_then(|()| self.err.flush());
    }

    /// Reads the first line of the input, without the line break.
    pub(super) fn read_secret(&mut self, what: &str) -> anyhow::Result<Secret<String>> {
        let mut line = String::new();
        io::Read::take(&mut self.input, LONGEST_LINE)
            .read_line(&mut line)
            .with_context(|| format!("{what} could not be read from standard input"))?;
        let line = Secret::new(line);
        let text = line.expose().trim_end_matches(['\n', '\r']);
        ensure!(!text.is_empty(), "standard input must hold {what}");
        Ok(Secret::new(text.to_owned()))
    }
}
