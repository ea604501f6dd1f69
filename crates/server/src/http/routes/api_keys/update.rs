//! `PATCH /api/v1/api-keys/{keyId}`: another name, or other limits.

use std::collections::BTreeSet;

use axum::extract::State;
use linekeeper_model::Timestamp;
use linekeeper_model::access::Permission;
use linekeeper_model::api_key::ApiKey;
use linekeeper_model::audit::Action;
use linekeeper_model::id::AccountId;
use linekeeper_model::network::Network;
use utoipa::ToSchema;

use super::key_json::ApiKeyJson;
use super::{limits, rights};
use crate::credentials::api_key::KeyName;
use crate::http::answer::error::ApiError;
use crate::http::auth::{ManageKeys, Permitted};
use crate::http::document::schema;
use crate::http::request::body::Json;
use crate::http::request::fields::{Fields, FromFields, name};
use crate::http::request::path::ApiKeyPath;
use crate::http::routes::audit::changes;
use crate::http::state::Shared;

/// What is to be different. What is absent stays as it is.
#[derive(ToSchema)]
#[schema(as = ApiKeyChange, rename_all = "camelCase")]
pub(in crate::http) struct Body {
    #[schema(value_type = Option<String>, min_length = 1, max_length = 100, pattern = r"^[^\u0000-\u001f\u007f-\u009f\u2028-\u202e\u2066-\u2069]*[^\s\u0000-\u001f\u007f-\u009f\u00ad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180b-\u180f\u200b-\u200f\u2028-\u202e\u2060-\u206f\u2800\u3164\ufe00-\ufe0f\ufeff\uffa0\ufff0-\ufff8][^\u0000-\u001f\u007f-\u009f\u2028-\u202e\u2066-\u2069]*$", example = "CRM")]
    name: Option<KeyName>,
    /// All of them: those that are not in the list are taken away.
    #[schema(required = false, schema_with = schema::permissions)]
    scopes: Option<BTreeSet<Permission>>,
    /// All of them. Null for all accounts that the key's user reaches.
    #[schema(value_type = Option<Vec<Uuid>>, example = json!(["01890a5d-ac96-774b-bcce-b302099a8111"]))]
    accounts: Option<Option<Vec<AccountId>>>,
    /// All of them. Null for any.
    #[schema(value_type = Option<Vec<String>>, example = json!(["192.0.2.0/24"]))]
    networks: Option<Option<Vec<Network>>>,
    /// Null for never.
    #[schema(value_type = Option<String>, format = DateTime, example = "2027-01-01T00:00:00Z")]
    expires_at: Option<Option<Timestamp>>,
}

impl FromFields for Body {
    fn read(fields: &mut Fields) -> Option<Self> {
        let name = fields.optional("name", name);
        let scopes = fields.optional("scopes", limits::scopes);
        let accounts = fields.nullable("accounts", limits::accounts);
        let networks = fields.nullable("networks", limits::networks);
        let expires_at = fields.nullable("expiresAt", limits::end);
        Some(Self {
            name: name?,
            scopes: scopes?,
            accounts: accounts?,
            networks: networks?,
            expires_at: expires_at?,
        })
    }
}

impl Body {
    /// Whether it changes what the key may do.
    fn changes_rights(&self) -> bool {
        self.scopes.is_some()
            || self.accounts.is_some()
            || self.networks.is_some()
            || self.expires_at.is_some()
    }

    fn apply(self, key: &mut ApiKey) {
        if let Some(name) = self.name {
            key.name = name.into_text();
        }
        if let Some(scopes) = self.scopes {
            key.scopes = scopes;
        }
        if let Some(accounts) = self.accounts {
            key.accounts = accounts;
        }
        if let Some(networks) = self.networks {
            key.networks = networks.unwrap_or_default();
        }
        if let Some(expires_at) = self.expires_at {
            key.expires_at = expires_at;
        }
    }
}

/// Change an API key
///
/// The change applies from the key's next request. You can only give a key rights that you have yourself. A key
/// with limits cannot give wider ones. An explicit null removes a limit: `accounts`, `networks` or `expiresAt`.
#[utoipa::path(
    patch, path = "/api/v1/api-keys/{keyId}", tag = "api-keys", operation_id = "updateApiKey",
    security(("bearer" = ["keys:manage"]), ("apiKey" = ["keys:manage"])),
    params(("keyId" = uuid::Uuid, Path, description = "The key's id.")),
    request_body(content = Body, example = json!({ "name": "CRM", "networks": ["192.0.2.0/24"], "expiresAt": null })),
    responses(
        (status = 200, description = "The key as it is now.", body = ApiKeyJson),
        (status = 400, description = "`nothing_to_change`: no field is given. Or `validation_failed`, `malformed_json`, `invalid_id`."),
        (status = 404, description = "`api_key_not_found`."),
    ),
)]
pub(in crate::http) async fn handle(
    State(http): State<Shared>,
    caller: Permitted<ManageKeys>,
    ApiKeyPath(id): ApiKeyPath,
    Json(body): Json<Body>,
) -> Result<axum::Json<ApiKeyJson>, ApiError> {
    let changes_rights = body.changes_rights();
    if !changes_rights && body.name.is_none() {
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
