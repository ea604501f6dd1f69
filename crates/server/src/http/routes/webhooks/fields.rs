//! The values of an endpoint in request bodies.

use linekeeper_model::event::{EventType, Seq, TypePattern};
use linekeeper_model::id::AccountId;
use linekeeper_model::message::ChatType;
use linekeeper_model::name;
use linekeeper_model::webhook::{EndpointUrl, Header, InvalidEndpointUrl, MOST_HEADERS};
use serde_json::{Value, json};

use crate::http::request::fault::{Fault, Faults};
use crate::http::request::value::{FromValue, list, parsed, some_of, text, texts_by_name, word};

/// The maximum number of type patterns of one endpoint.
const MOST_TYPES: usize = 50;
/// The maximum number of accounts that one endpoint lists.
const MOST_ACCOUNTS: usize = 200;
/// The maximum number of characters of a description.
const LONGEST_DESCRIPTION: usize = 200;

/// The types of events that the endpoint gets.
pub(in crate::http) struct Types(pub Vec<TypePattern>);

/// The accounts whose events the endpoint gets.
pub(in crate::http) struct Accounts(pub Vec<AccountId>);

/// The kinds of chats whose events the endpoint gets.
pub(in crate::http) struct ChatTypes(pub Vec<ChatType>);

/// The headers that the caller chose for requests to the endpoint.
pub(in crate::http) struct Headers(pub Vec<Header>);

/// A description of the endpoint, for people.
pub(in crate::http) struct Description(pub String);

impl FromValue for EndpointUrl {
    fn read(value: Value) -> Result<Self, Faults> {
        let read = text(value)?.parse::<Self>();
        Ok(read.map_err(|invalid| match invalid {
            InvalidEndpointUrl::TooLong => Fault::new("too_long", invalid),
            _ => Fault::new("invalid", invalid),
        })?)
    }

    fn schema() -> Value {
        json!({ "type": "string", "format": "uri", "maxLength": 2000 })
    }
}

impl FromValue for Types {
    fn read(value: Value) -> Result<Self, Faults> {
        Ok(Self(some_of(list(value, parsed)?, MOST_TYPES, "type")?))
    }

    fn schema() -> Value {
        let pattern = r"^(\*|[a-z]+\.(\*|[a-z_]+))$";
        let item = json!({ "type": "string", "pattern": pattern });
        json!({ "type": "array", "items": item, "minItems": 1, "maxItems": MOST_TYPES })
    }
}

impl FromValue for Accounts {
    fn read(value: Value) -> Result<Self, Faults> {
        let mut accounts: Vec<AccountId> = some_of(list(value, parsed)?, MOST_ACCOUNTS, "account")?;
        accounts.sort();
        accounts.dedup();
        Ok(Self(accounts))
    }

    fn schema() -> Value {
        let item = json!({ "type": "string", "format": "uuid" });
        json!({ "type": "array", "items": item, "minItems": 1, "maxItems": MOST_ACCOUNTS })
    }
}

impl FromValue for ChatTypes {
    fn read(value: Value) -> Result<Self, Faults> {
        let kind = |value| word(value, "must be direct, group, status, newsletter or broadcast");
        let mut kinds: Vec<ChatType> = some_of(list(value, kind)?, 5, "kind of chat")?;
        let mut seen = Vec::new();
        kinds.retain(|kind| {
            !seen.contains(kind) && {
                seen.push(*kind);
                true
            }
        });
        Ok(Self(kinds))
    }

    fn schema() -> Value {
        let kinds = json!(["direct", "group", "status", "newsletter", "broadcast"]);
        json!({ "type": "array", "items": { "type": "string", "enum": kinds }, "minItems": 1, "maxItems": 5 })
    }
}

impl FromValue for Headers {
    fn read(value: Value) -> Result<Self, Faults> {
        let texts = texts_by_name(value)?;
        if texts.len() > MOST_HEADERS {
            return Err(Fault::new("too_long", format!("must have at most {MOST_HEADERS} headers")).into());
        }
        let (mut headers, mut faults): (Vec<Header>, _) = (Vec::new(), Faults::default());
        for (index, (name, value)) in texts.into_iter().enumerate() {
            match Header::new(&name, value) {
                Ok(header) if headers.iter().any(|known| known.name == header.name) => {
                    faults.add(&format!("[{index}]"), Fault::new("invalid", "must name each header once"));
                }
                Ok(header) => headers.push(header),
                // The error gives the index of the header and not the name, because the name may contain a line
                // break.
                Err(invalid) => faults.add(&format!("[{index}]"), Fault::new("invalid", invalid)),
            }
        }
        if faults.is_empty() { Ok(Self(headers)) } else { Err(faults) }
    }

    fn schema() -> Value {
        json!({
            "type": "object",
            "maxProperties": MOST_HEADERS,
            "propertyNames": { "type": "string", "pattern": "^[A-Za-z0-9_-]{1,100}$" },
            "additionalProperties": { "type": "string", "pattern": "^[!-~]([ -~]*[!-~])?$", "maxLength": 2000 },
        })
    }
}

impl FromValue for Description {
    fn read(value: Value) -> Result<Self, Faults> {
        Ok(Self(name::check(&text(value)?, LONGEST_DESCRIPTION).map_err(Fault::from)?))
    }

    fn schema() -> Value {
        json!({ "type": "string", "minLength": 1, "maxLength": LONGEST_DESCRIPTION })
    }
}

/// The number of an event in the event log.
impl FromValue for Seq {
    fn read(value: Value) -> Result<Self, Faults> {
        match &value {
            Value::Number(number) => {
                let rule = "must be a whole number, the `seq` of an event or 0";
                let place = number.as_u64().and_then(Seq::sent);
                Ok(place.ok_or_else(|| Fault::new("out_of_range", rule))?)
            }
            _ => Err(Fault::wrong_type("a number").into()),
        }
    }

    fn schema() -> Value {
        json!({ "type": "integer", "format": "int64", "minimum": 0, "maximum": i64::MAX })
    }
}

/// One exact type of event. Patterns such as `message.*` are not allowed.
pub(in crate::http) struct OneType(pub EventType);

impl FromValue for OneType {
    fn read(value: Value) -> Result<Self, Faults> {
        Ok(Self(parsed(value)?))
    }

    fn schema() -> Value {
        json!({ "type": "string", "enum": EventType::ALL.iter().map(|known| known.code()).collect::<Vec<_>>() })
    }
}
