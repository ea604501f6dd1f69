//! The codes of findings. Each code has one level and asks for one action; docs/API.md lists them. A code is never
//! renamed.

use std::fmt;
use std::str::FromStr;

use serde::de::Error as _;
use serde::{Deserialize, Deserializer, Serialize, Serializer};

use super::HealthStatus;
use crate::status::{Action, ConnectionStatus, Reason};

macro_rules! codes {
    ($($(#[$doc:meta])* $name:ident = $code:literal, $level:ident, $action:ident;)+) => {
        /// What the server found.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
        pub enum FindingCode {
            /// The connection has a problem with this reason. [`FindingCode::of_connection`] creates this code.
            Connection(Reason),
            $($(#[$doc])* $name,)+
        }

        impl FindingCode {
            /// All codes except the reasons of a connection.
            const OWN: &[Self] = &[$(Self::$name),+];

            /// The code in the API.
            pub const fn code(self) -> &'static str {
                match self { Self::Connection(reason) => reason.code(), $(Self::$name => $code,)+ }
            }

            /// The level of an account that has only this finding.
            pub const fn level(self) -> HealthStatus {
                match self {
                    Self::Connection(reason) => match reason.state() {
                        ConnectionStatus::Failed => HealthStatus::Critical,
                        _ => HealthStatus::Warning,
                    },
                    $(Self::$name => HealthStatus::$level,)+
                }
            }

            /// What a person should do.
            pub const fn action(self) -> Action {
                match self { Self::Connection(reason) => reason.action(), $(Self::$name => Action::$action,)+ }
            }
        }
    };
}

codes! {
    /// WhatsApp does not let the account write to people who are not its contacts for some time.
    TimeLocked = "time_locked", Critical, Wait;
    /// WhatsApp does not let the account start new chats until the current cycle ends.
    Capped = "capped", Critical, Wait;
    /// WhatsApp's last warning before the cap.
    CappingSecondWarning = "capping_second_warning", Warning, SlowDown;
    /// WhatsApp's first warning before the cap.
    CappingFirstWarning = "capping_first_warning", Warning, SlowDown;
    /// The server has heard nothing from the phone for 12 days or more.
    PhoneOfflineCritical = "phone_offline_critical", Critical, CheckPhone;
    /// The server has heard nothing from the phone for 10 days or more, but less than 12.
    PhoneOffline = "phone_offline", Warning, CheckPhone;
    /// The daily limit is used up.
    DailyLimitReached = "daily_limit_reached", Critical, Wait;
    /// More than 90 % of the daily limit is used.
    DailyLimitCritical = "daily_limit_critical", Critical, Wait;
    /// 70 % to 90 % of the daily limit is used.
    DailyLimitNear = "daily_limit_near", Warning, Wait;
    /// Too many messages of the last hour failed.
    FailureRateRaised = "failure_rate_raised", Warning, SlowDown;
}

impl FindingCode {
    /// The finding for the reason of a connection's status. `None` for an account that is online, paused or
    /// disconnected, and while its logout is pending. Such an account needs no action, and people ignore alarms
    /// that need no action.
    pub const fn of_connection(reason: Reason) -> Option<Self> {
        match reason {
            Reason::Online | Reason::Paused | Reason::UserDisconnected | Reason::LogoutPending => None,
            reason => Some(Self::Connection(reason)),
        }
    }

    /// All codes: first the reasons of a connection, then all other codes.
    pub fn all() -> impl Iterator<Item = Self> {
        let connection = Reason::ALL.iter().copied().filter_map(Self::of_connection);
        connection.chain(Self::OWN.iter().copied())
    }
}

impl fmt::Display for FindingCode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.code())
    }
}

/// The text is not the code of a finding.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("is not the code of a finding")]
pub struct UnknownCode;

impl FromStr for FindingCode {
    type Err = UnknownCode;

    fn from_str(text: &str) -> Result<Self, UnknownCode> {
        Self::all().find(|code| code.code() == text).ok_or(UnknownCode)
    }
}

impl Serialize for FindingCode {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.code())
    }
}

impl<'de> Deserialize<'de> for FindingCode {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        text.parse().map_err(D::Error::custom)
    }
}
