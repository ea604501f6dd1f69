//! Whose phone a session belongs to, and whether this account may be online with it.

use crate::phone::PhoneNumber;

/// What is known about the phone that agreed to link.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Owner {
    /// This account's row names the phone, and no other row does.
    Held,
    /// A phone with another number than the account's agreed.
    Unexpected {
        /// The phone's number, if WhatsApp reported it.
        came: Option<PhoneNumber>,
    },
    /// The number belongs to another account of this deployment.
    Taken {
        /// The number, if WhatsApp reported it.
        came: Option<PhoneNumber>,
    },
    /// The database could not answer, or could not store it.
    Unwritten,
}

/// The result of storing which phone a session belongs to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Claim {
    /// The row names the phone, on disk, and no other row does.
    Held,
    /// Another account's row names the phone.
    Taken,
    /// The database does not answer.
    Unwritten,
}

impl Owner {
    /// Whether the phone `came` may be linked if `expected` is expected. A phone whose number WhatsApp does not
    /// report is not refused.
    pub fn is_expected(expected: Option<PhoneNumber>, came: Option<PhoneNumber>) -> bool {
        match (expected, came) {
            (Some(expected), Some(came)) => expected == came,
            _ => true,
        }
    }

    /// The owner after a claim for `came` with this result.
    pub const fn claimed(claim: Claim, came: Option<PhoneNumber>) -> Self {
        match claim {
            Claim::Held => Self::Held,
            Claim::Taken => Self::Taken { came },
            Claim::Unwritten => Self::Unwritten,
        }
    }
}
