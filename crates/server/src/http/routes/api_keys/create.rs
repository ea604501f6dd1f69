//! `POST /api/v1/api-keys`: a new key, shown this once.

use std::collections::BTreeSet;

use axum::extract::State;
use axum::http::StatusCode;
use linekeeper_model::Timestamp;
use linekeeper_model::access::Permission;
use linekeeper_model::id::AccountId;
use linekeeper_model::network::Network;
use serde::Serialize;
use utoipa::ToSchema;
use uuid::Uuid;

use super::{key_json, limits, rights};
use crate::credentials::api_key::{self, KeyName, NewApiKey};
use crate::http::answer::error::ApiError;
use crate::http::auth::{ManageKeys, Permitted};
use crate::http::document::schema;
use crate::http::request::body::Json;
use crate::http::request::fields::{Fields, FromFields, name};
use crate::http::state::Shared;

/// What the key is to be. Where a limit is absent, that of the key that asks holds, if any.
#[derive(ToSchema)]
#[schema(as = NewApiKey, rename_all = "camelCase")]
pub(in crate::http) struct Body {
    /// What people call it.
    #[schema(value_type = String, min_length = 1, max_length = 100, pattern = r"^[^\u0000-\u001f\u007f-\u009f\u2028-\u202e\u2066-\u2069]*[^\s\u0000-\u001f\u007f-\u009f\u00ad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180b-\u180f\u200b-\u200f\u2028-\u202e\u2060-\u206f\u2800\u3164\ufe00-\ufe0f\ufeff\uffa0\ufff0-\ufff8][^\u0000-\u001f\u007f-\u009f\u2028-\u202e\u2066-\u2069]*$", example = "CRM")]
    name: KeyName,
    /// What it may do; all that its maker may do where absent.
    #[schema(required = false, schema_with = schema::permissions)]
    scopes: Option<BTreeSet<Permission>>,
    /// The only accounts that it reaches; all that its maker reaches where absent.
    #[schema(value_type = Option<Vec<Uuid>>, example = json!(["01890a5d-ac96-774b-bcce-b302099a8111"]))]
    accounts: Option<Vec<AccountId>>,
    /// The only networks from which it may be used; anywhere where absent.
    #[schema(value_type = Option<Vec<String>>, example = json!(["192.0.2.0/24", "2001:db8::/32"]))]
    networks: Option<Vec<Network>>,
    /// From when on it is refused; never where absent.
    #[schema(value_type = Option<String>, format = DateTime, example = "2027-01-01T00:00:00Z")]
    expires_at: Option<Timestamp>,
}

impl FromFields for Body {
    fn read(fields: &mut Fields) -> Option<Self> {
        let name = fields.required("name", name);
        let scopes = fields.optional("scopes", limits::scopes);
        let accounts = fields.optional("accounts", limits::accounts);
        let networks = fields.optional("networks", limits::networks);
        let expires_at = fields.optional("expiresAt", limits::end);
        Some(Self {
            name: name?,
            scopes: scopes?,
            accounts: accounts?,
            networks: networks?,
            expires_at: expires_at?,
        })
    }
}

/// A key that was just made.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = CreatedApiKey)]
pub(in crate::http) struct Created {
    #[schema(example = "01890a5d-ac96-774b-bcce-b302099a8057")]
    id: Uuid,
    #[schema(example = "CRM")]
    name: String,
    /// The key itself. It is never shown again.
    #[schema(example = "lk_0Xb2n4Yx7kqJm3Rr9vTt5uWw1zAaBbCcDdEeFfGgHhI")]
    key: String,
    #[schema(schema_with = schema::permissions)]
    scopes: BTreeSet<Permission>,
    /// Null for all that its maker reaches.
    #[schema(required = true)]
    accounts: Option<Vec<Uuid>>,
    /// Null for all.
    #[schema(required = true)]
    networks: Option<Vec<String>>,
    #[schema(value_type = String, format = DateTime, example = "2026-01-01T12:00:00Z")]
    created_at: Timestamp,
    #[schema(required = true, value_type = Option<String>, format = DateTime, example = "2027-01-01T00:00:00Z")]
    expires_at: Option<Timestamp>,
}

/// Create an API key
///
/// The answer is the only place where the key is shown. A key never has more rights than the caller who creates it,
/// and never lives longer: a key with limits creates keys within its own limits. A key that lists accounts cannot
/// do anything that concerns the whole workspace, whatever its scopes are: create accounts, read the audit log, or
/// manage members, webhooks or the workspace.
#[utoipa::path(
    post, path = "/api/v1/api-keys", tag = "api-keys", operation_id = "createApiKey",
    security(("bearer" = ["keys:manage"]), ("apiKey" = ["keys:manage"])),
    request_body(content = Body, example = json!({ "name": "CRM", "scopes": ["whatsapp:read"], "networks": ["192.0.2.0/24"] })),
    responses((status = 201, description = "The key. It is shown only this once.", body = Created)),
)]
pub(in crate::http) async fn handle(
    State(http): State<Shared>,
    caller: Permitted<ManageKeys>,
    Json(body): Json<Body>,
) -> Result<(StatusCode, axum::Json<Created>), ApiError> {
    let now = http.clock.now();
    let mut tx = http.storage.begin().await?;
    let giver = caller.now(&http, &mut tx).await?;
    let inherited = giver.key.as_ref();
    let all = || Permission::ALL.into_iter().filter(|permission| giver.may(*permission)).collect();
    let new = NewApiKey {
        name: body.name,
        scopes: body.scopes.unwrap_or_else(all),
        accounts: body.accounts.or_else(|| inherited?.accounts.clone()),
        networks: body
            .networks
            .unwrap_or_else(|| inherited.map_or_else(Vec::new, |own| own.networks.clone())),
        expires_at: body.expires_at.or_else(|| inherited?.expires_at),
    };
    let (key, text) = api_key::mint(&giver.member, new, now, &mut rand::rng());
    rights::check(&mut tx, &giver, &key, now).await?;
    api_key::store(&mut tx, &key, &text, &caller.by()).await?;
    tx.commit().await?;
    let created = Created {
        id: key.id.as_uuid(),
        key: text.expose().clone(),
        accounts: key_json::accounts(&key),
        networks: key_json::networks(&key),
        name: key.name,
        scopes: key.scopes,
        created_at: key.created_at,
        expires_at: key.expires_at,
    };
    Ok((StatusCode::CREATED, axum::Json(created)))
}
