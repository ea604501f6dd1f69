//! `POST /api/v1/whatsapp/accounts/{accountId}/contacts/check`: asks which numbers have a WhatsApp account.

use axum::Json;
use axum::extract::State;
use linekeeper_model::message::Recipient;
use linekeeper_model::phone::PhoneNumber;
use serde::Serialize;
use serde_json::{Value, json};
use utoipa::ToSchema;

use crate::http::answer::error::ApiError;
use crate::http::answer::error::named::*;
use crate::http::auth::{Permitted, SendMessages};
use crate::http::document::Refusals;
use crate::http::request::body::Json as Body;
use crate::http::request::declare::body;
use crate::http::request::fault::Faults;
use crate::http::request::fields::{Fault, text};
use crate::http::request::path::AccountPath;
use crate::http::request::value::{FromValue, List};
use crate::http::routes::accounts::reach;
use crate::http::routes::messages::message_json::PersonJson;
use crate::http::state::Shared;

/// The maximum number of phone numbers in one request.
const MOST: usize = 50;

body! {
    /// The phone numbers to check.
    pub(in crate::http) struct Check as "CheckNumbers" {
        /// Up to 50 phone numbers, each with its country code.
        #[example(["+15551234567"])]
        numbers: List<Asked, 1, MOST>,
    }
}

/// A phone number, and the text that the caller sent for it.
struct Asked {
    input: String,
    phone: PhoneNumber,
}

impl FromValue for Asked {
    fn read(value: Value) -> Result<Self, Faults> {
        let input = text(value)?;
        match input.parse() {
            Ok(Recipient::Phone(phone)) => Ok(Self { input, phone }),
            _ => {
                let rule = "must be a phone number with its country code, such as +15551234567";
                Err(Fault::new("invalid", rule).into())
            }
        }
    }

    fn schema() -> Value {
        json!({ "type": "string" })
    }
}

/// What WhatsApp knows about a number.
#[derive(Serialize, ToSchema)]
#[schema(as = CheckedNumber)]
pub(in crate::http) struct Checked {
    /// The phone number as you sent it.
    #[schema(example = "+15551234567")]
    input: String,
    /// Whether the number has a WhatsApp account.
    exists: bool,
    /// The person with this number. Null if the number has no WhatsApp account.
    #[schema(required = true)]
    person: Option<PersonJson>,
}

/// The checked numbers, in the order of the request.
#[derive(Serialize, ToSchema)]
#[schema(as = CheckedNumbers)]
pub(in crate::http) struct CheckedNumbers {
    data: Vec<Checked>,
}

/// Check numbers
///
/// Asks WhatsApp which phone numbers are registered at WhatsApp. Your account must be connected. Check only numbers
/// that you want to write to: WhatsApp restricts accounts that look up many numbers.
#[utoipa::path(
    post, path = "/api/v1/whatsapp/accounts/{accountId}/contacts/check", tag = "messages",
    operation_id = "checkContacts",
    security(("bearer" = ["messages:send"]), ("apiKey" = ["messages:send"])),
    params(("accountId" = uuid::Uuid, Path, description = "The account's id.")),
    request_body = Check,
    responses(
        (status = 200, description = "What WhatsApp knows about each number, in the order of the request.", body = CheckedNumbers),
        Refusals<(AccountNotFound, NotConnected)>,
    ),
)]
pub(in crate::http) async fn handle(
    State(http): State<Shared>,
    caller: Permitted<SendMessages>,
    AccountPath(id): AccountPath,
    Body(Check { numbers: List(numbers) }): Body<Check>,
) -> Result<Json<CheckedNumbers>, ApiError> {
    let account = reach::account(&http, &caller, id).await?;
    let phones = numbers.iter().map(|asked| asked.phone).collect();
    let people = http.messages.check(account.id, phones).await?;
    let data = numbers.into_iter().zip(people).map(|(asked, person)| Checked {
        input: asked.input,
        exists: person.is_some(),
        person: person.map(Into::into),
    });
    Ok(Json(CheckedNumbers { data: data.collect() }))
}
