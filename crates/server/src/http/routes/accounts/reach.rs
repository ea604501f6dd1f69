//! Which accounts a caller can reach. To anyone else an account does not exist: the same answer, from the same
//! query, as for an id that nobody has.

use linekeeper_model::access::Permission;
use linekeeper_model::account::Account;
use linekeeper_model::id::{AccountId, WorkspaceId};
use linekeeper_storage::{PairingLink, Reach, Tx};

use crate::accounts::Calendar;
use crate::http::answer::error::ApiError;
use crate::http::auth::Caller;
use crate::http::state::Http;

/// The account as it is at this moment, or `account_not_found`.
pub(in crate::http) async fn account(
    http: &Http,
    caller: &Caller,
    id: AccountId,
) -> Result<Account, ApiError> {
    account_and_calendar(http, caller, id).await.map(|(account, _)| account)
}

/// The same, with the calendar by which its days are counted.
pub(in crate::http) async fn account_and_calendar(
    http: &Http,
    caller: &Caller,
    id: AccountId,
) -> Result<(Account, Calendar), ApiError> {
    let mut tx = http.storage.read().await?;
    let calendar = calendar(&mut tx, caller.workspace_id).await?;
    let day = calendar.day(http.clock.now()).to_string();
    let found = tx.accounts().get(caller.reach(), id, &day).await?;
    drop(tx);
    let stored = found.ok_or(ApiError::AccountNotFound)?;
    Ok((http.accounts.live(stored), calendar))
}

/// Whether the caller may still do that with the account, after a wait.
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

/// The account that a pairing link shows, as it is at this moment. It needs no caller: whoever made the link could reach
/// it. `None` where it was deleted meanwhile.
pub(in crate::http) async fn by_link(http: &Http, link: &PairingLink) -> Result<Option<Account>, ApiError> {
    let mut tx = http.storage.read().await?;
    let day = today(http, &mut tx, link.workspace_id).await?;
    let found = tx.accounts().get(Reach::all_of(link.workspace_id), link.account_id, &day).await?;
    drop(tx);
    Ok(found.map(|stored| http.accounts.live(stored)))
}

/// The workspace's day, whose usage the stored row gives.
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
