//! Remembers the last reported health level of an account, so that each change is reported once. The rules for the
//! level are in the model.

use jiff::Timestamp;
use linekeeper_model::account::Account;
use linekeeper_model::health::{self, Deliveries, Finding, HealthStatus, Snapshot};

/// The last reported health level of one account.
#[derive(Debug, Clone, Copy)]
pub(super) struct Health {
    told: HealthStatus,
}

/// A change from one health level to another.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct LevelChange {
    /// The level that was reported last.
    pub(super) from: HealthStatus,
    /// The current level.
    pub(super) to: HealthStatus,
    /// Why the account has this level. The worst finding comes first.
    pub(super) findings: Vec<Finding>,
}

impl Health {
    /// Counts the level of the stored account as already reported, so that a restart alone reports no change.
    pub(super) fn of(stored: &Account, now: Timestamp) -> Self {
        Self { told: health::assess(&Snapshot::of(stored, Deliveries::default()), now).level }
    }

    /// Assesses the account as operators see it. Returns each change of level once.
    pub(super) fn assess(
        &mut self,
        shown: &Account,
        last_hour: Deliveries,
        now: Timestamp,
    ) -> Option<LevelChange> {
        let assessment = health::assess(&Snapshot::of(shown, last_hour), now);
        let from = std::mem::replace(&mut self.told, assessment.level);
        let changed = from != assessment.level;
        changed.then_some(LevelChange { from, to: assessment.level, findings: assessment.findings })
    }
}

#[cfg(test)]
mod tests {
    use linekeeper_model::id::{AccountId, UserId, WorkspaceId};
    use linekeeper_model::status::{Reason, Status};
    use uuid::Uuid;

    use super::*;

    const NOW: Timestamp = Timestamp::constant(1_780_000_000, 0);

    fn account(reason: Reason) -> Account {
        let workspace = WorkspaceId::from(Uuid::nil());
        let (id, user) = (AccountId::from(Uuid::nil()), UserId::from(Uuid::nil()));
        let new = Account::new(id, workspace, user, "Shop".parse().unwrap(), NOW);
        Account { status: Status::of(reason, NOW), ..new }
    }

    #[test]
    fn a_changed_health_level_is_reported_once() {
        let mut health = Health::of(&account(Reason::Online), NOW);
        let mut levels = |reason| {
            let change = health.assess(&account(reason), Deliveries::default(), NOW);
            change.map(|change| (change.from, change.to, change.findings.len()))
        };
        assert_eq!(levels(Reason::Online), None);
        assert_eq!(levels(Reason::NetworkLost), Some((HealthStatus::Healthy, HealthStatus::Warning, 1)));
        assert_eq!(levels(Reason::Connecting), None, "another reason of the same level");
        assert_eq!(levels(Reason::LoggedOut), Some((HealthStatus::Warning, HealthStatus::Critical, 1)));
        assert_eq!(levels(Reason::Online), Some((HealthStatus::Critical, HealthStatus::Healthy, 0)));
    }

    #[test]
    fn a_restart_does_not_report_a_health_change() {
        let stored = account(Reason::LoggedOut);
        assert_eq!(Health::of(&stored, NOW).assess(&stored, Deliveries::default(), NOW), None);
    }
}
