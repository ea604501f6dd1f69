//! Why a message was not sent: a closed list of codes. Each code has a sentence for people and a proposed action.

use serde::{Deserialize, Serialize};

/// The codes of failures. A code is never renamed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum FailureCode {
    /// The number has no WhatsApp account.
    RecipientNotOnWhatsapp,
    /// WhatsApp accepted the message, but the recipient has no device to which the message could be addressed.
    NoDeviceReached,
    /// WhatsApp does not let the account write to new people for some time (code 463).
    ReachoutTimelocked,
    /// WhatsApp does not allow the message, for example a message to a group that the account does not belong to.
    NotAllowed,
    /// The server could not fetch the file.
    MediaUnavailable,
    /// WhatsApp does not allow a file of this type or size.
    MediaRejected,
    /// The account has no session.
    AccountNotLinked,
    /// The message expired before it could be sent.
    Expired,
    /// WhatsApp refused the message for another reason.
    Rejected,
}

/// The failure of a message, as the API shows it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Failure {
    /// The code.
    pub code: FailureCode,
    /// A sentence for people.
    pub message: String,
    /// What to do.
    pub action: String,
    /// WhatsApp's error code, if WhatsApp gave one.
    pub whatsapp_code: Option<u32>,
}

impl FailureCode {
    /// Every code.
    pub const ALL: [Self; 9] = [
        Self::RecipientNotOnWhatsapp,
        Self::NoDeviceReached,
        Self::ReachoutTimelocked,
        Self::NotAllowed,
        Self::MediaUnavailable,
        Self::MediaRejected,
        Self::AccountNotLinked,
        Self::Expired,
        Self::Rejected,
    ];

    /// The code as it is stored and as the API shows it.
    pub const fn code(self) -> &'static str {
        match self {
            Self::RecipientNotOnWhatsapp => "recipient_not_on_whatsapp",
            Self::NoDeviceReached => "no_device_reached",
            Self::ReachoutTimelocked => "reachout_timelocked",
            Self::NotAllowed => "not_allowed",
            Self::MediaUnavailable => "media_unavailable",
            Self::MediaRejected => "media_rejected",
            Self::AccountNotLinked => "account_not_linked",
            Self::Expired => "expired",
            Self::Rejected => "rejected",
        }
    }

    /// The failure code that belongs to the error code in WhatsApp's acknowledgement.
    pub const fn of_whatsapp(code: u32) -> Self {
        match code {
            463 => Self::ReachoutTimelocked,
            401 | 403 | 405 | 420 => Self::NotAllowed,
            _ => Self::Rejected,
        }
    }

    const fn sentence(self) -> (&'static str, &'static str) {
        match self {
            Self::RecipientNotOnWhatsapp => (
                "This number has no WhatsApp account.",
                "Check the number, or reach the person in another way.",
            ),
            Self::NoDeviceReached => (
                "WhatsApp took the message, but it was addressed to no device of the recipient.",
                "Try again later: the recipient may be registering anew.",
            ),
            Self::ReachoutTimelocked => (
                "WhatsApp does not let this account write to new people at the moment.",
                "Wait until the restriction ends. Answers to people who wrote first still work.",
            ),
            Self::NotAllowed => (
                "WhatsApp does not allow this account to send this message there.",
                "Check that the account is a member of the group and may write in it.",
            ),
            Self::MediaUnavailable => {
                ("The file could not be fetched.", "Check the URL, or upload the file.")
            }
            Self::MediaRejected => (
                "The file has a type or size that cannot be sent like this.",
                "Send another file, or as document.",
            ),
            Self::AccountNotLinked => (
                "The account is not linked to a phone any more.",
                "Link the account, then send the message again.",
            ),
            Self::Expired => (
                "The message could not be sent before it expired.",
                "Send it again, with a later `expiresAt`.",
            ),
            Self::Rejected => (
                "WhatsApp refused the message.",
                "Look up `whatsappCode`, change the message, and try again.",
            ),
        }
    }
}

impl Failure {
    /// A failure with this code.
    pub fn of(code: FailureCode) -> Self {
        let (message, action) = code.sentence();
        Self { code, message: message.to_owned(), action: action.to_owned(), whatsapp_code: None }
    }

    /// The failure for an error code that WhatsApp returned.
    pub fn answered(whatsapp_code: u32) -> Self {
        Self { whatsapp_code: Some(whatsapp_code), ..Self::of(FailureCode::of_whatsapp(whatsapp_code)) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn whatsapp_error_codes_are_mapped_to_failure_codes_and_stored() {
        for (code, expected) in [
            (463, FailureCode::ReachoutTimelocked),
            (403, FailureCode::NotAllowed),
            (479, FailureCode::Rejected),
        ] {
            let failure = Failure::answered(code);
            assert_eq!((failure.code, failure.whatsapp_code), (expected, Some(code)));
        }
    }

    #[test]
    fn codes_match_what_serde_writes() {
        for code in FailureCode::ALL {
            assert_eq!(serde_json::to_value(code).unwrap(), code.code());
        }
    }

    #[test]
    fn every_code_has_its_own_message() {
        let mut sentences: Vec<_> = FailureCode::ALL.map(|code| Failure::of(code).message).to_vec();
        sentences.sort();
        sentences.dedup();
        assert_eq!(sentences.len(), FailureCode::ALL.len());
    }
}
