//! Failures: why an account has no connection until a person acts, with all known details. The database stores
//! them in this format, so that all details survive a restart.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::phone::PhoneNumber;
use crate::reason::Reason;

/// The sentence that people read about a phone that agreed to link, but must not be linked.
const LOGGED_OUT_AGAIN: &str = "It is logged out again as soon as WhatsApp can be reached.";

/// Why an account has no connection until a person acts. Failures are stored, so variants and fields may be added,
/// but not renamed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum Failure {
    /// WhatsApp no longer accepts the session.
    LoggedOut,
    /// The device was removed on the phone.
    DeviceRemoved,
    /// WhatsApp refused to link the account.
    PairingRejected {
        /// Why WhatsApp refused.
        why: Rejection,
    },
    /// The phone that agreed to link must not be linked to this account.
    PhoneMismatch {
        /// The phone's number, if WhatsApp reported it.
        came: Option<PhoneNumber>,
        /// Whether the phone's number belongs to another account of this installation.
        taken: bool,
    },
    /// Another program opened a connection with the same session.
    Replaced,
    /// WhatsApp banned the account for a limited time.
    TemporarilyBanned {
        /// When the ban ends, if WhatsApp gave the time.
        until: Option<Timestamp>,
    },
    /// WhatsApp locked the account.
    AccountLocked,
    /// WhatsApp no longer accepts the version of the client.
    ClientOutdated,
    /// The stored session cannot be decrypted.
    SessionUnreadable,
    /// The proxy refused the connection.
    ProxyFailed,
    /// WhatsApp refused the connection with another code.
    Refused {
        /// WhatsApp's code.
        code: i32,
    },
}

/// Why WhatsApp refused to link an account.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Rejection {
    /// The code that was typed on the phone is not the code that was shown.
    WrongCode,
    /// WhatsApp knows no account with the number.
    UnknownNumber,
    /// Too many pairing codes were requested.
    Throttled,
    /// WhatsApp links this account only by QR code.
    QrOnly,
    /// WhatsApp refused for another reason.
    Other,
}

impl Failure {
    /// The failure of an account for which only the reason is stored. Further details are unknown. `None` if the
    /// reason is not a failure.
    pub const fn recorded(reason: Reason) -> Option<Self> {
        Some(match reason {
            Reason::LoggedOut => Self::LoggedOut,
            Reason::DeviceRemoved => Self::DeviceRemoved,
            Reason::PairingRejected => Self::PairingRejected { why: Rejection::Other },
            Reason::WrongPairingCode => Self::PairingRejected { why: Rejection::WrongCode },
            Reason::NumberNotFound => Self::PairingRejected { why: Rejection::UnknownNumber },
            Reason::PairingThrottled => Self::PairingRejected { why: Rejection::Throttled },
            Reason::PhoneMismatch => Self::PhoneMismatch { came: None, taken: false },
            Reason::Replaced => Self::Replaced,
            Reason::TemporarilyBanned => Self::TemporarilyBanned { until: None },
            Reason::AccountLocked => Self::AccountLocked,
            Reason::ClientOutdated => Self::ClientOutdated,
            Reason::SessionUnreadable => Self::SessionUnreadable,
            Reason::ProxyFailed => Self::ProxyFailed,
            Reason::Refused => Self::Refused { code: 0 },
            _ => return None,
        })
    }

    /// The reason that the status shows.
    pub const fn reason(self) -> Reason {
        match self {
            Self::LoggedOut => Reason::LoggedOut,
            Self::DeviceRemoved => Reason::DeviceRemoved,
            Self::PairingRejected { why } => match why {
                Rejection::WrongCode => Reason::WrongPairingCode,
                Rejection::UnknownNumber => Reason::NumberNotFound,
                Rejection::Throttled => Reason::PairingThrottled,
                Rejection::QrOnly | Rejection::Other => Reason::PairingRejected,
            },
            Self::PhoneMismatch { .. } => Reason::PhoneMismatch,
            Self::Replaced => Reason::Replaced,
            Self::TemporarilyBanned { .. } => Reason::TemporarilyBanned,
            Self::AccountLocked => Reason::AccountLocked,
            Self::ClientOutdated => Reason::ClientOutdated,
            Self::SessionUnreadable => Reason::SessionUnreadable,
            Self::ProxyFailed => Reason::ProxyFailed,
            Self::Refused { .. } => Reason::Refused,
        }
    }

    /// A sentence for people: the message of the reason, and the known details.
    pub fn message(self) -> String {
        let reason = self.reason().message();
        match self {
            Self::TemporarilyBanned { until: Some(until) } => format!("{reason} The ban ends at {until}."),
            Self::Refused { code } if code != 0 => {
                format!("WhatsApp refused the connection with code {code}.")
            }
            Self::PairingRejected { why: Rejection::QrOnly } => {
                "WhatsApp does not link this account by a code. Scan the QR code.".to_owned()
            }
            Self::PhoneMismatch { came: Some(came), taken: true } => {
                format!(
                    "The phone that was linked, {came}, belongs to another account here. {LOGGED_OUT_AGAIN}"
                )
            }
            Self::PhoneMismatch { came: None, taken: true } => {
                format!("The phone that was linked belongs to another account here. {LOGGED_OUT_AGAIN}")
            }
            Self::PhoneMismatch { came: Some(came), taken: false } => {
                format!(
                    "Another phone than the expected one was linked. Its number is {came}. {LOGGED_OUT_AGAIN}"
                )
            }
            _ => reason.to_owned(),
        }
    }

    /// When the failure ends by itself, if that is known.
    pub const fn until(self) -> Option<Timestamp> {
        match self {
            Self::TemporarilyBanned { until } => until,
            _ => None,
        }
    }

    /// Whether WhatsApp itself reported that it no longer knows this device.
    pub const fn ends_device(self) -> bool {
        matches!(self, Self::LoggedOut | Self::DeviceRemoved)
    }

    /// Whether WhatsApp may accept the stored session again after a person has acted.
    pub const fn keeps_session(self) -> bool {
        match self {
            Self::LoggedOut
            | Self::DeviceRemoved
            | Self::PairingRejected { .. }
            | Self::PhoneMismatch { .. } => false,
            Self::Replaced
            | Self::TemporarilyBanned { .. }
            | Self::AccountLocked
            | Self::ClientOutdated
            | Self::SessionUnreadable
            | Self::ProxyFailed
            | Self::Refused { .. } => true,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_stored_failure_is_read_back_with_all_its_details() {
        let came = Some("+5531999990000".parse().unwrap());
        for failure in [
            Failure::LoggedOut,
            Failure::PairingRejected { why: Rejection::WrongCode },
            Failure::PhoneMismatch { came, taken: true },
            Failure::TemporarilyBanned { until: Some(Timestamp::UNIX_EPOCH) },
            Failure::Refused { code: 463 },
        ] {
            let stored = serde_json::to_string(&failure).unwrap();
            let back: Failure = serde_json::from_str(&stored).unwrap();
            assert_eq!((back, back.message()), (failure, failure.message()), "{stored}");
        }
    }

    #[test]
    fn a_reason_alone_is_read_as_a_failure_with_that_reason() {
        for reason in Reason::ALL {
            if let Some(failure) = Failure::recorded(*reason) {
                assert_eq!(failure.reason(), *reason);
            }
        }
    }

    #[test]
    fn each_reason_for_a_refused_link_has_its_own_status() {
        let reasons =
            [Rejection::WrongCode, Rejection::UnknownNumber, Rejection::Throttled, Rejection::Other]
                .map(|why| Failure::PairingRejected { why }.reason().code());
        assert_eq!(
            reasons,
            ["wrong_pairing_code", "number_not_found", "pairing_throttled", "pairing_rejected"]
        );
    }

    #[test]
    fn a_phone_mismatch_names_the_number_of_the_phone() {
        let came = Some("+15551234567".parse().unwrap());
        for taken in [true, false] {
            assert!(Failure::PhoneMismatch { came, taken }.message().contains("+15551234567"));
        }
    }
}
