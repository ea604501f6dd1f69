//! `GET /api/v1/whatsapp/accounts/{accountId}/messages`: the messages of an account, the newest first.

use axum::Json;
use axum::extract::State;
use jiff::Timestamp;
use linekeeper_model::id::ChatId;
use linekeeper_model::message::{Direction, MessageStatus, MessageType, ReceivedVia};
use serde::de::DeserializeOwned;
use serde_json::Value;
use utoipa::IntoParams;

use super::message_json::MessageJson;
use crate::http::answer::error::ApiError;
use crate::http::auth::{Permitted, ReadMessages};
use crate::http::request::cursor::Cursor;
use crate::http::request::fields::{Fault, Fields, FromFields, parsed, text};
use crate::http::request::paging::{Listed, listed};
use crate::http::request::path::AccountPath;
use crate::http::request::query::Query;
use crate::http::routes::accounts::reach;
use crate::http::state::Shared;
use crate::messages::MessageQuery;

/// Messages on a page unless the caller says otherwise.
const DEFAULT_LIMIT: u32 = 50;
/// Most messages on a page.
const MOST: u32 = 200;

listed! {
    /// A page of messages.
    Messages as MessagePage of MessageJson
}

/// Which messages.
#[derive(IntoParams)]
#[into_params(parameter_in = Query)]
pub(in crate::http) struct Wanted {
    /// Only messages of this chat.
    #[param(required = false, value_type = uuid::Uuid)]
    chat: Option<ChatId>,
    /// `inbound` or `outbound`.
    #[param(required = false, value_type = String, pattern = "^(inbound|outbound)$")]
    direction: Option<Direction>,
    /// Only messages of this status.
    #[param(required = false, value_type = String, example = "failed")]
    status: Option<MessageStatus>,
    /// Only messages of this type. Reactions, edits and revokes that were sent are listed only if you ask for them.
    #[param(required = false, rename = "type", value_type = String, example = "text")]
    kind: Option<MessageType>,
    /// Only messages that you gave this reference.
    #[param(required = false, rename = "clientReference", value_type = String, max_length = 100)]
    client_reference: Option<String>,
    /// Only messages with this id at WhatsApp.
    #[param(required = false, rename = "waMessageId", value_type = String, max_length = 128)]
    wa_message_id: Option<String>,
    /// Only messages that arrived like this.
    #[param(required = false, rename = "receivedVia", value_type = String, example = "live")]
    received_via: Option<ReceivedVia>,
    /// Only messages of this time or later.
    #[param(required = false, value_type = String, format = DateTime)]
    from: Option<Timestamp>,
    /// Only messages before this time.
    #[param(required = false, value_type = String, format = DateTime)]
    to: Option<Timestamp>,
    /// Messages on a page.
    #[param(required = false, minimum = 1, maximum = 200, example = 50)]
    limit: u32,
    /// `nextCursor` of the previous page.
    #[param(required = false, value_type = String, pattern = "^[A-Za-z0-9_-]{21}[AQgw]$")]
    cursor: Option<Cursor>,
}

impl FromFields for Wanted {
    fn read(fields: &mut Fields) -> Option<Self> {
        let chat = fields.optional("chat", parsed);
        let direction = fields.optional("direction", |value| named(value, "inbound or outbound"));
        let status = fields.optional("status", |value| named(value, "a status of a message"));
        let kind = fields.optional("type", |value| named(value, "a type of a message"));
        let client_reference = fields.optional("clientReference", |value| bounded(value, 100));
        let wa_message_id = fields.optional("waMessageId", |value| bounded(value, 128));
        let received_via =
            fields.optional("receivedVia", |value| named(value, "live, offline, history or recovered"));
        let from = fields.optional("from", time);
        let to = fields.optional("to", time);
        let limit = fields.optional("limit", |value| match text(value)?.parse() {
            Ok(limit) if (1..=MOST).contains(&limit) => Ok(limit),
            _ => Err(Fault::new("out_of_range", "must be a whole number from 1 to 200")),
        });
        let cursor = fields.optional("cursor", parsed);
        Some(Self {
            chat: chat?,
            direction: direction?,
            status: status?,
            kind: kind?,
            client_reference: client_reference?,
            wa_message_id: wa_message_id?,
            received_via: received_via?,
            from: from?,
            to: to?,
            limit: limit?.unwrap_or(DEFAULT_LIMIT),
            cursor: cursor?,
        })
    }
}

fn named<T: DeserializeOwned>(value: Value, choices: &str) -> Result<T, Fault> {
    serde_json::from_value(value).map_err(|_| Fault::new("invalid", format!("must be {choices}")))
}

fn bounded(value: Value, most: usize) -> Result<String, Fault> {
    let text = text(value)?;
    if text.chars().count() > most {
        return Err(Fault::new("too_long", format!("must have at most {most} characters")));
    }
    Ok(text)
}

fn time(value: Value) -> Result<Timestamp, Fault> {
    let rule = "must be a time such as 2027-01-01T00:00:00Z";
    text(value)?.parse().map_err(|_| Fault::new("invalid", rule))
}

/// List messages
///
/// Returns the messages of an account, newest first. Each filter that you give narrows the result.
#[utoipa::path(
    get, path = "/api/v1/whatsapp/accounts/{accountId}/messages", tag = "messages", operation_id = "listMessages",
    security(("bearer" = ["messages:read"]), ("apiKey" = ["messages:read"])),
    params(("accountId" = uuid::Uuid, Path, description = "The account."), Wanted),
    responses(
        (status = 200, description = "A page of messages.", body = Messages),
        (status = 404, description = "`account_not_found`."),
    ),
)]
pub(in crate::http) async fn handle(
    State(http): State<Shared>,
    caller: Permitted<ReadMessages>,
    AccountPath(id): AccountPath,
    Query(wanted): Query<Wanted>,
) -> Result<Json<Messages>, ApiError> {
    let account = reach::account(&http, &caller, id).await?;
    let before = match wanted.cursor {
        Some(cursor) => {
            let last = http.messages.show(&account, cursor.0.into()).await?;
            // What was removed meanwhile was not on the page before.
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
        limit: wanted.limit + 1,
    };
    let mut found = http.messages.list(&account, &query).await?;
    let more = found.len() > wanted.limit as usize;
    found.truncate(wanted.limit as usize);
    let next_cursor = found.last().filter(|_| more).map(|last| Cursor(last.id.as_uuid()).text());
    let data = found.into_iter().map(MessageJson::from).collect();
    Ok(Listed { data, next_cursor }.into())
}
