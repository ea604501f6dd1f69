//! `POST /api/v1/whatsapp/accounts/{accountId}/messages`: accepts one message.

use axum::extract::State;
use axum::http::StatusCode;
use axum::{Extension, Json};
use linekeeper_model::message::Priority;

use super::body::SendMessage;
use super::message_json::MessageJson;
use super::refusal::refusal;
use crate::http::answer::error::ApiError;
use crate::http::answer::error::named::*;
use crate::http::auth::{Permitted, SendMessages};
use crate::http::document::Refusals;
use crate::http::request::body::Json as Body;
use crate::http::request::idempotency::KeyInHand;
use crate::http::request::path::AccountPath;
use crate::http::routes::accounts::reach;
use crate::http::state::Shared;
use crate::messages::Accept;

/// Send a message
///
/// Accepts a message. When you get the answer, the message is stored on disk. The server sends it as soon as the
/// account is connected, in order within each chat. To learn whether the message was sent, delivered and read, read the
/// `message.status` events or `GET` the message. With an `Idempotency-Key`, you can repeat the request safely, even
/// after a crash of the server.
#[utoipa::path(
    post, path = "/api/v1/whatsapp/accounts/{accountId}/messages", tag = "messages", operation_id = "sendMessage",
    security(("bearer" = ["messages:send"]), ("apiKey" = ["messages:send"])),
    params(("accountId" = uuid::Uuid, Path, description = "The account's id.")),
    request_body = SendMessage,
    responses(
        (status = 202, description = "The accepted message. It waits to be sent.", body = MessageJson),
        Refusals<(AccountNotFound, NotLinked, DailyLimitReached, QueueFull)>,
    ),
)]
pub(in crate::http) async fn handle(
    State(http): State<Shared>,
    caller: Permitted<SendMessages>,
    AccountPath(id): AccountPath,
    key: Option<Extension<KeyInHand>>,
    Body(body): Body<SendMessage>,
) -> Result<(StatusCode, Json<MessageJson>), ApiError> {
    let account = reach::account(&http, &caller, id).await?;
    let now = http.clock.now();
    let message =
        body.at(now, Priority::Interactive, "").map_err(|error| ApiError::Validation(vec![error]))?;
    let accept = Accept {
        account,
        created_by: caller.actor().into(),
        messages: vec![message],
        keep: key.map(|Extension(key)| {
            key.keep_with(StatusCode::ACCEPTED, |messages| {
                messages.first().map(serde_json::to_vec).and_then(Result::ok).unwrap_or_default()
            })
        }),
    };
    let accepted = http.messages.accept(accept).await;
    let accepted = accepted.map_err(|refused| refusal(refused, now, |_| String::new()))?;
    let message = accepted.into_iter().next().ok_or(ApiError::Internal)?;
    Ok((StatusCode::ACCEPTED, Json(message.into())))
}
