//! Finds the accounts that a caller can reach (has access to). Other callers cannot find out that an account
//! exists: the answer is the same as for an unknown id.

use linekeeper_model::access::Permission;
use linekeeper_model::account::Account;
use linekeeper_model::id::{AccountId, WorkspaceId};
use linekeeper_storage::{PairingLink, Reach, Tx};

use crate::accounts::Calendar;
use crate::http::answer::error::ApiError;
use crate::http::auth::Caller;
use crate::http::state::Http;

/// Returns the account in its current state. If the caller has no access to the account, the error is
/// `account_not_found`.
pub(in crate::http) async fn account(
    http: &Http,
    caller: &Caller,
    id: AccountId,
) -> Result<Account, ApiError> {
    account_and_calendar(http, caller, id).await.map(|(account, _)| account)
}

/// Like [`account`], but also returns the workspace's calendar, which says when a day begins. Daily counts start again
/// at 0 then.
pub(in crate::http) async fn account_and_calendar(
    http: &Http,
    caller: &Caller,
    id: AccountId,
) -> Result<(Account, Calendar), ApiError> {
    let mut tx = http.storage.look_up().await?;
    let calendar = calendar(&mut tx, caller.workspace_id).await?;
    let day = calendar.day(http.clock.now()).to_string();
    let found = tx.accounts().get(caller.reach(), id, &day).await?;
    drop(tx);
    let stored = found.ok_or(ApiError::AccountNotFound)?;
    Ok((http.accounts.live(stored), calendar))
}

/// Checks, after a wait, that the caller still has `permission` and can still reach the account.
pub(in crate::http) async fn still(
    http: &Http,
    caller: &Caller,
    permission: Permission,
    id: AccountId,
) -> Result<(), ApiError> {
    let mut tx = http.storage.read().await?;
    let standing = caller.now(http, &mut tx).await?;
    if !standing.may(permission) {
        return Err(ApiError::PermissionDenied(permission));
    }
    if tx.accounts().is_within(standing.reach(), id).await? { Ok(()) } else { Err(ApiError::AccountNotFound) }
}

/// Returns the account of a pairing link in its current state, or `None` if the account was deleted in the meantime. No
/// caller is checked, because the maker of the link had access to the account.
pub(in crate::http) async fn by_link(http: &Http, link: &PairingLink) -> Result<Option<Account>, ApiError> {
    let mut tx = http.storage.read().await?;
    let day = today(http, &mut tx, link.workspace_id).await?;
    let found = tx.accounts().get(Reach::all_of(link.workspace_id), link.account_id, &day).await?;
    drop(tx);
    Ok(found.map(|stored| http.accounts.live(stored)))
}

/// Returns the current day in the workspace's time zone. An account is read together with its usage on this day.
pub(in crate::http) async fn today(
    http: &Http,
    tx: &mut Tx,
    workspace: WorkspaceId,
) -> Result<String, ApiError> {
    Ok(calendar(tx, workspace).await?.day(http.clock.now()).to_string())
}

async fn calendar(tx: &mut Tx, workspace: WorkspaceId) -> Result<Calendar, ApiError> {
    let found = tx.workspaces().get(workspace).await?;
    Ok(Calendar::of(found.map(|workspace| workspace.time_zone).as_deref().unwrap_or_default()))
}
