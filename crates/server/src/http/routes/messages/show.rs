//! `GET /api/v1/whatsapp/accounts/{accountId}/messages/{messageId}`: one message.

use axum::Json;
use axum::extract::State;

use super::message_json::MessageJson;
use crate::http::answer::error::ApiError;
use crate::http::answer::error::named::*;
use crate::http::auth::{Permitted, ReadMessages};
use crate::http::document::Refusals;
use crate::http::request::path::MessagePath;
use crate::http::routes::accounts::reach;
use crate::http::state::Shared;

/// Show a message
///
/// Returns the message as it is now, with its status and what the message waits for.
#[utoipa::path(
    get, path = "/api/v1/whatsapp/accounts/{accountId}/messages/{messageId}", tag = "messages",
    operation_id = "showMessage",
    security(("bearer" = ["messages:read"]), ("apiKey" = ["messages:read"])),
    params(
        ("accountId" = uuid::Uuid, Path, description = "The account's id."),
        ("messageId" = uuid::Uuid, Path, description = "The message's id."),
    ),
    responses(
        (status = 200, description = "The message.", body = MessageJson),
        Refusals<(AccountNotFound, MessageNotFound)>,
    ),
)]
pub(in crate::http) async fn handle(
    State(http): State<Shared>,
    caller: Permitted<ReadMessages>,
    MessagePath(account, id): MessagePath,
) -> Result<Json<MessageJson>, ApiError> {
    let account = reach::account(&http, &caller, account).await?;
    let message = http.messages.show(&account, id).await?.ok_or(ApiError::MessageNotFound)?;
    Ok(Json(message.into()))
}
