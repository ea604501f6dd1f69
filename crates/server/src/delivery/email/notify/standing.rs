//! Decides whether there is news about an account that people should get by email. The functions are pure.

use jiff::Timestamp;
use linekeeper_model::account::Account;
use linekeeper_model::health::{self, Deliveries, Finding, FindingCode, HealthStatus, Snapshot};
use linekeeper_model::status::{ConnectionStatus, Reason};
use linekeeper_storage::Told;

/// What people have not been told yet about an account.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum News {
    /// A person must act. There is at least one finding, and the worst comes first.
    Needs(Vec<Finding>),
    /// The account works again.
    Works,
}

impl News {
    /// The news about `account`. `told` is what the last email said about the account.
    pub(super) fn of(account: &Account, told: Option<Told>, now: Timestamp) -> Option<Self> {
        let needs = needs(account, now);
        match (needs.first(), told) {
            (Some(worst), Some(Told::Needs(code))) if worst.code == code => None,
            (Some(_), _) => Some(Self::Needs(needs)),
            (None, Some(Told::Needs(_))) if account.status.state == ConnectionStatus::Connected => {
                Some(Self::Works)
            }
            // Nobody has to act, so there is usually no news. The only news would be that the account works again after
            // an email about a problem. An account that is connecting or paused does not work again.
            (None, _) => None,
        }
    }

    /// What people know about the account after they got this news.
    pub(super) fn told(&self) -> Told {
        match self {
            Self::Needs(findings) => findings.first().map_or(Told::Well, |worst| Told::Needs(worst.code)),
            Self::Works => Told::Well,
        }
    }
}

/// The findings for which a person must act. These are all critical findings. A phone that was silent for long is such
/// a finding too, because its account will soon have to be linked again. If an operator paused or disconnected the
/// account, nobody has to act.
fn needs(account: &Account, now: Timestamp) -> Vec<Finding> {
    if matches!(account.status.reason, Reason::Paused | Reason::UserDisconnected | Reason::LogoutPending) {
        return Vec::new();
    }
    let found = health::assess(&Snapshot::of(account, Deliveries::default()), now).findings;
    let is_needy = |finding: &Finding| {
        finding.level() == HealthStatus::Critical || finding.code == FindingCode::PhoneOffline
    };
    found.into_iter().filter(is_needy).collect()
}

#[cfg(test)]
mod tests {
    use jiff::SignedDuration;
    use linekeeper_model::id::{AccountId, UserId, WorkspaceId};
    use linekeeper_model::status::Status;
    use uuid::Uuid;

    use super::*;

    const NOW: Timestamp = Timestamp::constant(1_780_315_200, 0);

    fn account(reason: Reason) -> Account {
        let id = Uuid::from_u128(1);
        let mut account = Account::new(
            AccountId::from(id),
            WorkspaceId::from(id),
            UserId::from(id),
            "Shop".parse().unwrap(),
            NOW,
        );
        account.linked = true;
        account.status = Status::of(reason, NOW);
        account
    }

    fn told(reason: Reason) -> Option<Told> {
        Some(Told::Needs(FindingCode::Connection(reason)))
    }

    #[test]
    fn only_problems_that_a_person_must_act_on_are_mailed() {
        for reason in Reason::ALL {
            let is_told = News::of(&account(*reason), None, NOW).is_some();
            assert_eq!(is_told, reason.state() == ConnectionStatus::Failed, "{reason:?}");
        }
    }

    #[test]
    fn a_known_problem_is_not_mailed_again_but_a_new_problem_is_mailed() {
        let lost = account(Reason::RetriesExhausted);
        assert_eq!(News::of(&lost, told(Reason::RetriesExhausted), NOW), None);
        let news = News::of(&account(Reason::LoggedOut), told(Reason::RetriesExhausted), NOW).unwrap();
        assert_eq!(Some(news.told()), told(Reason::LoggedOut));
    }

    #[test]
    fn a_recovery_is_mailed_only_after_its_problem_was_mailed() {
        let online = account(Reason::Online);
        assert_eq!(News::of(&online, told(Reason::LoggedOut), NOW), Some(News::Works));
        assert_eq!(News::of(&online, None, NOW), None);
        assert_eq!(News::of(&online, Some(Told::Well), NOW), None);
        for reason in [Reason::Pairing, Reason::Connecting, Reason::QrExpired, Reason::Paused] {
            assert_eq!(News::of(&account(reason), told(Reason::LoggedOut), NOW), None, "{reason:?}");
        }
    }

    #[test]
    fn members_get_a_mail_about_a_phone_away_for_ten_days() {
        let mut online = account(Reason::Online);
        online.phone_seen_at = Some(NOW - SignedDuration::from_hours(10 * 24));
        let news = News::of(&online, None, NOW).unwrap();
        assert_eq!(news.told(), Told::Needs(FindingCode::PhoneOffline));
        online.status = Status::of(Reason::Paused, NOW);
        assert_eq!(News::of(&online, None, NOW), None);
    }
}
