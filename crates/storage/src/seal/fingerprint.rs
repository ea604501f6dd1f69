//! Names of master keys: derived from the key, and telling nothing about it.

use std::fmt;

use super::record::{self, UnsealError};

/// Which master key wrapped something. Eight hexadecimal digits for people.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Fingerprint(pub(super) u32);

impl Fingerprint {
    /// Which master key wrapped a data key, as the record claims.
    pub(crate) fn of(wrapped: &[u8]) -> Result<Self, UnsealError> {
        record::key_id(wrapped).map(Self)
    }

    /// As it stands in the header of a record.
    pub(crate) const fn bytes(self) -> [u8; 4] {
        self.0.to_be_bytes()
    }

    /// As it stands in a column.
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
