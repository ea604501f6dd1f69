//! What a credential allows its bearer now. The HTTP layer checks this when a request begins, again inside
//! transactions that grant rights, and again before it answers a request that waited for long. Code that sends
//! events checks it for each event. This module keeps no secret and knows nothing about HTTP.

use std::net::IpAddr;

use linekeeper_model::Timestamp;
use linekeeper_model::access::{Authority, Permission, Role};
use linekeeper_model::api_key::ApiKey;
use linekeeper_model::event::Event;
use linekeeper_model::id::{ApiKeyId, SignInId, UserId, WorkspaceId};
use linekeeper_model::user::Member;
use linekeeper_storage::{Reach, StorageError, Tx};

/// A credential that a caller presented and that was checked once, with everything that a second check needs.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Credential {
    /// An access token of a person who signed in.
    SignIn {
        /// The id of the sign-in.
        id: SignInId,
        /// The user who signed in.
        user_id: UserId,
        /// The workspace that the sign-in was used for.
        workspace_id: WorkspaceId,
        /// When the token expires.
        expires_at: Timestamp,
    },
    /// An API key.
    ApiKey {
        /// The id of the key.
        id: ApiKeyId,
        /// The key's workspace.
        workspace_id: WorkspaceId,
        /// The address from which the key is used.
        from: IpAddr,
    },
    /// A token of the CRM that the server trusts. The CRM signs in its users itself.
    ForeignToken {
        /// The user that the token was issued for.
        user_id: UserId,
        /// The workspace that the token names.
        workspace_id: WorkspaceId,
        /// The role that the token names.
        role: Role,
        /// When the token was issued.
        issued_at: Timestamp,
        /// When the token expires.
        expires_at: Timestamp,
    },
}

/// What the bearer of a credential may do now.
#[derive(Debug, Clone)]
pub struct Standing {
    /// The workspace in which the bearer has these rights.
    pub workspace_id: WorkspaceId,
    /// The bearer, or the user that the API key belongs to.
    pub user_id: UserId,
    /// The role that applies. Usually this is the member's role. If the bearer used a token of the CRM that the server
    /// trusts, and the token's role has fewer rights than the member's role, the token's role applies.
    pub role: Role,
    /// The user's membership in the workspace.
    pub member: Member,
    /// The API key, if the bearer used one.
    pub key: Option<ApiKey>,
}

/// Why the credential is no longer valid.
#[derive(Debug, thiserror::Error)]
pub enum Lapsed {
    /// The sign-in has ended, the key was deleted or may not be used from this address, or the bearer is no longer
    /// a member.
    #[error("the credential is not valid any more")]
    Gone,
    /// The API key has expired.
    #[error("the API key has expired")]
    KeyExpired,
    /// The token has expired.
    #[error("the token has expired")]
    TokenExpired,
    /// After the token was issued, the role changed or the member was removed.
    #[error("the token is older than the last change of its bearer's role")]
    TokenOutdated,
    /// The database failed.
    #[error(transparent)]
    Storage(#[from] StorageError),
}

impl Credential {
    /// Reads from the database what the credential allows now.
    pub async fn standing(&self, tx: &mut Tx, now: Timestamp) -> Result<Standing, Lapsed> {
        match *self {
            Self::SignIn { id, user_id, workspace_id, expires_at } => {
                if now >= expires_at {
                    return Err(Lapsed::TokenExpired);
                }
                let standing = Standing::of_sign_in(tx, id, user_id).await?;
                // If the sign-in has moved to another workspace, this credential for the earlier workspace is no longer
                // valid.
                if standing.workspace_id == workspace_id { Ok(standing) } else { Err(Lapsed::Gone) }
            }
            Self::ApiKey { id, workspace_id, from } => {
                let key = tx.api_keys().get(Reach::all_of(workspace_id), id).await?;
                Standing::of_api_key(tx, key.ok_or(Lapsed::Gone)?, from, now).await
            }
            Self::ForeignToken { user_id, workspace_id, role, issued_at, expires_at } => {
                if now >= expires_at {
                    return Err(Lapsed::TokenExpired);
                }
                let member = tx.members().get(workspace_id, user_id).await?.ok_or(Lapsed::Gone)?;
                if let Some(external) = member.user.login.external_id() {
                    let known = tx.foreign_standings().get(workspace_id, external).await?;
                    if issued_at < known.changed_at {
                        return Err(Lapsed::TokenOutdated);
                    }
                }
                let role = role.lesser(member.role);
                Ok(Standing::of_member(Member { role, ..member }))
            }
        }
    }
}

impl Standing {
    /// The rights of a sign-in in its current workspace.
    pub async fn of_sign_in(tx: &mut Tx, id: SignInId, user: UserId) -> Result<Self, Lapsed> {
        // When a sign-in ends, its access tokens become invalid at once.
        let sign_in = tx.sign_ins().by_id(id).await?.filter(|found| found.user_id == user);
        let workspace = sign_in.ok_or(Lapsed::Gone)?.workspace_id;
        let member = tx.members().get(workspace, user).await?;
        Ok(Self::of_member(member.ok_or(Lapsed::Gone)?))
    }

    /// The rights of an API key that is used from the address `from`.
    pub async fn of_api_key(tx: &mut Tx, key: ApiKey, from: IpAddr, now: Timestamp) -> Result<Self, Lapsed> {
        if !key.works_from(from) {
            // The caller gets the same answer as for an unknown key. Otherwise a thief would learn that the key works
            // from another network.
            tracing::warn!(key = %key.id, "an API key came from outside of its networks");
            tracing::debug!(key = %key.id, %from, "from here");
            return Err(Lapsed::Gone);
        }
        if !key.is_valid_at(now) {
            return Err(Lapsed::KeyExpired);
        }
        let member = tx.members().get(key.workspace_id, key.user_id).await?;
        Ok(Self { key: Some(key), ..Self::of_member(member.ok_or(Lapsed::Gone)?) })
    }

    /// The rights of a member: all rights of their role.
    pub const fn of_member(member: Member) -> Self {
        let (workspace_id, user_id, role) = (member.workspace_id, member.user.id, member.role);
        Self { workspace_id, user_id, role, member, key: None }
    }

    /// The credential's rights. They decide what its bearer may do, and which rights the bearer may grant to others.
    pub const fn authority(&self) -> Authority<'_> {
        Authority::new(self.role, self.key.as_ref())
    }

    /// Whether the credential has `permission`.
    pub fn may(&self, permission: Permission) -> bool {
        self.authority().may(permission)
    }

    /// Whether the credential is an API key that is limited to a list of accounts.
    pub fn lists_accounts(&self) -> bool {
        self.key.as_ref().is_some_and(|key| key.accounts.is_some())
    }

    /// The accounts that the bearer reaches. Owners and Admins reach every account of their workspace. Other members
    /// reach their own accounts and those that are shared with them. An API key that lists accounts reaches only the
    /// listed accounts.
    pub fn reach(&self) -> Reach {
        let key = self.key.as_ref().filter(|key| key.accounts.is_some()).map(|key| key.id);
        Reach { key, ..Reach::of(&self.member) }
    }

    /// Whether the bearer may read `event`. The bearer needs the permission for this type of event, and must reach
    /// the account that the event is about.
    pub async fn may_read(&self, tx: &mut Tx, event: &Event) -> Result<bool, StorageError> {
        if event.workspace_id != self.workspace_id || !self.may(event.payload.event_type().needs()) {
            return Ok(false);
        }
        match event.account_id {
            Some(account) => tx.accounts().is_within(self.reach(), account).await,
            None => Ok(self.role.sees_all_accounts() && !self.lists_accounts()),
        }
    }
}
