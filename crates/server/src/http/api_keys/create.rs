//! `POST /api/v1/api-keys`: a new key, shown this once.

use std::collections::BTreeSet;

use axum::extract::State;
use axum::http::StatusCode;
use linekeeper_model::Timestamp;
use linekeeper_model::access::Permission;
use serde::Serialize;
use serde_json::Value;
use utoipa::ToSchema;
use uuid::Uuid;

use crate::credentials::api_key::{self, KeyName, NewApiKey};
use crate::http::auth::{ManageKeys, Permitted};
use crate::http::body::Json;
use crate::http::error::ApiError;
use crate::http::fields::{Fault, Fields, FromFields, list, parsed, text};
use crate::http::schema;
use crate::http::state::Shared;

/// What the key is to be.
#[derive(ToSchema)]
#[schema(as = NewApiKey)]
pub(in crate::http) struct Body {
    /// What people call it.
    #[schema(value_type = String, min_length = 1, max_length = 100, pattern = r"^[^\u0000-\u001f\u007f-\u009f]*[^\s\u0000-\u001f\u007f-\u009f][^\u0000-\u001f\u007f-\u009f]*$", example = "CRM")]
    name: KeyName,
    /// What it may do; all that its maker may do where absent.
    #[schema(required = false, schema_with = schema::permissions)]
    scopes: Option<Vec<Permission>>,
    /// From when on it is refused; never where absent.
    #[schema(rename = "expiresAt", value_type = Option<String>, format = DateTime, example = "2027-01-01T00:00:00Z")]
    expires_at: Option<Timestamp>,
}

impl FromFields for Body {
    fn read(fields: &mut Fields) -> Option<Self> {
        let name = fields.required("name", parsed);
        let scopes = fields.optional("scopes", |value| match list(permission)(value)? {
            scopes if scopes.is_empty() => Err(Fault::new("too_short", "must name at least one permission")),
            scopes => Ok(scopes),
        });
        let expires_at = fields.optional("expiresAt", |value| {
            text(value)?
                .parse()
                .map_err(|_| Fault::new("invalid", "must be a time such as 2027-01-01T00:00:00Z"))
        });
        Some(Self { name: name?, scopes: scopes?, expires_at: expires_at? })
    }
}

fn permission(value: Value) -> Result<Permission, Fault> {
    text(value.clone())?;
    serde_json::from_value(value).map_err(|_| Fault::new("invalid", "is not a permission"))
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
    #[schema(value_type = String, format = DateTime, example = "2026-01-01T12:00:00Z")]
    created_at: Timestamp,
    #[schema(required = true, value_type = Option<String>, format = DateTime, example = "2027-01-01T00:00:00Z")]
    expires_at: Option<Timestamp>,
}

/// Create an API key
///
/// The answer is the only place where the key ever shows. A key has at most the rights of whoever makes it.
#[utoipa::path(
    post, path = "/api/v1/api-keys", tag = "api-keys", operation_id = "createApiKey",
    security(("bearer" = ["keys:manage"]), ("apiKey" = ["keys:manage"])),
    request_body = Body,
    responses((status = 201, description = "The key, this once.", body = Created)),
)]
pub(in crate::http) async fn handle(
    State(http): State<Shared>,
    caller: Permitted<ManageKeys>,
    Json(body): Json<Body>,
) -> Result<(StatusCode, axum::Json<Created>), ApiError> {
    let now = http.clock.now();
    if body.expires_at.is_some_and(|end| end <= now) {
        return Err(ApiError::field("expiresAt", "out_of_range", "must be in the future"));
    }
    let own = || Permission::ALL.into_iter().filter(|p| caller.may(*p)).collect();
    let scopes: BTreeSet<Permission> = body.scopes.map_or_else(own, BTreeSet::from_iter);
    if let Some(more) = scopes.iter().find(|scope| !caller.may(**scope)) {
        return Err(ApiError::PermissionDenied(*more));
    }
    let new = NewApiKey { name: body.name, scopes, expires_at: body.expires_at };
    let (key, text) = api_key::issue(&http.storage, &caller.member, new, now, &caller.by()).await?;
    let created = Created {
        id: key.id.as_uuid(),
        name: key.name,
        key: text.expose().clone(),
        scopes: key.scopes,
        created_at: key.created_at,
        expires_at: key.expires_at,
    };
    Ok((StatusCode::CREATED, axum::Json(created)))
}
