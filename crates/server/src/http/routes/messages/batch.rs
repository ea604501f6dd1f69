//! `POST /api/v1/whatsapp/accounts/{accountId}/messages/batch`: accepts many messages, either all or none.

use axum::extract::State;
use axum::http::StatusCode;
use axum::{Extension, Json};
use linekeeper_model::message::Priority;
use serde::Serialize;
use serde_json::json;
use utoipa::ToSchema;

use super::body::SendMessage;
use super::message_json::MessageJson;
use super::refusal::refusal;
use crate::http::answer::error::named::*;
use crate::http::answer::error::{ApiError, FieldError};
use crate::http::auth::{Permitted, SendMessages};
use crate::http::document::Refusals;
use crate::http::request::body::Json as Body;
use crate::http::request::declare::body;
use crate::http::request::idempotency::KeyInHand;
use crate::http::request::path::AccountPath;
use crate::http::request::value::List;
use crate::http::routes::accounts::reach;
use crate::http::state::Shared;
use crate::messages::Accept;

/// The maximum number of messages in one request.
const MOST: usize = 500;

body! {
    /// Messages to send.
    pub(in crate::http) struct Batch as "SendMessages" {
        /// 1 to 500 messages. A message without a `priority` is `bulk`.
        messages: List<SendMessage, 1, MOST>,
    }
    limit 8 * 1024 * 1024;
}

/// The accepted messages, in the order of the request.
#[derive(Serialize, ToSchema)]
#[schema(as = AcceptedMessages)]
pub(in crate::http) struct Accepted {
    data: Vec<MessageJson>,
}

/// Send messages
///
/// Accepts up to 500 messages, either all of them or none. The server sends messages of priority `interactive`
/// first.
#[utoipa::path(
    post, path = "/api/v1/whatsapp/accounts/{accountId}/messages/batch", tag = "messages",
    operation_id = "sendMessages",
    security(("bearer" = ["messages:send"]), ("apiKey" = ["messages:send"])),
    params(("accountId" = uuid::Uuid, Path, description = "The account's id.")),
    request_body = Batch,
    responses(
        (status = 202, description = "The accepted messages. They wait to be sent.", body = Accepted),
        Refusals<(AccountNotFound, NotLinked, DailyLimitReached, QueueFull)>,
    ),
)]
pub(in crate::http) async fn handle(
    State(http): State<Shared>,
    caller: Permitted<SendMessages>,
    AccountPath(id): AccountPath,
    key: Option<Extension<KeyInHand>>,
    Body(Batch { messages: List(asked) }): Body<Batch>,
) -> Result<(StatusCode, Json<Accepted>), ApiError> {
    let account = reach::account(&http, &caller, id).await?;
    let now = http.clock.now();
    let place = |index: usize| format!("messages[{index}].");
    let mut messages = Vec::with_capacity(asked.len());
    let mut wrong: Vec<FieldError> = Vec::new();
    for (index, message) in asked.into_iter().enumerate() {
        match message.at(now, Priority::Bulk, &place(index)) {
            Ok(message) => messages.push(message),
            Err(error) => wrong.push(error),
        }
    }
    if !wrong.is_empty() {
        return Err(ApiError::Validation(wrong));
    }
    let accept = Accept {
        account,
        created_by: caller.actor().into(),
        messages,
        keep: key.map(|Extension(key)| {
            key.keep_with(StatusCode::ACCEPTED, |messages| {
                json!({ "data": messages }).to_string().into_bytes()
            })
        }),
    };
    let accepted = http.messages.accept(accept).await;
    let accepted = accepted.map_err(|refused| refusal(refused, now, place))?;
    let data = accepted.into_iter().map(Into::into).collect();
    Ok((StatusCode::ACCEPTED, Json(Accepted { data })))
}
