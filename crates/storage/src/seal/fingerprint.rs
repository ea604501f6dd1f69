//! Fingerprints, which are the names of master keys. A fingerprint is derived from the key, but reveals nothing
//! about it.

use std::fmt;

use super::record::{self, UnsealError};

/// Names a master key. People see it as eight hexadecimal digits.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Fingerprint(pub(super) u32);

impl Fingerprint {
    /// The fingerprint of the master key with which a data key was wrapped, as the wrapped data key contains it.
    pub(crate) fn of(wrapped: &[u8]) -> Result<Self, UnsealError> {
        record::key_id(wrapped).map(Self)
    }

    /// The fingerprint, as the header of a record contains it.
    pub(crate) const fn bytes(self) -> [u8; 4] {
        self.0.to_be_bytes()
    }

    /// The fingerprint, as a column stores it.
    pub(crate) fn number(self) -> i64 {
        self.0.into()
    }
}

impl From<[u8; 4]> for Fingerprint {
    fn from(bytes: [u8; 4]) -> Self {
        Self(u32::from_be_bytes(bytes))
    }
}

impl TryFrom<i64> for Fingerprint {
    type Error = std::num::TryFromIntError;

    fn try_from(number: i64) -> Result<Self, Self::Error> {
        number.try_into().map(Self)
    }
}

impl fmt::Display for Fingerprint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:08x}", self.0)
    }
}
