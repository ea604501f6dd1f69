//! `POST /api/v1/whatsapp/accounts/{accountId}/messages/{messageId}/retry`: sends a failed message once more.

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

/// Send a message again
///
/// Sends a message once more, with the same WhatsApp id. The message must have failed, or its outcome must be
/// unknown. The message goes to the end of the queue. WhatsApp may ignore it as a duplicate.
#[utoipa::path(
    post, path = "/api/v1/whatsapp/accounts/{accountId}/messages/{messageId}/retry", tag = "messages",
    operation_id = "retryMessage",
    security(("bearer" = ["messages:send"]), ("apiKey" = ["messages:send"])),
    params(
        ("accountId" = uuid::Uuid, Path, description = "The account's id."),
        ("messageId" = uuid::Uuid, Path, description = "The message's id."),
    ),
    responses(
        (status = 200, description = "The message as it is now.", body = MessageJson),
        Refusals<(AccountNotFound, MessageNotFound, NotRetryable)>,
    ),
)]
pub(in crate::http) async fn handle(
    State(http): State<Shared>,
    caller: Permitted<SendMessages>,
    MessagePath(account, id): MessagePath,
) -> Result<Json<MessageJson>, ApiError> {
    let account = reach::account(&http, &caller, account).await?;
    http.messages.retry(account.id, id).await?;
    let message = http.messages.show(&account, id).await?.ok_or(ApiError::MessageNotFound)?;
    Ok(Json(message.into()))
}
