//! One line of the doctor's report.

use std::fmt;

/// What was checked, the result, and what to do.
#[derive(Debug)]
pub(super) struct Finding {
    subject: &'static str,
    verdict: Verdict,
    text: String,
}

#[derive(Debug)]
enum Verdict {
    Ok,
    Warn { remedy: String },
    Fail { remedy: String },
}

impl Finding {
    pub fn ok(subject: &'static str, text: impl fmt::Display) -> Self {
        Self { subject, verdict: Verdict::Ok, text: text.to_string() }
    }

    pub fn warn(subject: &'static str, text: impl fmt::Display, remedy: impl Into<String>) -> Self {
        Self { subject, verdict: Verdict::Warn { remedy: remedy.into() }, text: text.to_string() }
    }

    pub fn fail(subject: &'static str, text: impl fmt::Display, remedy: impl Into<String>) -> Self {
        Self { subject, verdict: Verdict::Fail { remedy: remedy.into() }, text: text.to_string() }
    }

    /// A failure that shows an error and its causes.
    pub fn of_error(subject: &'static str, error: &dyn std::error::Error, remedy: impl Into<String>) -> Self {
        let mut text = error.to_string();
        let mut source = error.source();
        while let Some(cause) = source {
            text.push_str(&format!(": {cause}"));
            source = cause.source();
        }
        Self::fail(subject, text, remedy)
    }

    pub const fn is_failure(&self) -> bool {
        matches!(self.verdict, Verdict::Fail { .. })
    }
}

impl fmt::Display for Finding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (word, remedy) = match &self.verdict {
            Verdict::Ok => ("ok  ", None),
            Verdict::Warn { remedy } => ("warn", Some(remedy)),
            Verdict::Fail { remedy } => ("fail", Some(remedy)),
        };
        write!(f, "{word}  {:<16}{}", self.subject, self.text)?;
        match remedy {
            Some(remedy) => write!(f, "\n      {:<16}-> {remedy}", ""),
            None => Ok(()),
        }
    }
}
