//! To which phone a session belongs, and whether this account may be online with that phone.

use crate::phone::PhoneNumber;

/// What is known about the phone that agreed to link.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Owner {
    /// The account's row in the database names the phone, and no other row does.
    Held,
    /// The number of the phone differs from the number of the account.
    Unexpected {
        /// The phone's number, if WhatsApp reported it.
        came: Option<PhoneNumber>,
    },
    /// The phone's number belongs to another account of this installation.
    Taken {
        /// The phone's number, if WhatsApp reported it.
        came: Option<PhoneNumber>,
    },
    /// The database could not be read, or could not store the number.
    Unwritten,
}

/// The result of the attempt to store which phone a session belongs to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Claim {
    /// The account's row names the phone and is on disk, and no other row names the phone.
    Held,
    /// Another account's row names the phone.
    Taken,
    /// The database cannot be reached.
    Unwritten,
}

impl Owner {
    /// Whether a phone with the number `came` may be linked to an account with the number `expected`. If either
    /// number is not known, the phone may be linked.
    pub fn is_expected(expected: Option<PhoneNumber>, came: Option<PhoneNumber>) -> bool {
        match (expected, came) {
            (Some(expected), Some(came)) => expected == came,
            _ => true,
        }
    }

    /// Turns the result of a claim into an owner. `came` is the number of the phone that was claimed.
    pub const fn claimed(claim: Claim, came: Option<PhoneNumber>) -> Self {
        match claim {
            Claim::Held => Self::Held,
            Claim::Taken => Self::Taken { came },
            Claim::Unwritten => Self::Unwritten,
        }
    }
}
