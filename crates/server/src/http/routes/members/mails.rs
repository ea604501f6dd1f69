//! Which e-mails a member gets from a workspace.

use jiff::Timestamp;
use linekeeper_model::user::Member;

use crate::http::routes::audit::changes;

/// The mails to turn on or off. `None` means no change.
pub(in crate::http) struct Mails {
    /// Mails about accounts that need attention.
    pub notify: Option<bool>,
    /// The report each Monday.
    pub weekly_report: Option<bool>,
}

impl Mails {
    /// Applies the change to `member` and returns the changed fields. The first report is about the week that
    /// includes `now`.
    pub(in crate::http) fn apply(&self, member: &mut Member, now: Timestamp) -> Vec<&'static str> {
        let (notified, reported) = (member.notify, member.reported_until);
        member.notify = self.notify.unwrap_or(notified);
        member.reported_until = match self.weekly_report {
            Some(false) => None,
            Some(true) => reported.or(Some(now)),
            None => reported,
        };
        changes([
            ("notify", member.notify != notified),
            ("weeklyReport", member.reported_until.is_some() != reported.is_some()),
        ])
    }
}
