//! `POST /api/v1/whatsapp/accounts/{accountId}/messages/{messageId}/cancel`: removes a waiting message from the
//! queue.

use axum::Json;
use axum::extract::State;

use super::message_json::MessageJson;
use crate::http::answer::error::ApiError;
use crate::http::answer::error::named::*;
use crate::http::auth::{Permitted, SendMessages};
use crate::http::document::Refusals;
use crate::http::request::path::MessagePath;
use crate::http::routes::accounts::reach;
use crate::http::state::Shared;

/// Cancel a message
///
/// Cancels a message that has not been sent yet. Cancelling it again changes nothing.
#[utoipa::path(
    post, path = "/api/v1/whatsapp/accounts/{accountId}/messages/{messageId}/cancel", tag = "messages",
    operation_id = "cancelMessage",
    security(("bearer" = ["messages:send"]), ("apiKey" = ["messages:send"])),
    params(
        ("accountId" = uuid::Uuid, Path, description = "The account's id."),
        ("messageId" = uuid::Uuid, Path, description = "The message's id."),
    ),
    responses(
        (status = 200, description = "The message as it is now.", body = MessageJson),
        Refusals<(AccountNotFound, MessageNotFound, AlreadySent)>,
    ),
)]
pub(in crate::http) async fn handle(
    State(http): State<Shared>,
    caller: Permitted<SendMessages>,
    MessagePath(account, id): MessagePath,
) -> Result<Json<MessageJson>, ApiError> {
    let account = reach::account(&http, &caller, account).await?;
    http.messages.cancel(account.id, id).await?;
    let message = http.messages.show(&account, id).await?.ok_or(ApiError::MessageNotFound)?;
    Ok(Json(message.into()))
}
