//! Whose phone a session belongs to, and whether this account may be online with it.

use crate::phone::PhoneNumber;

/// What is known of the phone that agreed to link.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Owner {
    /// The account's row names this phone, and no other row does.
    Held,
    /// Another number than this account's agreed.
    Unexpected {
        /// It, where WhatsApp told it.
        came: Option<PhoneNumber>,
    },
    /// The number belongs to another account of this deployment.
    Taken {
        /// It, where WhatsApp told it.
        came: Option<PhoneNumber>,
    },
    /// The database could not say, or could not write it down.
    Unwritten,
}

/// What became of writing down whose phone it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Claim {
    /// The row names the phone, on disk, and is the only one that does.
    Held,
    /// Another account's row names it.
    Taken,
    /// The database does not answer.
    Unwritten,
}

impl Owner {
    /// Whether `came` may be linked where `expected` is. A phone whose number WhatsApp does not tell is not refused.
    pub fn is_expected(expected: Option<PhoneNumber>, came: Option<PhoneNumber>) -> bool {
        match (expected, came) {
            (Some(expected), Some(came)) => expected == came,
            _ => true,
        }
    }

    /// What a claim for `came` came to.
    pub const fn claimed(claim: Claim, came: Option<PhoneNumber>) -> Self {
        match claim {
            Claim::Held => Self::Held,
            Claim::Taken => Self::Taken { came },
            Claim::Unwritten => Self::Unwritten,
        }
    }
}
