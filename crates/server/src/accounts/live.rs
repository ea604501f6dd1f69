//! What is known of an account at this moment, published by its actor.

use linekeeper_model::account::{Account, Desired};
use linekeeper_model::health::LastHour;
use linekeeper_model::status::{ConnectionStatus, Reason, Status};

use super::pairing::Pairing;

/// The newest picture; readers never wait for the actor.
#[derive(Debug, Clone)]
pub(super) struct Live {
    pub(super) account: Account,
    pub(super) pairing: Pairing,
    pub(super) client_active: bool,
    pub(super) last_hour: LastHour,
}

impl Live {
    /// What can be said of an account that nobody runs yet. Its row may still say "online": that was
    /// another process, and it is gone.
    pub(super) fn before_its_actor(mut account: Account) -> Self {
        let status = &account.status;
        if account.desired == Desired::Online && status.state == ConnectionStatus::Connected {
            account.status = Status::of(Reason::WaitingForNode, status.since);
        }
        Self { account, pairing: Pairing::NotPairing, client_active: false, last_hour: LastHour::default() }
    }
}
