//! The caller of a request, identified by API key, access token or a token of the CRM that the server trusts, with
//! their current rights.

use std::ops::Deref;
use std::sync::Arc;

use axum::extract::FromRequestParts;
use axum::http::request::Parts;
use axum::http::{HeaderMap, HeaderValue, Method, header};
use linekeeper_model::access::Permission;
use linekeeper_model::api_key::PREFIX;
use linekeeper_model::audit::{Action, Actor, By, NewEntry, Origin};
use linekeeper_model::id::{ApiKeyId, SignInId};
use linekeeper_storage::Tx;

use super::writes::Writes;
use crate::credentials::api_key;
use crate::credentials::standing::{Credential, Standing};
use crate::credentials::token::TokenError;
use crate::http::answer::error::ApiError;
use crate::http::request::client_address::ClientIp;
use crate::http::request::origin::CalledFrom;
use crate::http::request::under_way::UnderWay;
use crate::http::state::{Http, Shared};

/// The sender of a request, with their rights when the request began.
#[derive(Debug, Clone)]
pub(in crate::http) struct Caller {
    standing: Standing,
    credential: Credential,
    /// The origin of this request.
    origin: Origin,
    writes: Arc<Writes>,
}

/// The kind of credential.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::http) enum Via {
    AccessToken(SignInId),
    ApiKey(ApiKeyId),
    /// A token of the trusted CRM.
    ForeignToken,
}

impl Deref for Caller {
    type Target = Standing;

    fn deref(&self) -> &Standing {
        &self.standing
    }
}

impl Caller {
    /// The kind of credential that the caller used.
    pub const fn via(&self) -> Via {
        match self.credential {
            Credential::SignIn { id, .. } => Via::AccessToken(id),
            Credential::ApiKey { id, .. } => Via::ApiKey(id),
            Credential::ForeignToken { .. } => Via::ForeignToken,
        }
    }

    /// Refuses a caller without `permission`.
    pub fn require(&self, permission: Permission) -> Result<(), ApiError> {
        self.require_any(&[permission])
    }

    /// Refuses a caller who has none of `permissions`. The refusal names the first one.
    pub fn require_any(&self, permissions: &[Permission]) -> Result<(), ApiError> {
        match permissions {
            [first, ..] if !permissions.iter().any(|permission| self.may(*permission)) => {
                Err(ApiError::PermissionDenied(*first))
            }
            _ => Ok(()),
        }
    }

    /// What is needed to check the caller's rights again.
    pub const fn credential(&self) -> Credential {
        self.credential
    }

    /// Reads the caller's current rights in the transaction `tx`. A request that has waited, or that gives rights
    /// to somebody, checks the rights again.
    pub async fn now(&self, http: &Http, tx: &mut Tx) -> Result<Standing, ApiError> {
        Ok(self.credential.standing(tx, http.clock.now()).await?)
    }

    /// If the request may write, refuses a caller who has made too many changes.
    pub fn require_patience(&self, method: &Method) -> Result<(), ApiError> {
        self.writes.check(self.via(), self.user_id, method)
    }

    /// Returns the caller as the actor of one audit entry, and counts the entry against the caller's limit of changes.
    pub fn by(&self) -> By {
        self.writes.count(self.via(), self.user_id);
        By { actor: self.actor(), origin: self.origin.clone() }
    }

    /// The caller as the actor of something outside the audit log. This does not count as a change.
    pub fn actor(&self) -> Actor {
        match self.via() {
            Via::AccessToken(_) => Actor::Member(self.user_id),
            Via::ApiKey(key) => Actor::ApiKey(key),
            Via::ForeignToken => Actor::ForeignToken(self.user_id),
        }
    }

    /// A new entry for the audit log of the caller's workspace.
    pub fn did(&self, action: Action) -> NewEntry {
        self.by().did(self.workspace_id, action)
    }
}

impl FromRequestParts<Shared> for Caller {
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, http: &Shared) -> Result<Self, ApiError> {
        // For a request with an idempotency key, an outer layer has already identified the caller.
        if let Some(caller) = parts.extensions.get::<Self>() {
            return Ok(caller.clone());
        }
        let credential = presented(&parts.headers)?;
        let under_way = parts.extensions.get::<UnderWay>().cloned();
        if let Some(request) = &under_way {
            request.with_credential(credential)?;
        }
        let origin = CalledFrom::of(parts, http).0;
        let (credential, standing) = admit(http, credential, ClientIp::of(parts, http), &origin).await?;
        if let Some(request) = &under_way {
            request.in_workspace(standing.workspace_id)?;
        }
        Ok(Self { standing, credential, origin, writes: Arc::clone(&http.writes) })
    }
}

/// The one credential in the headers. Two different credentials are refused, because choosing one would be a
/// guess. If the request has an `X-Api-Key`, an `Authorization` header with a scheme other than `Bearer` is
/// ignored, because it is meant for a proxy in front of the server.
fn presented(headers: &HeaderMap) -> Result<&str, ApiError> {
    let mut found = None;
    for value in headers.get_all("x-api-key") {
        agree(&mut found, value.to_str().map_err(|_| ApiError::InvalidCredential)?.trim())?;
    }
    let has_key = found.is_some_and(|key: &str| !key.is_empty());
    for value in headers.get_all(header::AUTHORIZATION) {
        match bearer(value)? {
            Some(token) => agree(&mut found, token)?,
            None if has_key => {}
            None => return Err(ApiError::InvalidCredential),
        }
    }
    found.filter(|credential| !credential.is_empty()).ok_or(ApiError::CredentialRequired)
}

/// Returns the bearer token of an `Authorization` header, or `None` if the header has another scheme.
fn bearer(value: &HeaderValue) -> Result<Option<&str>, ApiError> {
    let value = value.to_str().map_err(|_| ApiError::InvalidCredential)?.trim();
    let (scheme, credential) = value.split_once(' ').unwrap_or((value, ""));
    if !scheme.eq_ignore_ascii_case("bearer") {
        return Ok(None);
    }
    match credential.trim() {
        "" => Err(ApiError::InvalidCredential),
        token => Ok(Some(token)),
    }
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

/// The credential in `text`, with the rights that its owner has now.
pub(in crate::http) async fn admit(
    http: &Http,
    text: &str,
    from: ClientIp,
    origin: &Origin,
) -> Result<(Credential, Standing), ApiError> {
    if text.starts_with(PREFIX) {
        by_api_key(http, text, from).await
    } else {
        by_token(http, text, origin).await
    }
}

async fn by_api_key(http: &Http, text: &str, from: ClientIp) -> Result<(Credential, Standing), ApiError> {
    let hash = api_key::lookup(text).ok_or(ApiError::InvalidCredential)?;
    let mut tx = http.storage.look_up().await?;
    let key = tx.api_keys().by_hash(&hash).await?.ok_or(ApiError::InvalidCredential)?;
    let credential = Credential::ApiKey { id: key.id, workspace_id: key.workspace_id, from: from.0 };
    let now = http.clock.now();
    let standing = Standing::of_api_key(&mut tx, key, from.0, now).await?;
    if let Some(key) = &standing.key {
        http.key_uses.note(key, now);
    }
    Ok((credential, standing))
}

async fn by_token(http: &Http, text: &str, origin: &Origin) -> Result<(Credential, Standing), ApiError> {
    let now = http.clock.now();
    let bearer = match (http.tokens.check(text, now), &http.foreign_tokens) {
        (Err(TokenError::Invalid), Some(foreign)) => {
            return Ok(foreign.admit(&http.storage, text, now, origin).await?);
        }
        (checked, _) => checked?,
    };
    let mut tx = http.storage.look_up().await?;
    let standing = Standing::of_sign_in(&mut tx, bearer.sign_in, bearer.user_id).await?;
    let credential = Credential::SignIn {
        id: bearer.sign_in,
        user_id: bearer.user_id,
        workspace_id: standing.workspace_id,
        expires_at: bearer.expires_at,
    };
    Ok((credential, standing))
}
