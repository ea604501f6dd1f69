//! The options of `subscribe`.

use linekeeper_model::event::{Filter, LivePattern, Selection, Seq};
use serde_json::{Map, Value};

use crate::http::answer::error::ApiError;
use crate::http::request::fields::{Fault, Fields, FromFields};
use crate::http::request::json;
use crate::http::request::value::{FromValue as _, list, parsed, some_of};
use crate::http::routes::webhooks::fields::{Accounts, ChatTypes};

/// The maximum number of patterns of one subscription.
const MOST_TYPES: usize = 50;

/// Where to begin, and which events to send.
pub(super) struct Subscribe {
    pub after: Option<Seq>,
    pub selection: Selection,
}

impl Subscribe {
    /// Parses the data of the event. No data counts as `{}`.
    pub fn read(data: Option<&Value>) -> Result<Self, ApiError> {
        let object = match data {
            None | Some(Value::Null) => Value::Object(Map::new()),
            Some(value) => value.clone(),
        };
        Fields::from(json::object(object.to_string().as_bytes())?).into()
    }
}

impl FromFields for Subscribe {
    fn read(fields: &mut Fields) -> Option<Self> {
        let after = fields.optional("after", place);
        let types = fields.optional("types", |value| {
            list(value, parsed::<LivePattern>).and_then(|types| Ok(some_of(types, MOST_TYPES, "type")?))
        });
        let accounts = fields.optional("accounts", Accounts::read);
        let chat_types = fields.optional("chatTypes", ChatTypes::read);
        let (types, accounts) = (types?.unwrap_or_default(), accounts?.map(|accounts| accounts.0));
        let chat_types = chat_types?.map_or_else(|| Filter::CHAT_TYPES.to_vec(), |kinds| kinds.0);
        Some(Self { after: after?, selection: Selection::new(&types, accounts, chat_types) })
    }
}

/// Reads the number of an event (`seq`). It may be a number or text, because `nextCursor` of `GET /events` is
/// text.
fn place(value: Value) -> Result<Seq, Fault> {
    let invalid = || Fault::new("invalid", "must be the seq of an event, or 0");
    let number = match &value {
        Value::Number(number) => number.as_u64(),
        Value::String(text) => text.parse().ok(),
        _ => return Err(Fault::wrong_type("a number")),
    };
    number.and_then(Seq::sent).ok_or_else(invalid)
}
