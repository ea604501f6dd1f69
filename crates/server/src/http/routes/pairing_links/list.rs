//! `GET /api/v1/whatsapp/accounts/{accountId}/pairing-links`: lists the pairing links of an account.

use axum::Json;
use axum::extract::State;
use jiff::Timestamp;
use linekeeper_storage::PairingLink;
use serde::Serialize;
use utoipa::ToSchema;
use uuid::Uuid;

use crate::http::answer::error::ApiError;
use crate::http::answer::error::named::*;
use crate::http::auth::{Connect, Permitted};
use crate::http::document::Refusals;
use crate::http::request::path::AccountPath;
use crate::http::routes::accounts::reach;
use crate::http::state::Shared;

/// A pairing link, without its secret.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = PairingLink)]
struct PairingLinkJson {
    #[schema(example = "01890a5d-ac96-774b-bcce-b302099a8057")]
    id: Uuid,
    /// The user who made the link.
    #[schema(example = "01890a5d-ac96-774b-bcce-b302099a8000")]
    created_by: Uuid,
    #[schema(value_type = String, format = DateTime, example = "2026-01-01T12:00:00Z")]
    created_at: Timestamp,
    #[schema(value_type = String, format = DateTime, example = "2026-01-01T12:30:00Z")]
    expires_at: Timestamp,
    /// When the link was opened. It can be opened only once. Null if it was not opened.
    #[schema(required = true, value_type = Option<String>, format = DateTime)]
    opened_at: Option<Timestamp>,
    /// When the link was withdrawn. Null if the link was not withdrawn.
    #[schema(required = true, value_type = Option<String>, format = DateTime)]
    revoked_at: Option<Timestamp>,
}

impl From<PairingLink> for PairingLinkJson {
    fn from(link: PairingLink) -> Self {
        Self {
            id: link.id.as_uuid(),
            created_by: link.created_by.as_uuid(),
            created_at: link.created_at,
            expires_at: link.expires_at,
            opened_at: link.opened_at,
            revoked_at: link.revoked_at,
        }
    }
}

/// The pairing links of an account that have not expired, without their secrets.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = PairingLinks)]
pub(in crate::http) struct Links {
    /// The links, oldest first.
    data: Vec<PairingLinkJson>,
    /// Always null, because the list is never split into pages.
    #[schema(required = true)]
    next_cursor: Option<String>,
}

/// List pairing links
///
/// Returns the pairing links of the account, without their secrets. The server deletes links that have expired.
#[utoipa::path(
    get, path = "/api/v1/whatsapp/accounts/{accountId}/pairing-links", tag = "whatsapp",
    operation_id = "listPairingLinks",
    security(("bearer" = ["whatsapp:connect"]), ("apiKey" = ["whatsapp:connect"])),
    params(("accountId" = uuid::Uuid, Path, description = "The account's id.")),
    responses(
        (status = 200, description = "The links.", body = Links),
        Refusals<AccountNotFound>,
    ),
)]
pub(in crate::http) async fn handle(
    State(http): State<Shared>,
    caller: Permitted<Connect>,
    AccountPath(id): AccountPath,
) -> Result<Json<Links>, ApiError> {
    reach::account(&http, &caller, id).await?;
    let links = http.storage.read().await?.pairing_links().of_account(id).await?;
    Ok(Json(Links { data: links.into_iter().map(Into::into).collect(), next_cursor: None }))
}
