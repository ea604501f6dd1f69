//! `GET /api/v1/whatsapp/accounts/{accountId}/contacts`: lists the people that an account knows.

use axum::Json;
use axum::extract::State;

use crate::http::answer::error::ApiError;
use crate::http::answer::error::named::*;
use crate::http::auth::{Permitted, ReadMessages};
use crate::http::document::Refusals;
use crate::http::request::paging::{Page, listed};
use crate::http::request::path::AccountPath;
use crate::http::request::query::Query;
use crate::http::routes::accounts::reach;
use crate::http::routes::messages::message_json::PersonJson;
use crate::http::state::Shared;

listed! {
    /// A page of people, with the cursor of the next page.
    Contacts as ContactPage of PersonJson
}

/// List contacts
///
/// Returns the people that the account has exchanged messages with, directly or in groups, in the order in which
/// the account first saw them.
#[utoipa::path(
    get, path = "/api/v1/whatsapp/accounts/{accountId}/contacts", tag = "messages", operation_id = "listContacts",
    security(("bearer" = ["messages:read"]), ("apiKey" = ["messages:read"])),
    params(("accountId" = uuid::Uuid, Path, description = "The account's id."), Page),
    responses(
        (status = 200, description = "A page of people.", body = Contacts),
        Refusals<AccountNotFound>,
    ),
)]
pub(in crate::http) async fn handle(
    State(http): State<Shared>,
    caller: Permitted<ReadMessages>,
    AccountPath(id): AccountPath,
    Query(page): Query<Page>,
) -> Result<Json<Contacts>, ApiError> {
    let account = reach::account(&http, &caller, id).await?;
    let found = http.messages.contacts(account.id, page.after(), page.rows()).await?;
    Ok(page.cut(found, |person| person.id.as_uuid()).into())
}
