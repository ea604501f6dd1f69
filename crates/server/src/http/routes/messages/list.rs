//! `GET /api/v1/whatsapp/accounts/{accountId}/messages`: lists the messages of an account, newest first.

use axum::Json;
use axum::extract::State;
use jiff::Timestamp;
use linekeeper_model::id::ChatId;
use linekeeper_model::message::{Direction, MessageStatus, MessageType, ReceivedVia};
use utoipa::IntoParams;

use super::message_json::MessageJson;
use crate::http::answer::error::ApiError;
use crate::http::answer::error::named::*;
use crate::http::auth::{Permitted, ReadMessages};
use crate::http::document::Refusals;
use crate::http::request::fields::{Fields, FromFields, parsed};
use crate::http::request::paging::{Page, listed};
use crate::http::request::path::AccountPath;
use crate::http::request::query::Query;
use crate::http::request::value::{Chars, FromValue as _, word};
use crate::http::routes::accounts::reach;
use crate::http::state::Shared;
use crate::messages::MessageQuery;

listed! {
    /// A page of messages, with the cursor of the next page.
    Messages as MessagePage of MessageJson
}

/// Which messages to return.
#[derive(IntoParams)]
#[into_params(parameter_in = Query)]
pub(in crate::http) struct Wanted {
    /// Only messages of this chat.
    #[param(required = false, value_type = uuid::Uuid)]
    chat: Option<ChatId>,
    /// Only messages in this direction: `inbound` or `outbound`.
    #[param(required = false, value_type = String, pattern = "^(inbound|outbound)$")]
    direction: Option<Direction>,
    /// Only messages with this status.
    #[param(required = false, value_type = String, example = "failed")]
    status: Option<MessageStatus>,
    /// Only messages of this type. Reactions, edits and revokes that the account sent are only in the list if you
    /// ask for their type.
    #[param(required = false, rename = "type", value_type = String, example = "text")]
    kind: Option<MessageType>,
    /// Only messages that were sent with this `clientReference`.
    #[param(required = false, rename = "clientReference", value_type = String, max_length = 100)]
    client_reference: Option<String>,
    /// Only messages with this id at WhatsApp.
    #[param(required = false, rename = "waMessageId", value_type = String, max_length = 128)]
    wa_message_id: Option<String>,
    /// Only messages that arrived in this way: `live` (while the account was connected), `offline` (WhatsApp stored
    /// the message while the account was offline), `history` (from the chat history of the phone), or `recovered` (the
    /// message could not be decrypted at first, and was sent again).
    #[param(required = false, rename = "receivedVia", value_type = String, example = "live")]
    received_via: Option<ReceivedVia>,
    /// Only messages from this time on.
    #[param(required = false, value_type = String, format = DateTime)]
    from: Option<Timestamp>,
    /// Only messages before this time.
    #[param(required = false, value_type = String, format = DateTime)]
    to: Option<Timestamp>,
    #[param(ignore)]
    page: Page,
}

impl FromFields for Wanted {
    fn read(fields: &mut Fields) -> Option<Self> {
        let chat = fields.optional("chat", parsed);
        let direction = fields.optional("direction", |value| word(value, "must be inbound or outbound"));
        let status = fields.optional("status", |value| word(value, "must be a status of a message"));
        let kind = fields.optional("type", |value| word(value, "must be a type of a message"));
        let client_reference = fields.optional("clientReference", Chars::<0, 100>::read);
        let wa_message_id = fields.optional("waMessageId", Chars::<0, 128>::read);
        let received_via = fields
            .optional("receivedVia", |value| word(value, "must be live, offline, history or recovered"));
        let from = fields.optional("from", Timestamp::read);
        let to = fields.optional("to", Timestamp::read);
        let page = Page::read(fields);
        Some(Self {
            chat: chat?,
            direction: direction?,
            status: status?,
            kind: kind?,
            client_reference: client_reference?.map(|Chars(reference)| reference),
            wa_message_id: wa_message_id?.map(|Chars(id)| id),
            received_via: received_via?,
            from: from?,
            to: to?,
            page: page?,
        })
    }
}

/// List messages
///
/// Returns the messages of an account, newest first. Each filter that you give narrows the result.
#[utoipa::path(
    get, path = "/api/v1/whatsapp/accounts/{accountId}/messages", tag = "messages", operation_id = "listMessages",
    security(("bearer" = ["messages:read"]), ("apiKey" = ["messages:read"])),
    params(("accountId" = uuid::Uuid, Path, description = "The account's id."), Wanted, Page),
    responses(
        (status = 200, description = "A page of messages.", body = Messages),
        Refusals<AccountNotFound>,
    ),
)]
pub(in crate::http) async fn handle(
    State(http): State<Shared>,
    caller: Permitted<ReadMessages>,
    AccountPath(id): AccountPath,
    Query(wanted): Query<Wanted>,
) -> Result<Json<Messages>, ApiError> {
    let account = reach::account(&http, &caller, id).await?;
    let before = match wanted.page.after() {
        Some(last) => {
            let last = http.messages.show(&account, last).await?;
            // If the last message of the previous page has been removed in the meantime, its position is not
            // known.
            let gone = || ApiError::field("cursor", "invalid", "must be the nextCursor of an earlier page");
            Some(last.map(|last| (last.timestamp, last.id)).ok_or_else(gone)?)
        }
        None => None,
    };
    let query = MessageQuery {
        chat: wanted.chat,
        direction: wanted.direction,
        status: wanted.status,
        kind: wanted.kind,
        client_reference: wanted.client_reference.as_deref(),
        wa_message_id: wanted.wa_message_id.as_deref(),
        received_via: wanted.received_via,
        from: wanted.from,
        until: wanted.to,
        before,
        limit: wanted.page.rows(),
    };
    let found = http.messages.list(&account, &query).await?;
    Ok(wanted.page.cut(found, |message| message.id.as_uuid()).into())
}
