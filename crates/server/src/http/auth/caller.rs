//! The caller of a request: found by API key, access token or a CRM's token, with the rights that they have now.

use std::collections::BTreeSet;

use axum::extract::FromRequestParts;
use axum::http::request::Parts;
use axum::http::{HeaderMap, header};
use linekeeper_model::access::{Permission, Role};
use linekeeper_model::api_key::PREFIX;
use linekeeper_model::audit::{Action, Actor, By, NewEntry, Origin};
use linekeeper_model::id::{ApiKeyId, SignInId, UserId, WorkspaceId};
use linekeeper_model::user::Member;
use linekeeper_storage::Reach;

use super::foreign;
use crate::credentials::api_key;
use crate::credentials::token::TokenError;
use crate::http::answer::error::ApiError;
use crate::http::request::client_address::ClientIp;
use crate::http::request::origin::CalledFrom;
use crate::http::request::under_way::UnderWay;
use crate::http::state::{Http, Shared};

/// Whoever sent the request, and what they may do.
#[derive(Debug, Clone)]
pub(in crate::http) struct Caller {
    pub workspace_id: WorkspaceId,
    pub user_id: UserId,
    /// Their standing at this moment.
    pub role: Role,
    /// What the credential is limited to; `None` where it has all rights of the role.
    pub scopes: Option<BTreeSet<Permission>>,
    /// Whether the credential is limited to the accounts that it lists.
    pub lists_accounts: bool,
    pub via: Via,
    pub member: Member,
    /// Where this request came from.
    pub origin: Origin,
}

/// By which credential.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::http) enum Via {
    AccessToken(SignInId),
    ApiKey(ApiKeyId),
    /// A token of the CRM that we trust.
    ForeignToken,
}

impl Caller {
    /// A key never has more rights than its maker has at this moment, and one that lists accounts none about the workspace
    /// as a whole.
    pub fn may(&self, permission: Permission) -> bool {
        self.role.allows(permission)
            && !(self.lists_accounts && permission.is_of_whole_workspace())
            && self.scopes.as_ref().is_none_or(|scopes| scopes.contains(&permission))
    }

    /// Refuses whoever may not.
    pub fn require(&self, permission: Permission) -> Result<(), ApiError> {
        if self.may(permission) { Ok(()) } else { Err(ApiError::PermissionDenied(permission)) }
    }

    /// Owners and Admins reach every account of their workspace, others their own and those that were shared with them;
    /// a key that lists accounts reaches no others.
    pub fn reach(&self) -> Reach {
        let key = match self.via {
            Via::ApiKey(key) if self.lists_accounts => Some(key),
            _ => None,
        };
        Reach { key, ..Reach::of(&self.member) }
    }

    /// Who this is to the audit log.
    pub fn by(&self) -> By {
        let actor = match self.via {
            Via::AccessToken(_) => Actor::Member(self.user_id),
            Via::ApiKey(key) => Actor::ApiKey(key),
            Via::ForeignToken => Actor::ForeignToken(self.user_id),
        };
        By { actor, origin: self.origin.clone() }
    }

    /// An entry for their workspace's audit log.
    pub fn did(&self, action: Action) -> NewEntry {
        self.by().did(self.workspace_id, action)
    }

    fn new(member: Member, via: Via) -> Self {
        Self {
            workspace_id: member.workspace_id,
            user_id: member.user.id,
            role: member.role,
            scopes: None,
            lists_accounts: false,
            via,
            member,
            origin: Origin::default(),
        }
    }
}

impl FromRequestParts<Shared> for Caller {
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, http: &Shared) -> Result<Self, ApiError> {
        // Who asked with an idempotency key is known already.
        if let Some(caller) = parts.extensions.get::<Self>() {
            return Ok(caller.clone());
        }
        let credential = presented(&parts.headers)?;
        let under_way = parts.extensions.get::<UnderWay>().cloned();
        if let Some(request) = &under_way {
            request.with_credential(credential)?;
        }
        let found = if credential.starts_with(PREFIX) {
            by_api_key(http, credential, ClientIp::of(parts, http)).await?
        } else {
            by_access_token(http, credential).await?
        };
        if let Some(request) = &under_way {
            request.in_workspace(found.workspace_id)?;
        }
        Ok(Self { origin: CalledFrom::of(parts, http).0, ..found })
    }
}

/// The one credential that the headers carry. Two that differ are refused: which one counts would be a guess.
fn presented(headers: &HeaderMap) -> Result<&str, ApiError> {
    let mut found = None;
    for value in headers.get_all(header::AUTHORIZATION) {
        let value = value.to_str().map_err(|_| ApiError::InvalidCredential)?;
        let (scheme, credential) = value.split_once(' ').ok_or(ApiError::InvalidCredential)?;
        if !scheme.eq_ignore_ascii_case("bearer") {
            return Err(ApiError::InvalidCredential);
        }
        agree(&mut found, credential.trim())?;
    }
    for value in headers.get_all("x-api-key") {
        agree(&mut found, value.to_str().map_err(|_| ApiError::InvalidCredential)?.trim())?;
    }
    found.filter(|credential| !credential.is_empty()).ok_or(ApiError::CredentialRequired)
}

fn agree<'a>(found: &mut Option<&'a str>, credential: &'a str) -> Result<(), ApiError> {
    match found {
        Some(other) if *other != credential => Err(ApiError::InvalidCredential),
        _ => {
            *found = Some(credential);
            Ok(())
        }
    }
}

async fn by_api_key(http: &Http, text: &str, from: ClientIp) -> Result<Caller, ApiError> {
    let hash = api_key::lookup(text).ok_or(ApiError::InvalidCredential)?;
    let mut tx = http.storage.read().await?;
    let key = tx.api_keys().by_hash(&hash).await?.ok_or(ApiError::InvalidCredential)?;
    if !key.works_from(from.0) {
        // Whoever stole it must not learn that it is a good one elsewhere.
        tracing::warn!(key = %key.id, "an API key came from outside of its networks");
        tracing::debug!(key = %key.id, from = %from.0, "from here");
        return Err(ApiError::InvalidCredential);
    }
    let now = http.clock.now();
    if !key.is_valid_at(now) {
        return Err(ApiError::CredentialExpired);
    }
    let member = tx.members().get(key.workspace_id, key.user_id).await?;
    let caller = Caller::new(member.ok_or(ApiError::InvalidCredential)?, Via::ApiKey(key.id));
    http.key_uses.note(&key, now);
    Ok(Caller { lists_accounts: key.accounts.is_some(), scopes: Some(key.scopes), ..caller })
}

async fn by_access_token(http: &Http, text: &str) -> Result<Caller, ApiError> {
    let bearer = match (http.tokens.check(text, http.clock.now()), &http.foreign_tokens) {
        (Err(TokenError::Invalid), Some(foreign)) => {
            let member = foreign::member(http, foreign, text).await?;
            return Ok(Caller::new(member, Via::ForeignToken));
        }
        (checked, _) => checked?,
    };
    let mut tx = http.storage.read().await?;
    // A sign-in that was ended takes its access tokens with it.
    let sign_in = tx.sign_ins().by_id(bearer.sign_in).await?.ok_or(ApiError::InvalidCredential)?;
    if sign_in.user_id != bearer.user_id {
        return Err(ApiError::InvalidCredential);
    }
    let member = tx.members().get(sign_in.workspace_id, sign_in.user_id).await?;
    Ok(Caller::new(member.ok_or(ApiError::InvalidCredential)?, Via::AccessToken(bearer.sign_in)))
}
