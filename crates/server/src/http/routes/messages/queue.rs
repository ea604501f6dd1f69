//! `GET /api/v1/whatsapp/accounts/{accountId}/queue`: how many messages wait, and why.

use std::collections::BTreeMap;

use axum::Json;
use axum::extract::State;
use serde::Serialize;
use serde_json::json;
use utoipa::ToSchema;

use super::message_json::MessageJson;
use crate::http::answer::error::ApiError;
use crate::http::answer::error::named::*;
use crate::http::auth::{Permitted, ReadMessages};
use crate::http::document::Refusals;
use crate::http::request::path::AccountPath;
use crate::http::routes::accounts::reach;
use crate::http::state::Shared;

/// The messages of an account that wait to be sent.
#[derive(Serialize, ToSchema)]
#[schema(as = Queue)]
pub(in crate::http) struct QueueJson {
    /// The number of messages that wait or are being sent.
    #[schema(example = 3)]
    waiting: u64,
    /// The number of waiting messages for each reason.
    #[schema(example = json!({ "not_connected": 3 }))]
    reasons: BTreeMap<String, u64>,
    /// The oldest message that waits. Null if none waits.
    #[schema(required = true)]
    oldest: Option<MessageJson>,
}

/// Show the queue
///
/// Returns how many messages wait to be sent, how many of them wait for each reason, and the oldest waiting message.
#[utoipa::path(
    get, path = "/api/v1/whatsapp/accounts/{accountId}/queue", tag = "messages", operation_id = "showQueue",
    security(("bearer" = ["messages:read"]), ("apiKey" = ["messages:read"])),
    params(("accountId" = uuid::Uuid, Path, description = "The account's id.")),
    responses(
        (status = 200, description = "The queue.", body = QueueJson),
        Refusals<AccountNotFound>,
    ),
)]
pub(in crate::http) async fn handle(
    State(http): State<Shared>,
    caller: Permitted<ReadMessages>,
    AccountPath(id): AccountPath,
) -> Result<Json<QueueJson>, ApiError> {
    let account = reach::account(&http, &caller, id).await?;
    let report = http.messages.queue(&account).await?;
    let name = |reason| json!(reason).as_str().unwrap_or_default().to_owned();
    let reasons = report.reasons.into_iter().map(|(reason, count)| (name(reason), count)).collect();
    Ok(Json(QueueJson { waiting: report.waiting, reasons, oldest: report.oldest.map(Into::into) }))
}
