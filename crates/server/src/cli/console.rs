//! Where commands read and write, so that tests can stand in for a terminal. Answers go to `out`, complaints
//! to `err`; nobody prints past it.

use std::fmt;
use std::io::{self, BufRead, IsTerminal as _, Write};

use anyhow::{Context as _, ensure};
use linekeeper_model::secret::Secret;

/// Longest first line that is read from standard input.
const LONGEST_LINE: u64 = 64 * 1024;

/// The streams of one run.
pub struct Console {
    /// Answers.
    pub out: Box<dyn Write>,
    /// Complaints.
    pub err: Box<dyn Write>,
    /// Secrets, which never stand on the command line.
    pub input: Box<dyn BufRead>,
    /// Whether `out` is a terminal that can be drawn on.
    pub is_terminal: bool,
    /// Whether somebody sits before it and can press keys.
    pub is_attended: bool,
}

impl Console {
    /// The process's own.
    pub fn standard() -> Self {
        Self {
            out: Box::new(io::stdout()),
            err: Box::new(io::stderr()),
            input: Box::new(io::BufReader::new(io::stdin())),
            is_terminal: io::stdout().is_terminal(),
            is_attended: io::stdout().is_terminal() && io::stdin().is_terminal(),
        }
    }

    /// A line of the answer.
    pub(super) fn say(&mut self, line: impl fmt::Display) -> io::Result<()> {
        writeln!(self.out, "{line}")?;
        self.out.flush()
    }

    /// A line of complaint. Where nobody hears it, nothing can be done about that.
    pub(super) fn complain(&mut self, line: impl fmt::Display) {
        let _unheard = writeln!(self.err, "{line}").and_then(|()| self.err.flush());
    }

    /// The first line of the input, without its end.
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
