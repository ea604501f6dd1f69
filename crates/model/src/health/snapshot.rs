//! The facts from which the health of an account is computed.

use jiff::Timestamp;

use super::last_hour::Deliveries;
use crate::account::{Account, Capping, Restriction};
use crate::limits::{DailyLimit, Usage};
use crate::status::{Reason, Status};

/// The facts that decide the level of an account's health. They contain no time zone, because `usage` already
/// counts only the messages of the current day.
#[derive(Debug, Clone, Copy)]
pub struct Snapshot<'a> {
    /// The status of the connection.
    pub status: &'a Status,
    /// Whether the vault, the encrypted store of sessions, holds a session of a phone that agreed to link.
    pub linked: bool,
    /// How many messages the account has sent and received today.
    pub usage: Usage,
    /// The maximum number of messages that the account may send in a day.
    pub daily_limit: DailyLimit,
    /// WhatsApp's restrictions on the account.
    pub restriction: Restriction,
    /// When the server last heard from the phone itself, if it ever did.
    pub phone_seen_at: Option<Timestamp>,
    /// How many messages were sent and failed in the last hour.
    pub last_hour: Deliveries,
}

impl<'a> Snapshot<'a> {
    /// The snapshot of `account`.
    pub const fn of(account: &'a Account, last_hour: Deliveries) -> Self {
        Self {
            status: &account.status,
            linked: account.linked,
            usage: account.usage,
            daily_limit: account.daily_limit,
            restriction: account.restriction,
            phone_seen_at: account.phone_seen_at,
            last_hour,
        }
    }

    /// WhatsApp's restrictions on the account at `now`. If the account has no session any more, old restrictions
    /// do not count.
    pub fn restriction_at(&self, now: Timestamp) -> Restriction {
        if self.linked { in_force(self.restriction, now) } else { Restriction::default() }
    }

    /// Since when the server has heard nothing from the phone. `None` if the server cannot hear from it: there is
    /// no session, or the operator paused or disconnected the account.
    pub(super) const fn phone_silent_since(&self) -> Option<Timestamp> {
        match self.status.reason {
            Reason::Paused | Reason::UserDisconnected | Reason::LogoutPending => None,
            _ if self.linked => self.phone_seen_at,
            _ => None,
        }
    }
}

/// The part of the restrictions `told` that is in force at `now`. WhatsApp sends nothing when a restriction ends.
/// It reports the time of the end in advance.
pub(super) fn in_force(told: Restriction, now: Timestamp) -> Restriction {
    let capped = told.capping != Capping::None && told.capped_until.is_none_or(|until| now < until);
    Restriction {
        capping: if capped { told.capping } else { Capping::None },
        capped_until: told.capped_until.filter(|_| capped),
        time_locked_until: told.time_locked_until.filter(|until| now < *until),
    }
}
