//! `GET /api/v1/whatsapp/accounts/{accountId}/messages/{messageId}/receipts`: who received, read and played a
//! message.

use axum::Json;
use axum::extract::State;
use jiff::Timestamp;
use serde::Serialize;
use utoipa::ToSchema;

use super::message_json::PersonJson;
use crate::http::answer::error::ApiError;
use crate::http::answer::error::named::*;
use crate::http::auth::{Permitted, ReadMessages};
use crate::http::document::Refusals;
use crate::http::request::path::MessagePath;
use crate::http::routes::accounts::reach;
use crate::http::state::Shared;

/// The receipts of one person for a message.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = MessageReceipt)]
pub(in crate::http) struct ReceiptJson {
    person: PersonJson,
    /// When the message arrived on a device of the person. Null if this is not known.
    #[schema(required = true, value_type = Option<String>, format = DateTime)]
    delivered_at: Option<Timestamp>,
    /// When the person read the message. Null if this is not known.
    #[schema(required = true, value_type = Option<String>, format = DateTime)]
    read_at: Option<Timestamp>,
    /// When the person played the message. Null if this is not known.
    #[schema(required = true, value_type = Option<String>, format = DateTime)]
    played_at: Option<Timestamp>,
}

/// Who received, read and played a message, and when.
#[derive(Serialize, ToSchema)]
#[schema(as = MessageReceipts)]
pub(in crate::http) struct Receipts {
    data: Vec<ReceiptJson>,
}

/// List receipts
///
/// Returns who received, read and played the message, and when. In a group, `data` has one item for each member who
/// sent a receipt.
#[utoipa::path(
    get, path = "/api/v1/whatsapp/accounts/{accountId}/messages/{messageId}/receipts", tag = "messages",
    operation_id = "listReceipts",
    security(("bearer" = ["messages:read"]), ("apiKey" = ["messages:read"])),
    params(
        ("accountId" = uuid::Uuid, Path, description = "The account's id."),
        ("messageId" = uuid::Uuid, Path, description = "The message's id."),
    ),
    responses(
        (status = 200, description = "The receipts.", body = Receipts),
        Refusals<(AccountNotFound, MessageNotFound)>,
    ),
)]
pub(in crate::http) async fn handle(
    State(http): State<Shared>,
    caller: Permitted<ReadMessages>,
    MessagePath(account, id): MessagePath,
) -> Result<Json<Receipts>, ApiError> {
    let account = reach::account(&http, &caller, account).await?;
    let receipts = http.messages.receipts(account.id, id).await?.ok_or(ApiError::MessageNotFound)?;
    let shown = receipts.into_iter().map(|(person, receipt)| ReceiptJson {
        person: person.into(),
        delivered_at: receipt.delivered_at,
        read_at: receipt.read_at,
        played_at: receipt.played_at,
    });
    Ok(Json(Receipts { data: shown.collect() }))
}
