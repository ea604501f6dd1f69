//! `GET /api/v1/whatsapp/accounts/{accountId}/chats/{chatId}`: one chat.

use axum::Json;
use axum::extract::State;

use super::chat_json::ListedChatJson;
use crate::http::answer::error::ApiError;
use crate::http::answer::error::named::*;
use crate::http::auth::{Permitted, ReadMessages};
use crate::http::document::Refusals;
use crate::http::request::path::ChatPath;
use crate::http::routes::accounts::reach;
use crate::http::state::Shared;

/// Show a chat
///
/// Returns the chat with its last message. After two chats were merged, both ids work.
#[utoipa::path(
    get, path = "/api/v1/whatsapp/accounts/{accountId}/chats/{chatId}", tag = "messages", operation_id = "showChat",
    security(("bearer" = ["messages:read"]), ("apiKey" = ["messages:read"])),
    params(
        ("accountId" = uuid::Uuid, Path, description = "The account's id."),
        ("chatId" = uuid::Uuid, Path, description = "The chat's id."),
    ),
    responses(
        (status = 200, description = "The chat.", body = ListedChatJson),
        Refusals<(AccountNotFound, ChatNotFound)>,
    ),
)]
pub(in crate::http) async fn handle(
    State(http): State<Shared>,
    caller: Permitted<ReadMessages>,
    ChatPath(account, id): ChatPath,
) -> Result<Json<ListedChatJson>, ApiError> {
    let account = reach::account(&http, &caller, account).await?;
    let chat = http.messages.chat(&account, id).await?.ok_or(ApiError::ChatNotFound)?;
    Ok(Json(chat.into()))
}
