//! Which accounts a caller can reach. To anyone else an account does not exist: the same answer, from the same
//! query, as for an id that nobody has.

use jiff::tz::TimeZone;
use linekeeper_model::account::Account;
use linekeeper_model::id::{AccountId, UserId, WorkspaceId};
use linekeeper_storage::Tx;

use crate::http::auth::Caller;
use crate::http::error::ApiError;
use crate::http::state::Http;

/// The account as it is at this moment, or `account_not_found`.
pub(super) async fn account(http: &Http, caller: &Caller, id: AccountId) -> Result<Account, ApiError> {
    let mut tx = http.storage.read().await?;
    let day = today(http, &mut tx, caller.workspace_id).await?;
    let found = tx.accounts().get(caller.workspace_id, id, &day).await?;
    drop(tx);
    let reachable = found.filter(|account| owner(caller).is_none_or(|owner| owner == account.user_id));
    reachable.map(|stored| http.accounts.live(stored)).ok_or(ApiError::AccountNotFound)
}

/// The workspace's day, whose usage the stored row gives. Like the actors' counters it counts an unknown zone in UTC.
pub(super) async fn today(http: &Http, tx: &mut Tx, workspace: WorkspaceId) -> Result<String, ApiError> {
    let found = tx.workspaces().get(workspace).await?;
    let zone = found.and_then(|workspace| TimeZone::get(&workspace.time_zone).ok()).unwrap_or(TimeZone::UTC);
    Ok(http.clock.now().to_zoned(zone).date().to_string())
}

/// The only user whose accounts the caller can reach; `None` where they reach all of the workspace.
pub(super) fn owner(caller: &Caller) -> Option<UserId> {
    (!caller.role.sees_all_accounts()).then_some(caller.user_id)
}
