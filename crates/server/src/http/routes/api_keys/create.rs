//! `POST /api/v1/api-keys`: creates an API key. The key itself is shown only in this answer.

use std::collections::BTreeSet;

use axum::extract::State;
use axum::http::StatusCode;
use linekeeper_model::Timestamp;
use linekeeper_model::access::Permission;
use serde::Serialize;
use utoipa::ToSchema;
use uuid::Uuid;

use super::limits::{Accounts, Networks, Scopes};
use super::{key_json, rights};
use crate::credentials::api_key::{self, KeyName, NewApiKey};
use crate::http::answer::error::ApiError;
use crate::http::auth::{ManageKeys, Permitted};
use crate::http::document::schema;
use crate::http::request::body::Json;
use crate::http::request::declare::body;
use crate::http::state::Shared;

body! {
    /// The new API key. If you send this request with an API key that has limits, the new key inherits each limit that
    /// you leave out here.
    pub(in crate::http) struct Body as "NewApiKey" {
        /// The name of the key, which people use to recognize it.
        #[example("CRM")]
        name: KeyName,
        /// What the key may do. The default is everything that you may do.
        scopes: Option<Scopes>,
        /// The only accounts that the key has access to. The default is all accounts that you have access to.
        #[example(["01890a5d-ac96-774b-bcce-b302099a8111"])]
        accounts: Option<Accounts>,
        /// The only networks from which the key works. The default is all networks.
        #[example(["192.0.2.0/24", "2001:db8::/32"])]
        networks: Option<Networks>,
        /// When the key stops working. The default is never.
        #[example("2027-01-01T00:00:00Z")]
        expires_at: Option<Timestamp>,
    }
}

/// A new API key, with the key itself.
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
    /// The only accounts that the key has access to. Null means all accounts that its user has access to.
    #[schema(required = true)]
    accounts: Option<Vec<Uuid>>,
    /// The only networks from which the key works. Null means all networks.
    #[schema(required = true)]
    networks: Option<Vec<String>>,
    #[schema(value_type = String, format = DateTime, example = "2026-01-01T12:00:00Z")]
    created_at: Timestamp,
    #[schema(required = true, value_type = Option<String>, format = DateTime, example = "2027-01-01T00:00:00Z")]
    expires_at: Option<Timestamp>,
}

/// Create an API key
///
/// Creates an API key. Only this answer shows the key itself. A new key never has more rights than the caller who
/// creates it. If you create it with another API key, the new key also stays within the limits of that key. A key
/// with `accounts` can do nothing that concerns the whole workspace, whatever its scopes are: it cannot create
/// accounts, read the audit log, or manage members, webhooks or the workspace.
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
        scopes: body.scopes.map_or_else(all, |scopes| scopes.0),
        accounts: body.accounts.map(|accounts| accounts.0).or_else(|| inherited?.accounts.clone()),
        networks: body
            .networks
            .map(|networks| networks.0)
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
