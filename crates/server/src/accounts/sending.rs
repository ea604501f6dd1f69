//! What a message queue must know about an account before it sends: whether a phone is linked, which restrictions
//! WhatsApp set, and whether the daily limit is reached.

use jiff::Timestamp;
use linekeeper_model::account::{Account, Restriction};
use linekeeper_model::id::AccountId;

use super::registry::Registry;

impl Registry {
    /// Whether a phone is linked to the account. An account without an actor in this process counts as linked.
    pub fn is_linked(&self, id: AccountId) -> bool {
        self.handle(id).is_none_or(|handle| handle.live.borrow().account.linked)
    }

    /// Waits until the account is no longer linked. For an account without an actor in this process, this never
    /// returns.
    pub async fn unlinked(&self, id: AccountId) {
        let Some(mut handle) = self.handle(id) else { return std::future::pending().await };
        let gone = handle.live.wait_for(|live| !live.account.linked).await.is_err();
        if gone {
            std::future::pending().await
        }
    }

    /// WhatsApp's current restrictions on the account.
    pub fn restriction(&self, id: AccountId) -> Restriction {
        self.handle(id).map(|handle| handle.live.borrow().account.restriction).unwrap_or_default()
    }

    /// Whether the account has reached its daily limit.
    pub fn day_is_full(&self, id: AccountId) -> bool {
        self.handle(id).is_some_and(|handle| {
            let account = &handle.live.borrow().account;
            account.usage.sent >= account.daily_limit.get()
        })
    }

    /// When the current day of the daily limit ends.
    pub fn day_ends(&self, account: &Account) -> Timestamp {
        let now = self.dependencies.clock.now();
        self.zones.of(account.workspace_id, "UTC").calendar().next_midnight(now)
    }
}
