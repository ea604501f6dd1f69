//! `POST /api/v1/whatsapp/accounts/{accountId}/messages/batch`: accepts many messages, or none.

use axum::extract::State;
use axum::http::StatusCode;
use axum::{Extension, Json};
use linekeeper_model::message::Priority;
use serde::Serialize;
use serde_json::{Value, json};
use utoipa::openapi::RefOr;
use utoipa::openapi::schema::Schema;
use utoipa::{PartialSchema, ToSchema};

use super::body::{SendMessage, part, refusal};
use super::message_json::MessageJson;
use crate::http::answer::error::{ApiError, FieldError};
use crate::http::auth::{Permitted, SendMessages};
use crate::http::request::body::Json as Body;
use crate::http::request::declare::{MOST_BYTES, carried};
use crate::http::request::fault::Faults;
use crate::http::request::fields::{Fault, Fields, FromFields};
use crate::http::request::idempotency::KeyInHand;
use crate::http::request::path::AccountPath;
use crate::http::request::value::list;
use crate::http::routes::accounts::reach;
use crate::http::state::Shared;
use crate::messages::Accept;

/// Most messages in one request.
const MOST: usize = 500;
/// Maximum bytes of a request.
const MOST_BYTES_OF_ALL: usize = 8 * 1024 * 1024;

/// Messages to send.
pub(in crate::http) struct Batch {
    messages: Vec<SendMessage>,
}

impl PartialSchema for Batch {
    fn schema() -> RefOr<Schema> {
        carried(json!({
            "type": "object",
            "description": "Messages to send.",
            "required": ["messages"],
            "additionalProperties": false,
            MOST_BYTES: MOST_BYTES_OF_ALL,
            "properties": {
                "messages": {
                    "type": "array", "minItems": 1, "maxItems": MOST,
                    "description": "1 to 500 messages. Their priority is `bulk` unless they say otherwise.",
                    "items": { "$ref": "#/components/schemas/SendMessage" },
                },
            },
        }))
    }
}

impl ToSchema for Batch {
    fn name() -> std::borrow::Cow<'static, str> {
        "SendMessages".into()
    }
}

impl FromFields for Batch {
    const LIMIT: usize = MOST_BYTES_OF_ALL;

    fn read(fields: &mut Fields) -> Option<Self> {
        let messages = fields.required("messages", |value| match &value {
            Value::Array(members) if !(1..=MOST).contains(&members.len()) => {
                Err(Faults::from(Fault::new("out_of_range", "must have 1 to 500 messages")))
            }
            _ => list(value, part::<SendMessage>),
        });
        Some(Self { messages: messages? })
    }
}

/// The messages in the order of the request.
#[derive(Serialize, ToSchema)]
#[schema(as = AcceptedMessages)]
pub(in crate::http) struct Accepted {
    data: Vec<MessageJson>,
}

/// Send messages
///
/// Accepts up to 500 messages: all of them or none. Messages of priority `interactive` are sent before them.
#[utoipa::path(
    post, path = "/api/v1/whatsapp/accounts/{accountId}/messages/batch", tag = "messages",
    operation_id = "sendMessages",
    security(("bearer" = ["messages:send"]), ("apiKey" = ["messages:send"])),
    params(("accountId" = uuid::Uuid, Path, description = "The account.")),
    request_body = Batch,
    responses(
        (status = 202, description = "The messages, which wait to be sent.", body = Accepted),
        (status = 404, description = "`account_not_found`."),
        (status = 409, description = "`not_linked`."),
        (status = 429, description = "`daily_limit_reached`, `queue_full`: nothing was stored."),
    ),
)]
pub(in crate::http) async fn handle(
    State(http): State<Shared>,
    caller: Permitted<SendMessages>,
    AccountPath(id): AccountPath,
    key: Option<Extension<KeyInHand>>,
    Body(body): Body<Batch>,
) -> Result<(StatusCode, Json<Accepted>), ApiError> {
    let account = reach::account(&http, &caller, id).await?;
    let now = http.clock.now();
    let place = |index: usize| format!("messages[{index}].");
    let mut messages = Vec::with_capacity(body.messages.len());
    let mut wrong: Vec<FieldError> = Vec::new();
    for (index, message) in body.messages.into_iter().enumerate() {
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
