//! `GET /api/v1/whatsapp/accounts/{accountId}/chats`: lists the chats of an account, the one with the newest message
//! first.

use axum::Json;
use axum::extract::State;

use super::chat_json::ListedChatJson;
use crate::http::answer::error::ApiError;
use crate::http::answer::error::named::*;
use crate::http::auth::{Permitted, ReadMessages};
use crate::http::document::Refusals;
use crate::http::request::paging::{Page, listed};
use crate::http::request::path::AccountPath;
use crate::http::request::query::Query;
use crate::http::routes::accounts::reach;
use crate::http::state::Shared;

listed! {
    /// A page of chats, with the cursor of the next page.
    Chats as ChatPage of ListedChatJson
}

/// List chats
///
/// Returns the chats of an account, each with its last message and the number of unread messages. The chat with the
/// newest message comes first.
#[utoipa::path(
    get, path = "/api/v1/whatsapp/accounts/{accountId}/chats", tag = "messages", operation_id = "listChats",
    security(("bearer" = ["messages:read"]), ("apiKey" = ["messages:read"])),
    params(("accountId" = uuid::Uuid, Path, description = "The account's id."), Page),
    responses(
        (status = 200, description = "A page of chats.", body = Chats),
        Refusals<AccountNotFound>,
    ),
)]
pub(in crate::http) async fn handle(
    State(http): State<Shared>,
    caller: Permitted<ReadMessages>,
    AccountPath(id): AccountPath,
    Query(page): Query<Page>,
) -> Result<Json<Chats>, ApiError> {
    let account = reach::account(&http, &caller, id).await?;
    let before = match page.after() {
        Some(last) => {
            let last = http.messages.chat(&account, last).await?;
            let gone = || ApiError::field("cursor", "invalid", "must be the nextCursor of an earlier page");
            let last = last.ok_or_else(gone)?.listed;
            Some((last.last_message_at, last.chat.id))
        }
        None => None,
    };
    let found = http.messages.chats(&account, before, page.rows()).await?;
    Ok(page.cut(found, |shown| shown.listed.chat.id.as_uuid()).into())
}
