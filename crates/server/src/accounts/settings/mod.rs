//! The settings that operators change for an account: name, limit, device, proxy, tags, metadata and pacing.
//! [`Registry::change`] writes them in one transaction with the audit entry and the event, and then tells the account's
//! actor. This module knows nothing about connections.

mod change;
mod look;

use linekeeper_model::account::Account;
use linekeeper_model::audit::NewEntry;
use linekeeper_model::event::{NewEvent, Payload};
use linekeeper_model::id::AccountId;
use linekeeper_storage::Reach;

pub use change::{Change, DeviceChange, PacingChange};
pub(super) use look::Look;

use super::error::AccountError;
use super::registry::Registry;
use crate::events::Append;

impl Registry {
    /// Changes the settings of an account if the account is within `reach`. `entry` is the audit entry. If the new
    /// values equal the current ones, nothing is written. If two callers change different fields of one setting at the
    /// same time, such as the name and the icon of the device, both changes are kept.
    pub async fn change(
        &self,
        reach: Reach,
        id: AccountId,
        change: Change,
        entry: NewEntry,
    ) -> Result<Account, AccountError> {
        self.ready().await?;
        let now = self.dependencies.clock.now();
        let mut append = Append::begin(&self.dependencies.storage, &self.dependencies.log).await?;
        let tx = append.tx();
        let workspace = tx.workspaces().get(reach.workspace).await?.ok_or(AccountError::NotFound)?;
        let day = self.zones.of(workspace.id, &workspace.time_zone).day_of(now);
        let mut account = tx.accounts().lock(reach, id, &day).await?.ok_or(AccountError::NotFound)?;
        let changed = change.apply(&mut account);
        if changed.is_empty() {
            return Ok(self.live(account));
        }
        account.updated_at = now;
        tx.accounts().update_settings(&account).await?;
        tx.audit().append(&entry.on(id).changing(changed.iter().copied())).await?;
        let fields = changed.into_iter().map(str::to_owned).collect();
        let event = Payload::AccountUpdated { fields };
        let event = NewEvent::of_account(account.workspace_id, id, event, now, &mut rand::rng());
        append.tell(event);
        append.commit().await?;
        if let Some(handle) = self.handle(id) {
            handle.look.tell();
        }
        Ok(self.live(account))
    }
}

/// Replaces the settings of `into` by those of `from`.
pub(super) fn take_over(from: Account, into: &mut Account) {
    let Account { display_name, daily_limit, device, proxy, tags, metadata, pacing, updated_at, .. } = from;
    into.display_name = display_name;
    into.daily_limit = daily_limit;
    into.device = device;
    into.proxy = proxy;
    into.tags = tags;
    into.metadata = metadata;
    into.pacing = pacing;
    into.updated_at = into.updated_at.max(updated_at);
}
