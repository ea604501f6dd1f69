//! `DELETE /api/v1/whatsapp/accounts/{accountId}`: deletes an account with all its data.

use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use linekeeper_model::audit::Action;
use linekeeper_model::status::{Reason, Status};
use serde::Serialize;
use utoipa::ToSchema;

use super::account_json::StatusJson;
use super::reach;
use crate::accounts::Deleted;
use crate::http::answer::error::ApiError;
use crate::http::answer::error::named::*;
use crate::http::auth::{Delete, Permitted};
use crate::http::document::Refusals;
use crate::http::request::path::AccountPath;
use crate::http::state::Shared;

/// The answer if the account is deleted, but its device is not logged out at WhatsApp yet.
#[derive(Serialize, ToSchema)]
#[schema(as = DeletedAccount)]
pub(in crate::http) struct DeletedJson {
    /// A status whose reason is `logout_pending`. It means that the phone still lists this server as a linked device.
    status: StatusJson,
}

/// Delete an account
///
/// Deletes the account and its data, such as its session, keys, messages, files, events, picture and pairing links.
/// This cannot be undone. The server logs the linked device out at WhatsApp. If WhatsApp cannot be reached within a few
/// seconds, the answer is 202: the account is deleted, and the server keeps only the encrypted session, until it has
/// logged the device out.
#[utoipa::path(
    delete, path = "/api/v1/whatsapp/accounts/{accountId}", tag = "whatsapp", operation_id = "deleteAccount",
    security(("bearer" = ["whatsapp:delete"]), ("apiKey" = ["whatsapp:delete"])),
    params(("accountId" = uuid::Uuid, Path, description = "The account's id.")),
    responses(
        (status = 202, description = "The account is deleted. The phone still lists the linked device: the server logs \
                                      the device out as soon as WhatsApp can be reached.", body = DeletedJson),
        (status = 204, description = "The account is deleted."),
        Refusals<AccountNotFound>,
    ),
)]
pub(in crate::http) async fn handle(
    State(http): State<Shared>,
    caller: Permitted<Delete>,
    AccountPath(id): AccountPath,
) -> Result<Response, ApiError> {
    reach::account(&http, &caller, id).await?;
    let deleted = http.accounts.delete(id, caller.did(Action::AccountDeleted).on(id)).await?;
    http.messages.forget_files(id).await;
    match deleted {
        Deleted::LoggedOut => Ok(StatusCode::NO_CONTENT.into_response()),
        Deleted::LogoutPending => {
            let status = Status::of(Reason::LogoutPending, http.clock.now()).into();
            Ok((StatusCode::ACCEPTED, Json(DeletedJson { status })).into_response())
        }
    }
}
