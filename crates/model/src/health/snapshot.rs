//! What is known about an account when its health is assessed.

use jiff::Timestamp;

use super::last_hour::Deliveries;
use crate::account::{Account, Capping, Restriction};
use crate::limits::{DailyLimit, Usage};
use crate::status::{Reason, Status};

/// The facts that decide the level. There is no time zone: the counter of the usage has already decided which day it
/// is.
#[derive(Debug, Clone, Copy)]
pub struct Snapshot<'a> {
    /// The connection.
    pub status: &'a Status,
    /// Whether the vault holds a session that a phone confirmed.
    pub linked: bool,
    /// The messages of today.
    pub usage: Usage,
    /// The maximum number of messages in a day.
    pub daily_limit: DailyLimit,
    /// WhatsApp's restrictions of the account.
    pub restriction: Restriction,
    /// When the server last heard from the phone itself, if ever.
    pub phone_seen_at: Option<Timestamp>,
    /// What happened to the messages of the last hour.
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

    /// WhatsApp's restrictions of the account at `now`. Restrictions of a session that is gone no longer count.
    pub fn restriction_at(&self, now: Timestamp) -> Restriction {
        if self.linked { in_force(self.restriction, now) } else { Restriction::default() }
    }

    /// Since when the phone is silent, if that means anything. Without a session, or with a connection that we keep
    /// closed, the server cannot hear from the phone.
    pub(super) const fn phone_silent_since(&self) -> Option<Timestamp> {
        match self.status.reason {
            Reason::Paused | Reason::UserDisconnected | Reason::LogoutPending => None,
            _ if self.linked => self.phone_seen_at,
            _ => None,
        }
    }
}

/// The part of a restriction that still holds at `now`. WhatsApp reports its beginning, and its end in advance.
pub(super) fn in_force(told: Restriction, now: Timestamp) -> Restriction {
    let capped = told.capping != Capping::None && told.capped_until.is_none_or(|until| now < until);
    Restriction {
        capping: if capped { told.capping } else { Capping::None },
        capped_until: told.capped_until.filter(|_| capped),
        time_locked_until: told.time_locked_until.filter(|until| now < *until),
    }
}
