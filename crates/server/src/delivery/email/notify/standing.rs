//! What is worth a mail: pure decisions about one account.

use jiff::Timestamp;
use linekeeper_model::account::Account;
use linekeeper_model::health::{self, Deliveries, Finding, FindingCode, HealthStatus, Snapshot};
use linekeeper_model::status::{ConnectionStatus, Reason};
use linekeeper_storage::Told;

/// Something that people do not know yet.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum News {
    /// Somebody must do something: why, the worst first. Never empty.
    Needs(Vec<Finding>),
    /// It works again.
    Works,
}

impl News {
    /// What there is to tell of `account` to people who were last told `told`.
    pub(super) fn of(account: &Account, told: Option<Told>, now: Timestamp) -> Option<Self> {
        let needs = needs(account, now);
        match (needs.first(), told) {
            (Some(worst), Some(Told::Needs(code))) if worst.code == code => None,
            (Some(_), _) => Some(Self::Needs(needs)),
            (None, Some(Told::Needs(_))) if account.status.state == ConnectionStatus::Connected => {
                Some(Self::Works)
            }
            // One that is on its way, or rests, is neither in need nor well: what people know stands.
            (None, _) => None,
        }
    }

    /// What people know once they were told.
    pub(super) fn told(&self) -> Told {
        match self {
            Self::Needs(findings) => findings.first().map_or(Told::Well, |worst| Told::Needs(worst.code)),
            Self::Works => Told::Well,
        }
    }
}

/// Whatever is critical; and a phone that was not seen for long, for soon its account must be linked again. An account
/// that its operator put to rest needs nobody.
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
    fn only_what_a_person_must_act_on_is_told() {
        for reason in Reason::ALL {
            let is_told = News::of(&account(*reason), None, NOW).is_some();
            assert_eq!(is_told, reason.state() == ConnectionStatus::Failed, "{reason:?}");
        }
    }

    #[test]
    fn nothing_is_told_twice_and_another_trouble_is() {
        let lost = account(Reason::RetriesExhausted);
        assert_eq!(News::of(&lost, told(Reason::RetriesExhausted), NOW), None);
        let news = News::of(&account(Reason::LoggedOut), told(Reason::RetriesExhausted), NOW).unwrap();
        assert_eq!(Some(news.told()), told(Reason::LoggedOut));
    }

    #[test]
    fn only_those_who_know_of_trouble_hear_of_its_end() {
        let online = account(Reason::Online);
        assert_eq!(News::of(&online, told(Reason::LoggedOut), NOW), Some(News::Works));
        assert_eq!(News::of(&online, None, NOW), None);
        assert_eq!(News::of(&online, Some(Told::Well), NOW), None);
        for reason in [Reason::Pairing, Reason::Connecting, Reason::QrExpired, Reason::Paused] {
            assert_eq!(News::of(&account(reason), told(Reason::LoggedOut), NOW), None, "{reason:?}");
        }
    }

    #[test]
    fn a_phone_that_is_away_for_ten_days_is_told_while_there_is_time() {
        let mut online = account(Reason::Online);
        online.phone_seen_at = Some(NOW - SignedDuration::from_hours(10 * 24));
        let news = News::of(&online, None, NOW).unwrap();
        assert_eq!(news.told(), Told::Needs(FindingCode::PhoneOffline));
        online.status = Status::of(Reason::Paused, NOW);
        assert_eq!(News::of(&online, None, NOW), None);
    }
}
