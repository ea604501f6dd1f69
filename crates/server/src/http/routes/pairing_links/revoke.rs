//! `DELETE /api/v1/whatsapp/accounts/{accountId}/pairing-links/{linkId}`: takes a pairing link back.

use axum::extract::State;
use axum::http::StatusCode;
use linekeeper_model::audit::Action;

use crate::http::answer::error::ApiError;
use crate::http::answer::error::named::*;
use crate::http::auth::{Connect, Permitted};
use crate::http::document::Refusals;
use crate::http::request::path::PairingLinkPath;
use crate::http::routes::accounts::reach;
use crate::http::state::Shared;

/// Take a pairing link back
///
/// Withdraws a pairing link. The link can no longer be opened, and a page that was opened with it stops working. A
/// pairing in progress continues. To end it, disconnect the account.
#[utoipa::path(
    delete, path = "/api/v1/whatsapp/accounts/{accountId}/pairing-links/{linkId}", tag = "whatsapp",
    operation_id = "revokePairingLink",
    security(("bearer" = ["whatsapp:connect"]), ("apiKey" = ["whatsapp:connect"])),
    params(
        ("accountId" = uuid::Uuid, Path, description = "The account's id."),
        ("linkId" = uuid::Uuid, Path, description = "The pairing link's id."),
    ),
    responses(
        (status = 204, description = "The link is revoked."),
        Refusals<(PairingLinkNotFound, AccountNotFound)>,
    ),
)]
pub(in crate::http) async fn handle(
    State(http): State<Shared>,
    caller: Permitted<Connect>,
    PairingLinkPath(account, link): PairingLinkPath,
) -> Result<StatusCode, ApiError> {
    reach::account(&http, &caller, account).await?;
    let mut tx = http.storage.begin().await?;
    if !tx.pairing_links().revoke(account, link).await? {
        return Err(ApiError::PairingLinkNotFound);
    }
    let entry = caller.did(Action::PairingLinkRevoked).on(link).with("accountId", account);
    tx.audit().append(&entry).await?;
    tx.commit().await?;
    Ok(StatusCode::NO_CONTENT)
}
