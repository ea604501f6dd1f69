//! When an assessment changes by time alone.

use jiff::Timestamp;

use super::rules::{PHONE_CRITICAL, PHONE_WARNING};
use super::snapshot::Snapshot;

/// The next moment after `now` at which time alone may change the result of [`super::assess`]. It does not consider
/// midnight: a new day's usage is a new snapshot.
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
        // Without a failure the rate stays at zero, whichever messages leave the hour.
        hour.changes_at.filter(|_| hour.failed > 0),
    ]
    .into_iter()
    .flatten()
    .filter(|at| *at > now)
    .min()
}
