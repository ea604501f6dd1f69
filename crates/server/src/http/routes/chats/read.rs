//! `POST /api/v1/whatsapp/accounts/{accountId}/chats/{chatId}/read`: marks messages as read, here and at WhatsApp.

use axum::Json;
use axum::extract::State;
use linekeeper_model::id::MessageId;

use super::chat_json::ListedChatJson;
use crate::http::answer::error::ApiError;
use crate::http::answer::error::named::*;
use crate::http::auth::{Permitted, SendMessages};
use crate::http::document::Refusals;
use crate::http::request::body::Json as Body;
use crate::http::request::declare::body;
use crate::http::request::path::ChatPath;
use crate::http::routes::accounts::reach;
use crate::http::state::Shared;

body! {
    /// The message up to which the chat was read.
    pub(in crate::http) struct Read as "MarkRead" {
        /// The last message that was read. Earlier messages of the chat are marked as read too.
        message_id: MessageId,
    }
}

/// Mark as read
///
/// Marks a message and all earlier messages of its chat as read. WhatsApp tells the senders of the messages that they
/// were read, if the privacy settings allow it. The account must be connected.
#[utoipa::path(
    post, path = "/api/v1/whatsapp/accounts/{accountId}/chats/{chatId}/read", tag = "messages",
    operation_id = "markChatRead",
    security(("bearer" = ["messages:send"]), ("apiKey" = ["messages:send"])),
    params(
        ("accountId" = uuid::Uuid, Path, description = "The account's id."),
        ("chatId" = uuid::Uuid, Path, description = "The chat's id."),
    ),
    request_body = Read,
    responses(
        (status = 200, description = "The chat as it is now.", body = ListedChatJson),
        Refusals<(AccountNotFound, ChatNotFound, MessageNotFound, NotConnected)>,
    ),
)]
pub(in crate::http) async fn handle(
    State(http): State<Shared>,
    caller: Permitted<SendMessages>,
    ChatPath(account, id): ChatPath,
    Body(Read { message_id }): Body<Read>,
) -> Result<Json<ListedChatJson>, ApiError> {
    let account = reach::account(&http, &caller, account).await?;
    http.messages.mark_read(account.id, id, message_id).await?;
    let chat = http.messages.chat(&account, id).await?.ok_or(ApiError::ChatNotFound)?;
    Ok(Json(chat.into()))
}
