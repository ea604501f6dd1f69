//! What is known of an account at this moment, published by its actor.

use linekeeper_model::account::Account;

use super::pairing::Pairing;

/// The newest picture; readers never wait for the actor.
#[derive(Debug, Clone)]
pub(super) struct Live {
    pub(super) account: Account,
    pub(super) pairing: Pairing,
    pub(super) client_active: bool,
}
