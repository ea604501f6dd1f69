//! What is wrong with a value of a request, and where inside the value. Messages never repeat the value, because it
//! may be a secret.

use std::fmt::Display;

use linekeeper_model::name::InvalidName;

/// The maximum number of faults in one answer.
pub(in crate::http) const MOST: usize = 50;

/// Why one value is not acceptable.
#[derive(Debug)]
pub(in crate::http) struct Fault {
    pub(super) code: &'static str,
    pub(super) message: String,
    /// Which part of the value is wrong, as text to append to the field's name: `[1]` or `.name`. Empty for the whole
    /// value.
    pub(super) place: String,
}

impl Fault {
    pub fn new(code: &'static str, message: impl Display) -> Self {
        Self { code, message: message.to_string(), place: String::new() }
    }

    pub fn unsupported(message: impl Display) -> Self {
        Self::new("unsupported", message)
    }

    pub fn wrong_type(expected: &str) -> Self {
        Self::new("wrong_type", format!("must be {expected}"))
    }

    fn within(self, place: &str) -> Self {
        Self { place: format!("{place}{}", self.place), ..self }
    }
}

impl From<InvalidName> for Fault {
    fn from(invalid: InvalidName) -> Self {
        let code = match invalid {
            InvalidName::TooLong { .. } => "too_long",
            InvalidName::Invisible | InvalidName::Control | InvalidName::Direction => "invalid",
        };
        Self::new(code, invalid)
    }
}

/// Everything that is wrong with one value.
#[derive(Debug, Default)]
pub(in crate::http) struct Faults(pub(super) Vec<Fault>);

impl Faults {
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Adds the faults of a part of the value, and returns all faults.
    pub fn with(mut self, place: &str, inside: impl Into<Self>) -> Self {
        self.add(place, inside);
        self
    }

    /// Adds the faults of a part of the value. `place` says which part: `[1]` or `.name`.
    pub fn add(&mut self, place: &str, inside: impl Into<Self>) {
        let room = MOST.saturating_sub(self.0.len());
        self.0.extend(inside.into().0.into_iter().take(room).map(|fault| fault.within(place)));
    }
}

impl From<Fault> for Faults {
    fn from(fault: Fault) -> Self {
        Self(vec![fault])
    }
}
