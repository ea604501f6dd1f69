//! `DELETE /api/v1/whatsapp/accounts/{accountId}`: removes an account with all that is its own.

use axum::extract::State;
use axum::http::StatusCode;
use linekeeper_model::audit::Action;

use super::reach;
use crate::http::answer::error::ApiError;
use crate::http::auth::{Delete, Permitted};
use crate::http::request::path::AccountPath;
use crate::http::routes::audit;
use crate::http::state::Shared;

/// Delete an account
///
/// Logs the linked device out at WhatsApp, as well as the network allows, and removes every row and key of the account:
/// its session, events, picture and pairing links. That cannot be undone.
#[utoipa::path(
    delete, path = "/api/v1/whatsapp/accounts/{accountId}", tag = "whatsapp", operation_id = "deleteAccount",
    security(("bearer" = ["whatsapp:delete"]), ("apiKey" = ["whatsapp:delete"])),
    params(("accountId" = uuid::Uuid, Path, description = "The account.")),
    responses(
        (status = 204, description = "Nothing is left of it."),
        (status = 404, description = "`account_not_found`: also where it was deleted before."),
    ),
)]
pub(in crate::http) async fn handle(
    State(http): State<Shared>,
    caller: Permitted<Delete>,
    AccountPath(id): AccountPath,
) -> Result<StatusCode, ApiError> {
    reach::account(&http, &caller, id).await?;
    audit::record(&http, caller.did(Action::AccountDeleted).on(id)).await?;
    http.accounts.delete(id).await?;
    Ok(StatusCode::NO_CONTENT)
}
