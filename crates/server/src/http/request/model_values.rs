//! The model's types in request bodies: how each is read, and its limits in the OpenAPI document.

use jiff::Timestamp;
use linekeeper_model::access::{Permission, Role};
use linekeeper_model::account::{DeviceIcon, DeviceName, DisplayName, InvalidTags, Metadata, Tags};
use linekeeper_model::id::{AccountId, MediaId, MessageId};
use linekeeper_model::limits::DailyLimit;
use linekeeper_model::message::{Priority, Recipient};
use linekeeper_model::network::Network;
use linekeeper_model::phone::PhoneNumber;
use linekeeper_model::proxy::ProxyUrl;
use linekeeper_model::user::Email;
use serde_json::{Value, json};

use super::fault::{Fault, Faults};
use super::value::{FromValue, list, name, parsed, text, texts_by_name, whole_number, word};
use crate::credentials::api_key::{KeyName, LONGEST_NAME};
use crate::http::document::schema;

/// Text without control characters.
const PLAIN: &str = r"^[^\u0000-\u001f\u007f-\u009f]*$";

/// The pattern of a valid name. It is the same rule as in `linekeeper_model::name`.
pub(in crate::http) const NAME: &str = r"^[^\u0000-\u001f\u007f-\u009f\u2028-\u202e\u2066-\u2069]*[^\s\u0000-\u001f\u007f-\u009f\u00ad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180b-\u180f\u200b-\u200f\u2028-\u202e\u2060-\u206f\u2800\u3164\ufe00-\ufe0f\ufeff\uffa0\ufff0-\ufff8][^\u0000-\u001f\u007f-\u009f\u2028-\u202e\u2066-\u2069]*$";

/// Types that are read from text by `FromStr`, each with its schema. `by` is the reading function: `parsed`, or
/// `name` for names.
macro_rules! texts {
    (by $read:ident: $($type:ty: $schema:tt;)+) => {$(
        impl FromValue for $type {
            fn read(value: Value) -> Result<Self, Faults> {
                Ok($read(value)?)
            }

            fn schema() -> Value {
                json!($schema)
            }
        }
    )+};
}

texts! {
    by name:
    DisplayName: { "type": "string", "minLength": 1, "maxLength": (DisplayName::MAX), "pattern": NAME };
    DeviceName: { "type": "string", "minLength": 1, "maxLength": (DeviceName::MAX), "pattern": NAME };
    KeyName: { "type": "string", "minLength": 1, "maxLength": LONGEST_NAME, "pattern": NAME };
}

texts! {
    by parsed:
    AccountId: { "type": "string", "format": "uuid" };
    MediaId: { "type": "string", "format": "uuid" };
    MessageId: { "type": "string", "format": "uuid" };
    Recipient: { "type": "string", "format": "whatsapp-recipient" };
    PhoneNumber: { "type": "string", "pattern": r"^\+[1-9][0-9]{6,14}$" };
    ProxyUrl: { "type": "string", "format": "uri" };
    Email: { "type": "string", "format": "email", "maxLength": 254 };
    Network: { "type": "string" };
}

impl FromValue for Role {
    fn read(value: Value) -> Result<Self, Faults> {
        Ok(word(value, "must be owner, admin, agent or viewer")?)
    }

    fn schema() -> Value {
        json!(schema::role())
    }
}

impl FromValue for Priority {
    fn read(value: Value) -> Result<Self, Faults> {
        Ok(word(value, "must be interactive or bulk")?)
    }

    fn schema() -> Value {
        json!({ "type": "string", "enum": ["interactive", "bulk"] })
    }
}

impl FromValue for DeviceIcon {
    fn read(value: Value) -> Result<Self, Faults> {
        Ok(word(value, "must be chrome, firefox, safari, edge or desktop")?)
    }

    fn schema() -> Value {
        json!(schema::device_icon())
    }
}

impl FromValue for Permission {
    fn read(value: Value) -> Result<Self, Faults> {
        Ok(word(value, "is not a permission")?)
    }

    fn schema() -> Value {
        json!(schema::permission())
    }
}

impl FromValue for DailyLimit {
    fn read(value: Value) -> Result<Self, Faults> {
        Ok(Self::new(whole_number(value)?).map_err(|error| Fault::new("out_of_range", error))?)
    }

    fn schema() -> Value {
        json!({ "type": "integer", "format": "int32", "minimum": 1, "maximum": Self::MAX })
    }
}

impl FromValue for Tags {
    fn read(value: Value) -> Result<Self, Faults> {
        Self::new(list(value, text)?).map_err(|invalid| match invalid {
            InvalidTags::TooMany => Fault::new("too_long", invalid).into(),
            InvalidTags::Tag { index, cause } => {
                Faults::default().with(&format!("[{index}]"), Fault::from(cause))
            }
        })
    }

    fn schema() -> Value {
        let tag = json!({ "type": "string", "maxLength": 40, "pattern": NAME });
        json!({ "type": "array", "items": tag, "maxItems": 20 })
    }
}

impl FromValue for Metadata {
    fn read(value: Value) -> Result<Self, Faults> {
        Ok(Self::new(texts_by_name(value)?).map_err(|error| Fault::new("invalid", error))?)
    }

    fn schema() -> Value {
        json!({
            "type": "object",
            "maxProperties": 30,
            "propertyNames": { "type": "string", "pattern": "^[A-Za-z0-9._-]{1,40}$" },
            "additionalProperties": { "type": "string", "maxLength": 500, "pattern": PLAIN },
        })
    }
}

impl FromValue for Timestamp {
    fn read(value: Value) -> Result<Self, Faults> {
        let rule = "must be a time such as 2027-01-01T00:00:00Z";
        Ok(text(value)?.parse().map_err(|_| Fault::new("invalid", rule))?)
    }

    fn schema() -> Value {
        json!({ "type": "string", "format": "date-time" })
    }
}
