//! Checks whether a link or a webhook still works. It works only as long as its maker would be allowed to make it
//! again. The maker's role may have changed since then, or the maker's API key may have been limited or deleted.

use linekeeper_model::Timestamp;
use linekeeper_model::access::{Grant, Permission};
use linekeeper_model::id::{ApiKeyId, UserId, WorkspaceId};
use linekeeper_model::webhook::Maker;
use linekeeper_storage::{Invitation, PairingLink, Reach, StorageError, Tx};

use super::standing::Standing;

/// Whether an invitation still works, so that its bearer may become a member with the invitation's role. If the user
/// who made the invitation was deleted, the invitation works only if it was made without an API key.
pub async fn invitation_holds(
    tx: &mut Tx,
    invitation: &Invitation,
    now: Timestamp,
) -> Result<bool, StorageError> {
    let Invitation { workspace_id, role, made_with, .. } = *invitation;
    let Some(maker) = invitation.created_by else { return Ok(made_with.is_none()) };
    let Some(standing) = standing(tx, workspace_id, maker, made_with, now).await? else { return Ok(false) };
    let may_invite = standing.role.may_invite(role) && standing.may(Permission::MembersManage);
    Ok(may_invite && standing.authority().may_give(&Grant::of_role(None, role)).is_ok())
}

/// Whether a pairing link still works.
pub async fn pairing_link_holds(
    tx: &mut Tx,
    link: &PairingLink,
    now: Timestamp,
) -> Result<bool, StorageError> {
    let PairingLink { workspace_id, account_id, created_by, made_with, .. } = *link;
    match standing(tx, workspace_id, created_by, made_with, now).await? {
        Some(standing) if standing.may(Permission::WhatsappConnect) => {
            tx.accounts().is_within(standing.reach(), account_id).await
        }
        _ => Ok(false),
    }
}

/// Returns the rights with which a webhook may receive events now, or `None` if its maker may no longer manage
/// webhooks.
pub async fn webhook_standing(
    tx: &mut Tx,
    workspace: WorkspaceId,
    maker: Maker,
    now: Timestamp,
) -> Result<Option<Standing>, StorageError> {
    let found = standing(tx, workspace, maker.user, maker.key, now).await?;
    Ok(found.filter(|standing| standing.may(Permission::WebhooksManage)))
}

/// What the maker may do now, limited by the API key that they used. The key's networks are not checked, because
/// nobody is using the key at this moment.
async fn standing(
    tx: &mut Tx,
    workspace: WorkspaceId,
    maker: UserId,
    key: Option<ApiKeyId>,
    now: Timestamp,
) -> Result<Option<Standing>, StorageError> {
    let Some(member) = tx.members().get(workspace, maker).await? else { return Ok(None) };
    let standing = Standing::of_member(member);
    let Some(id) = key else { return Ok(Some(standing)) };
    let key = tx.api_keys().get(Reach::all_of(workspace), id).await?;
    let key = key.filter(|key| key.user_id == maker && key.is_valid_at(now));
    Ok(key.map(|key| Standing { key: Some(key), ..standing }))
}
