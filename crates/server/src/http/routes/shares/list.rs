//! `GET /api/v1/whatsapp/accounts/{accountId}/shares`: lists the members with whom an account is shared.

use axum::Json;
use axum::extract::State;
use jiff::Timestamp;
use linekeeper_storage::Share;
use serde::Serialize;
use utoipa::ToSchema;
use uuid::Uuid;

use crate::http::answer::error::ApiError;
use crate::http::answer::error::named::*;
use crate::http::auth::{Permitted, Update};
use crate::http::document::Refusals;
use crate::http::request::paging::{Listed, listed};
use crate::http::request::path::AccountPath;
use crate::http::routes::accounts::reach;
use crate::http::state::Shared;

/// A member with whom the account was shared.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = Share)]
struct ShareJson {
    /// The member's id.
    #[schema(example = "01890a5d-ac96-774b-bcce-b302099a8000")]
    user_id: Uuid,
    #[schema(value_type = String, format = DateTime, example = "2026-01-01T12:00:00Z")]
    created_at: Timestamp,
}

impl From<Share> for ShareJson {
    fn from(share: Share) -> Self {
        Self { user_id: share.user_id.as_uuid(), created_at: share.created_at }
    }
}

listed! {
    /// The members with whom an account was shared.
    SharesJson as Shares of ShareJson
}

/// List shares
///
/// Returns the members that the account was shared with. Owners, Admins and the person who connected the account
/// have access to it without a share.
#[utoipa::path(
    get, path = "/api/v1/whatsapp/accounts/{accountId}/shares", tag = "whatsapp", operation_id = "listShares",
    security(("bearer" = ["whatsapp:update"]), ("apiKey" = ["whatsapp:update"])),
    params(("accountId" = uuid::Uuid, Path, description = "The account's id.")),
    responses(
        (status = 200, description = "The members with whom the account was shared.", body = SharesJson),
        Refusals<AccountNotFound>,
    ),
)]
pub(in crate::http) async fn handle(
    State(http): State<Shared>,
    caller: Permitted<Update>,
    AccountPath(id): AccountPath,
) -> Result<Json<SharesJson>, ApiError> {
    reach::account(&http, &caller, id).await?;
    let shares = http.storage.read().await?.shares().of_account(id).await?;
    Ok(Listed::whole(shares.into_iter().map(ShareJson::from).collect()).into())
}
