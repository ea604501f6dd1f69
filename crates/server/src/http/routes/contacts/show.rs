//! `GET /api/v1/whatsapp/accounts/{accountId}/contacts/{contactId}`: one person.

use axum::Json;
use axum::extract::State;

use crate::http::answer::error::ApiError;
use crate::http::answer::error::named::*;
use crate::http::auth::{Permitted, ReadMessages};
use crate::http::document::Refusals;
use crate::http::request::path::ContactPath;
use crate::http::routes::accounts::reach;
use crate::http::routes::messages::message_json::PersonJson;
use crate::http::state::Shared;

/// Show a contact
///
/// Returns one person. After two people were merged, both ids work.
#[utoipa::path(
    get, path = "/api/v1/whatsapp/accounts/{accountId}/contacts/{contactId}", tag = "messages",
    operation_id = "showContact",
    security(("bearer" = ["messages:read"]), ("apiKey" = ["messages:read"])),
    params(
        ("accountId" = uuid::Uuid, Path, description = "The account's id."),
        ("contactId" = uuid::Uuid, Path, description = "The contact's id."),
    ),
    responses(
        (status = 200, description = "The person.", body = PersonJson),
        Refusals<(AccountNotFound, ContactNotFound)>,
    ),
)]
pub(in crate::http) async fn handle(
    State(http): State<Shared>,
    caller: Permitted<ReadMessages>,
    ContactPath(account, id): ContactPath,
) -> Result<Json<PersonJson>, ApiError> {
    let account = reach::account(&http, &caller, account).await?;
    let person = http.messages.contact(account.id, id).await?.ok_or(ApiError::ContactNotFound)?;
    Ok(Json(person.into()))
}
