//! What is known of an account when its health is asked for.

use jiff::Timestamp;

use super::last_hour::Deliveries;
use crate::account::{Account, Capping, Restriction};
use crate::limits::{DailyLimit, Usage};
use crate::status::{Reason, Status};

/// The facts that a level follows from. No time zone: whose day it is was decided by whoever counted the usage.
#[derive(Debug, Clone, Copy)]
pub struct Snapshot<'a> {
    /// The connection.
    pub status: &'a Status,
    /// Whether the vault holds a session that a phone confirmed.
    pub linked: bool,
    /// What it did today.
    pub usage: Usage,
    /// What it may do in a day.
    pub daily_limit: DailyLimit,
    /// What WhatsApp holds it back from.
    pub restriction: Restriction,
    /// When the phone itself was last heard of, if ever.
    pub phone_seen_at: Option<Timestamp>,
    /// What became of the last hour's messages.
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

    /// What WhatsApp holds the account back from at `now`. What it told of a session that is gone is over.
    pub fn restriction_at(&self, now: Timestamp) -> Restriction {
        if self.linked { in_force(self.restriction, now) } else { Restriction::default() }
    }

    /// Since when the phone is silent, where its silence means something: a session that is not there or that we keep
    /// closed ourselves hears of no phone.
    pub(super) const fn phone_silent_since(&self) -> Option<Timestamp> {
        match self.status.reason {
            Reason::Paused | Reason::UserDisconnected | Reason::LogoutPending => None,
            _ if self.linked => self.phone_seen_at,
            _ => None,
        }
    }
}

/// What of a restriction still holds at `now`: WhatsApp tells of a beginning, and of an end in advance.
pub(super) fn in_force(told: Restriction, now: Timestamp) -> Restriction {
    let capped = told.capping != Capping::None && told.capped_until.is_none_or(|until| now < until);
    Restriction {
        capping: if capped { told.capping } else { Capping::None },
        capped_until: told.capped_until.filter(|_| capped),
        time_locked_until: told.time_locked_until.filter(|until| now < *until),
    }
}
