//! When the health of an account changes only because time passes.

use jiff::Timestamp;

use super::rules::{PHONE_CRITICAL, PHONE_WARNING};
use super::snapshot::Snapshot;

/// The next moment after `now` at which the result of [`super::assess`] may change only because time passes. Midnight
/// is not included: a new day resets the usage, and the caller then takes a new snapshot.
pub fn next_change(snapshot: &Snapshot<'_>, now: Timestamp) -> Option<Timestamp> {
    let restriction = snapshot.restriction_at(now);
    let silent = snapshot.phone_silent_since();
    let phone = |after| silent.and_then(|seen| seen.checked_add(after).ok());
    let hour = snapshot.last_hour;
    [
        restriction.time_locked_until,
        restriction.capped_until,
        phone(PHONE_WARNING),
        phone(PHONE_CRITICAL),
        // If no message failed, the failure rate stays at zero when older messages no longer count. So there is no
        // change to wait for.
        hour.changes_at.filter(|_| hour.failed > 0),
    ]
    .into_iter()
    .flatten()
    .filter(|at| *at > now)
    .min()
}
