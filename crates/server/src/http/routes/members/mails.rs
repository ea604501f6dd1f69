//! Which e-mails a member gets from a workspace.

use jiff::Timestamp;
use linekeeper_model::user::Member;

use crate::http::routes::audit::changes;

/// What is to be different; what is absent stays as it is.
pub(in crate::http) struct Mails {
    /// When accounts need somebody.
    pub notify: Option<bool>,
    /// Each Monday.
    pub weekly_report: Option<bool>,
}

impl Mails {
    /// Makes it so in `member`; answers what that changed. The first report is about the week that lasts `now`.
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
