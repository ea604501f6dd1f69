//! Messages and people in the JSON of the API. The JSON comes from the model types, so it is the same in answers and in
//! events.

use linekeeper_model::message::{Message, MessageStatus, MessageType, Person};
use serde::Serialize;
use serde_json::{Value, json};
use utoipa::openapi::RefOr;
use utoipa::openapi::schema::Schema;
use utoipa::{PartialSchema, ToSchema};

macro_rules! shown {
    ($($(#[$doc:meta])* $name:ident($model:ty) as $shown:literal = $schema:expr;)+) => {$(
        $(#[$doc])*
        #[derive(Serialize)]
        #[serde(transparent)]
        pub(in crate::http) struct $name(pub $model);

        impl PartialSchema for $name {
            fn schema() -> RefOr<Schema> {
                serde_json::from_value($schema).expect("it is a schema")
            }
        }

        impl ToSchema for $name {
            fn name() -> std::borrow::Cow<'static, str> {
                $shown.into()
            }
        }

        impl From<$model> for $name {
            fn from(model: $model) -> Self {
                Self(model)
            }
        }
    )+};
}

shown! {
    /// A message.
    MessageJson(Message) as "Message" = message_schema();
    /// A person.
    PersonJson(Person) as "Person" = person_schema();
}

fn uuid(about: &str) -> Value {
    json!({ "type": "string", "format": "uuid", "description": about })
}

fn text(about: &str) -> Value {
    json!({ "type": "string", "description": about })
}

fn codes<T: Serialize>(all: &[T]) -> Value {
    json!({ "type": "string", "enum": all })
}

fn object(properties: &Value, about: &str) -> Value {
    let required: Vec<&String> = properties.as_object().map(|all| all.keys().collect()).unwrap_or_default();
    json!({ "type": "object", "description": about, "required": required, "properties": properties })
}

fn nullable(schema: &Value) -> Value {
    json!({ "oneOf": [{ "type": "null" }, schema] })
}

fn person_schema() -> Value {
    let properties = json!({
        "id": uuid("The contact's id."),
        "phone": nullable(&text("The phone number in E.164.")),
        "lid": nullable(&text("WhatsApp's hidden id for the person.")),
        "username": nullable(&text("The username by which other people can find the person.")),
        "pushName": nullable(&text("The name that the person chose on WhatsApp.")),
        "name": nullable(&text("The name that the owner of the account gave the person.")),
    });
    object(&properties, "A person as this account knows them. All fields except the id may be null.")
}

fn chat_schema() -> Value {
    let properties = json!({
        "id": uuid("The chat's id. It never changes."),
        "type": { "type": "string", "enum": ["direct", "group", "status", "newsletter", "broadcast"] },
        "address": text("The chat's address at WhatsApp. It may change when WhatsApp reports another address for the same chat."),
        "name": nullable(&text("The name of the chat.")),
        "person": nullable(&person_schema()),
    });
    object(&properties, "The chat of the message. `person` is the other person in a direct chat.")
}

fn message_schema() -> Value {
    let time = json!({ "type": "string", "format": "date-time" });
    let any = json!({ "type": "object" });
    let properties = json!({
        "id": uuid("The message's id."),
        "accountId": uuid("The account that received or sent the message."),
        "waMessageId": nullable(&text("The message's id at WhatsApp. It is unique only within one chat and one sender.")),
        "clientReference": nullable(&text("The `clientReference` of the request that sent the message.")),
        "chat": chat_schema(),
        "direction": { "type": "string", "enum": ["inbound", "outbound"] },
        "origin": { "type": "string", "enum": ["contact", "api", "phone"] },
        "createdBy": nullable(&any),
        "sender": person_schema(),
        "type": codes(MessageType::ALL),
        "replyTo": nullable(&any),
        "mentions": { "type": "array", "items": person_schema() },
        "forwarded": { "type": "boolean" },
        "forwardingScore": { "type": "integer", "minimum": 0 },
        "viewOnce": { "type": "boolean" },
        "ephemeralSeconds": nullable(&json!({ "type": "integer", "minimum": 0 })),
        "referral": nullable(&any),
        "editedAt": nullable(&time),
        "revokedAt": nullable(&time),
        "reactions": { "type": "array", "items": any },
        "status": codes(&MessageStatus::ALL),
        "statusAt": time,
        "failure": nullable(&any),
        "waiting": nullable(&any),
        "sendAt": nullable(&time),
        "expiresAt": nullable(&time),
        "priority": nullable(&json!({ "type": "string", "enum": ["interactive", "bulk"] })),
        "timestamp": time,
        "createdAt": time,
        "receivedVia": nullable(&json!({ "type": "string", "enum": ["live", "offline", "history", "recovered"] })),
    });
    object(
        &properties,
        "A message. The content is in the field that has the name of the type. If `type` is \
         `text`, the content is in the field `text`. docs/MESSAGES.md describes each type.",
    )
}
