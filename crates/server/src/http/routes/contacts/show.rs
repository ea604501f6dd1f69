//! `GET /api/v1/whatsapp/accounts/{accountId}/contacts/{contactId}`: one person.

use axum::Json;
use axum::extract::State;

use crate::http::answer::error::ApiError;
use crate::http::auth::{Permitted, ReadMessages};
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
        (status = 404, description = "`account_not_found`: there is no such account, or you have no access to it. \
                                      `contact_not_found`: the account has no such contact."),
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
