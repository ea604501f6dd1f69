//! `POST /api/v1/whatsapp/accounts/{accountId}/resume`: opens the connection of a paused account again.

use axum::Json;
use axum::extract::State;
use linekeeper_model::audit::Action;

use super::account_json::AccountJson;
use super::reach;
use crate::http::answer::error::ApiError;
use crate::http::answer::error::named::*;
use crate::http::auth::{Connect, Permitted};
use crate::http::document::Refusals;
use crate::http::request::path::AccountPath;
use crate::http::state::Shared;

/// Resume an account
///
/// Connects a paused account again, with the session that it kept. Resuming an account that is not paused is not an
/// error and changes nothing.
#[utoipa::path(
    post, path = "/api/v1/whatsapp/accounts/{accountId}/resume", tag = "whatsapp", operation_id = "resumeAccount",
    security(("bearer" = ["whatsapp:connect"]), ("apiKey" = ["whatsapp:connect"])),
    params(("accountId" = uuid::Uuid, Path, description = "The account's id.")),
    responses(
        (status = 200, description = "The account as it is now. If it was paused, it is connecting.", body = AccountJson),
        Refusals<(AccountNotFound, NotLinked)>,
    ),
)]
pub(in crate::http) async fn handle(
    State(http): State<Shared>,
    caller: Permitted<Connect>,
    AccountPath(id): AccountPath,
) -> Result<Json<AccountJson>, ApiError> {
    reach::account(&http, &caller, id).await?;
    let account = http.accounts.resume(id, caller.did(Action::AccountResumed).on(id)).await?;
    Ok(Json(AccountJson::of(&http, account)))
}
