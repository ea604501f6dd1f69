//! `PATCH /api/v1/api-keys/{keyId}`: changes the name or the limits of a key.

use axum::extract::State;
use linekeeper_model::Timestamp;
use linekeeper_model::api_key::ApiKey;
use linekeeper_model::audit::Action;

use super::key_json::ApiKeyJson;
use super::limits::{Accounts, Networks, Scopes};
use super::rights;
use crate::credentials::api_key::KeyName;
use crate::http::answer::error::ApiError;
use crate::http::answer::error::named::*;
use crate::http::auth::{ManageKeys, Permitted};
use crate::http::document::Refusals;
use crate::http::request::body::Json;
use crate::http::request::declare::{Declared as _, body};
use crate::http::request::member::Patch;
use crate::http::request::path::ApiKeyPath;
use crate::http::routes::audit::changes;
use crate::http::state::Shared;

body! {
    /// The fields to change. A field that is absent keeps its value.
    pub(in crate::http) struct Body as "ApiKeyChange" (change) {
        /// The name of the key, which people use to recognize it.
        #[example("CRM")]
        name: Option<KeyName>,
        /// All permissions of the key. The key loses the permissions that are not in the list.
        scopes: Option<Scopes>,
        /// All accounts that the key has access to. Null means all accounts that the key's user has access to.
        #[example(["01890a5d-ac96-774b-bcce-b302099a8111"])]
        accounts: Patch<Accounts>,
        /// All networks from which the key works. Null means all networks.
        #[example(["192.0.2.0/24"])]
        networks: Patch<Networks>,
        /// When the key stops working. Null means never.
        #[example("2027-01-01T00:00:00Z")]
        expires_at: Patch<Timestamp>,
    }
}

impl Body {
    /// Whether the change affects what the key may do. Only a new name does not.
    fn changes_rights(&self) -> bool {
        self.given().into_iter().any(|field| field != "name")
    }

    fn apply(self, key: &mut ApiKey) {
        if let Some(name) = self.name {
            key.name = name.into_text();
        }
        if let Some(scopes) = self.scopes {
            key.scopes = scopes.0;
        }
        if let Some(accounts) = self.accounts.into_change() {
            key.accounts = accounts.map(|accounts| accounts.0);
        }
        if let Some(networks) = self.networks.into_change() {
            key.networks = networks.map(|networks| networks.0).unwrap_or_default();
        }
        if let Some(expires_at) = self.expires_at.into_change() {
            key.expires_at = expires_at;
        }
    }
}

/// Change an API key
///
/// Changes the key. The change applies to all further requests with the key. You can only give a key rights that you
/// have yourself. If you make the change with an API key that has limits, the changed key must stay within these
/// limits. An explicit null in `accounts`, `networks` or `expiresAt` removes that limit.
#[utoipa::path(
    patch, path = "/api/v1/api-keys/{keyId}", tag = "api-keys", operation_id = "updateApiKey",
    security(("bearer" = ["keys:manage"]), ("apiKey" = ["keys:manage"])),
    params(("keyId" = uuid::Uuid, Path, description = "The key's id.")),
    request_body(content = Body, example = json!({ "name": "CRM", "networks": ["192.0.2.0/24"], "expiresAt": null })),
    responses(
        (status = 200, description = "The key as it is now.", body = ApiKeyJson),
        Refusals<(NothingToChange, ApiKeyNotFound)>,
    ),
)]
pub(in crate::http) async fn handle(
    State(http): State<Shared>,
    caller: Permitted<ManageKeys>,
    ApiKeyPath(id): ApiKeyPath,
    Json(body): Json<Body>,
) -> Result<axum::Json<ApiKeyJson>, ApiError> {
    let changes_rights = body.changes_rights();
    if body.given().is_empty() {
        return Err(ApiError::NothingToChange);
    }
    let mut tx = http.storage.begin().await?;
    let before = tx.api_keys().get(caller.reach(), id).await?.ok_or(ApiError::ApiKeyNotFound)?;
    let mut key = before.clone();
    body.apply(&mut key);
    if changes_rights {
        let giver = caller.now(&http, &mut tx).await?;
        rights::check(&mut tx, &giver, &key, http.clock.now()).await?;
    }
    let changed = changes([
        ("name", key.name != before.name),
        ("scopes", key.scopes != before.scopes),
        ("accounts", key.accounts != before.accounts),
        ("networks", key.networks != before.networks),
        ("expiresAt", key.expires_at != before.expires_at),
    ]);
    if !changed.is_empty() {
        tx.api_keys().update(&key).await?;
        tx.audit().append(&caller.did(Action::ApiKeyUpdated).on(id).changing(changed)).await?;
        tx.commit().await?;
    }
    Ok(axum::Json(key.into()))
}
