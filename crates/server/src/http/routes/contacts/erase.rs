//! `DELETE /api/v1/whatsapp/accounts/{accountId}/contacts/{contactId}/data`: removes all data about a person.

use axum::extract::State;
use axum::http::StatusCode;
use linekeeper_model::audit::Action;

use crate::http::answer::error::ApiError;
use crate::http::answer::error::named::*;
use crate::http::auth::{Delete, Permitted};
use crate::http::document::Refusals;
use crate::http::request::path::ContactPath;
use crate::http::routes::accounts::reach;
use crate::http::state::Shared;

/// Erase a person
///
/// Removes all data about a person, for a data-protection request: the messages of their chat, the messages that
/// they wrote in other chats, and the contact itself. Events about the person stay in the log with their `seq` and
/// `type`, but without their data. This cannot be undone.
#[utoipa::path(
    delete, path = "/api/v1/whatsapp/accounts/{accountId}/contacts/{contactId}/data", tag = "messages",
    operation_id = "eraseContact",
    security(("bearer" = ["whatsapp:delete"]), ("apiKey" = ["whatsapp:delete"])),
    params(
        ("accountId" = uuid::Uuid, Path, description = "The account's id."),
        ("contactId" = uuid::Uuid, Path, description = "The contact's id."),
    ),
    responses(
        (status = 204, description = "The person is erased."),
        Refusals<(AccountNotFound, ContactNotFound)>,
    ),
)]
pub(in crate::http) async fn handle(
    State(http): State<Shared>,
    caller: Permitted<Delete>,
    ContactPath(account, id): ContactPath,
) -> Result<StatusCode, ApiError> {
    let account = reach::account(&http, &caller, account).await?;
    let entry = caller.did(Action::ContactErased).on(account.id);
    http.messages.erase(account.id, id, entry).await?;
    Ok(StatusCode::NO_CONTENT)
}
