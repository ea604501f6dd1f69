//! The current state of an account, published by its actor.

use linekeeper_model::account::{Account, Desired};
use linekeeper_model::health::LastHour;
use linekeeper_model::status::{ConnectionStatus, Reason, Status};

use super::pairing::Pairing;

/// The newest state of an account. A reader never waits for the actor.
#[derive(Debug, Clone)]
pub(super) struct Live {
    pub(super) account: Account,
    pub(super) pairing: Pairing,
    pub(super) client_active: bool,
    pub(super) last_hour: LastHour,
}

impl Live {
    /// The state of an account that has no running actor. If the account's row says that the account is connected, the
    /// row is outdated: an earlier process wrote it. In this case, the operator's wish decides the status.
    pub(super) fn before_its_actor(mut account: Account) -> Self {
        let status = &account.status;
        if status.state == ConnectionStatus::Connected {
            let reason = match account.desired {
                Desired::Online => Reason::WaitingForNode,
                Desired::Paused => Reason::Paused,
                Desired::Disconnected => Reason::LogoutPending,
            };
            account.status = Status::of(reason, status.since);
        }
        Self { account, pairing: Pairing::NotPairing, client_active: false, last_hour: LastHour::default() }
    }
}

#[cfg(test)]
mod tests {
    use jiff::Timestamp;
    use linekeeper_model::id::{AccountId, UserId, WorkspaceId};
    use uuid::Uuid;

    use super::*;

    #[test]
    fn no_account_is_online_before_its_actor_runs() {
        let now = Timestamp::UNIX_EPOCH;
        let workspace = WorkspaceId::from(Uuid::nil());
        let (id, user) = (AccountId::from(Uuid::nil()), UserId::from(Uuid::nil()));
        let shown = |desired| {
            let new = Account::new(id, workspace, user, "Shop".parse().unwrap(), now);
            let stored = Account { desired, status: Status::of(Reason::Online, now), ..new };
            Live::before_its_actor(stored).account.status.reason
        };
        assert_eq!(shown(Desired::Online), Reason::WaitingForNode);
        assert_eq!(shown(Desired::Paused), Reason::Paused);
        assert_eq!(shown(Desired::Disconnected), Reason::LogoutPending);
    }
}
