//! A message as a caller asks for it: `type`, and the object of that name. Every field that is wrong is told by its path.

use jiff::Timestamp;
use linekeeper_model::id::MessageId;
use linekeeper_model::message::{
    Content, EditAct, InvalidSchedule, LinkPreview, Media, Priority, ReactionAct, Recipient, RevokeAct,
    Schedule, Text,
};
use serde_json::{Value, json};
use utoipa::openapi::RefOr;
use utoipa::openapi::schema::Schema;
use utoipa::{PartialSchema, ToSchema};

use super::file_body;
use crate::http::answer::error::{ApiError, FieldError};
use crate::http::request::declare::{MOST_BYTES, carried, members};
use crate::http::request::fault::Faults;
use crate::http::request::fields::{Fault, Fields, FromFields, parsed, text};
use crate::http::request::value::{FromValue as _, list, whole_number, word};
use crate::messages::{NewContent, NewFile, NewMessage, ReplyTo, SendRefused, WrongFile};

/// Kinds that can be sent.
const KINDS: [&str; 12] = [
    "text", "image", "video", "gif", "audio", "voice", "document", "sticker", "reaction", "edit", "revoke",
    "forward",
];
/// Most characters of a reference.
const LONGEST_REFERENCE: usize = 100;
/// Most people that a message may mention.
const MOST_MENTIONS: usize = 100;
/// An emoji with its modifiers.
const LONGEST_EMOJI: usize = 32;
/// What the document calls a text that names somebody.
const RECIPIENT: &str = "whatsapp-recipient";
/// Maximum bytes of a request with one message.
const MOST_BYTES_OF_ONE: usize = 512 * 1024;
/// A year.
const LONGEST_EPHEMERAL: u32 = 365 * 24 * 60 * 60;

/// A message to send.
pub(in crate::http) struct SendMessage {
    to: Option<Recipient>,
    content: NewContent,
    reply_to: Option<ReplyTo>,
    mentions: Vec<Recipient>,
    send_at: Option<Timestamp>,
    expires_at: Option<Timestamp>,
    priority: Option<Priority>,
    client_reference: Option<String>,
    ephemeral_seconds: Option<u32>,
    file: Option<NewFile>,
    view_once: bool,
}

impl SendMessage {
    /// The message at the time of the request. `place` is the beginning of its fields' paths.
    pub(super) fn at(self, now: Timestamp, default: Priority, place: &str) -> Result<NewMessage, FieldError> {
        let schedule = Schedule::new(now, self.send_at, self.expires_at).map_err(|error| {
            let field = match error {
                InvalidSchedule::ExpiresBeforeDue => "expiresAt",
                InvalidSchedule::SendAtPast | InvalidSchedule::SendAtTooFar => "sendAt",
            };
            FieldError { field: format!("{place}{field}"), code: "out_of_range", message: error.to_string() }
        })?;
        Ok(NewMessage {
            to: self.to,
            content: self.content,
            reply_to: self.reply_to,
            mentions: self.mentions,
            schedule,
            priority: self.priority.unwrap_or(default),
            client_reference: self.client_reference,
            ephemeral_seconds: self.ephemeral_seconds,
            file: self.file,
            view_once: self.view_once,
        })
    }
}

/// The refusal of messages, of which `place` names the one that it is about.
pub(super) fn refusal(refused: SendRefused, now: Timestamp, place: impl Fn(usize) -> String) -> ApiError {
    let field = |index: usize, name: &str, code, message: &str| {
        ApiError::field(&format!("{}{name}", place(index)), code, message)
    };
    match refused {
        SendRefused::NotLinked => ApiError::NotLinked,
        SendRefused::QueueFull => ApiError::QueueFull,
        SendRefused::DailyLimit { until } => {
            let left = std::time::Duration::try_from(until.duration_since(now));
            ApiError::DailyLimitReached { retry_after: left.unwrap_or_default() }
        }
        SendRefused::UnknownRecipient(index) => {
            field(index, "to", "not_found", "must be a chat or a person of this account")
        }
        SendRefused::WrongRecipient(index) => {
            field(index, "to", "unsupported", "must be a person or a group")
        }
        SendRefused::UnknownReply(index) => {
            field(index, "replyTo", "not_found", "must be a message of the same chat")
        }
        SendRefused::UnknownTarget(index, kind) => {
            field(index, &format!("{kind}.messageId"), "not_found", "must be a message of this account")
        }
        SendRefused::WrongTarget(index, kind) => {
            let name = format!("{kind}.messageId");
            field(index, &name, "unsupported", "must be a message to which this can be done")
        }
        SendRefused::UnknownMention(index, mention) => {
            field(index, &format!("mentions[{mention}]"), "not_found", "must be a person of this account")
        }
        SendRefused::WrongFile(wrong) => {
            let WrongFile { index, kind, field: name, code, message } = *wrong;
            field(index, &format!("{kind}.{name}"), code, &message)
        }
        SendRefused::Storage(error) => error.into(),
    }
}

impl FromFields for SendMessage {
    const LIMIT: usize = MOST_BYTES_OF_ONE;

    fn read(fields: &mut Fields) -> Option<Self> {
        let kind = fields.required("type", |value| {
            let kind = text(value)?;
            let known = KINDS.into_iter().find(|known| *known == kind);
            known.ok_or_else(|| Fault::new("unsupported", format!("must be one of {}", KINDS.join(", "))))
        });
        let acts = matches!(kind, Some("reaction" | "edit" | "revoke"));
        let to = if acts {
            // The message that it acts on says where.
            Some(None)
        } else {
            fields.required("to", parsed).map(Some)
        };
        let (mut file, mut view_once) = (None, false);
        let content = match kind {
            Some("text") => {
                inside::<TextBody>(fields, "text").map(|TextBody(text)| Content::Text(text).into())
            }
            Some("reaction") => inside::<ReactionBody>(fields, "reaction")
                .map(|ReactionBody(reaction)| Content::Reaction(reaction).into()),
            Some("edit") => {
                inside::<EditBody>(fields, "edit").map(|EditBody(edit)| Content::Edit(edit).into())
            }
            Some("revoke") => inside::<TargetBody>(fields, "revoke")
                .map(|TargetBody(message_id)| Content::Revoke(RevokeAct { message_id }).into()),
            Some("forward") => {
                inside::<TargetBody>(fields, "forward").map(|TargetBody(id)| NewContent::Forward(id))
            }
            Some(other) => {
                let kind = file_body::KINDS.into_iter().find(|kind| kind.code() == other);
                kind.and_then(|kind| file_body::read(fields, kind)).map(|with_file| {
                    (file, view_once) = (Some(with_file.file), with_file.view_once);
                    with_file.content.into()
                })
            }
            None => None,
        };
        let reply_to = fields.optional("replyTo", reply);
        let mentions = fields.optional("mentions", |value| {
            let mentions = list(value, parsed::<Recipient>)?;
            if mentions.len() > MOST_MENTIONS {
                return Err(Faults::from(Fault::new("out_of_range", "must have at most 100 people")));
            }
            Ok(mentions)
        });
        let send_at = fields.optional("sendAt", Timestamp::read);
        let expires_at = fields.optional("expiresAt", Timestamp::read);
        let priority = fields.optional("priority", |value| word(value, "must be interactive or bulk"));
        let client_reference =
            fields.optional("clientReference", |value| bounded(value, 1, LONGEST_REFERENCE));
        let ephemeral_seconds = fields.optional("ephemeralSeconds", |value| match whole_number(value)? {
            seconds if seconds <= LONGEST_EPHEMERAL => Ok(seconds),
            _ => Err(Fault::new("out_of_range", "must be at most a year")),
        });
        Some(Self {
            to: to?,
            content: content?,
            reply_to: reply_to?,
            mentions: mentions?.unwrap_or_default(),
            send_at: send_at?,
            expires_at: expires_at?,
            priority: priority?,
            client_reference: client_reference?,
            ephemeral_seconds: ephemeral_seconds?.filter(|seconds| *seconds > 0),
            file,
            view_once,
        })
    }
}

/// The object of the kind, which must be there.
fn inside<T: FromFields>(fields: &mut Fields, name: &str) -> Option<T> {
    fields.required(name, part)
}

/// An object inside the body. What is wrong with its fields is told by their paths.
pub(super) fn part<T: FromFields>(value: Value) -> Result<T, Faults> {
    members(value)?.into_part()
}

struct TextBody(Text);

impl FromFields for TextBody {
    fn read(fields: &mut Fields) -> Option<Self> {
        let body = fields.required("body", |value| bounded(value, 1, Text::MAX));
        let link_preview = fields.optional("linkPreview", part::<PreviewBody>);
        Some(Self(Text { body: body?, link_preview: link_preview?.map(|PreviewBody(preview)| preview) }))
    }
}

struct PreviewBody(LinkPreview);

impl FromFields for PreviewBody {
    fn read(fields: &mut Fields) -> Option<Self> {
        let url = fields.required("url", |value| bounded(value, 1, 2_048));
        let title = fields.optional("title", |value| bounded(value, 0, 300));
        let description = fields.optional("description", |value| bounded(value, 0, 1_000));
        Some(Self(LinkPreview { url: url?, title: title?, description: description? }))
    }
}

struct ReactionBody(ReactionAct);

impl FromFields for ReactionBody {
    fn read(fields: &mut Fields) -> Option<Self> {
        let message_id = fields.required("messageId", parsed);
        let emoji = fields.required("emoji", |value| bounded(value, 0, LONGEST_EMOJI));
        Some(Self(ReactionAct { message_id: message_id?, emoji: emoji? }))
    }
}

struct EditBody(EditAct);

impl FromFields for EditBody {
    fn read(fields: &mut Fields) -> Option<Self> {
        let message_id = fields.required("messageId", parsed);
        let text = fields.optional("text", |value| bounded(value, 1, Text::MAX));
        let caption = fields.optional("caption", |value| bounded(value, 1, Media::CAPTION_MAX));
        let (text, caption) = (text?, caption?);
        match (&text, &caption) {
            (Some(_), Some(_)) => {
                fields.fail("caption", Fault::new("invalid", "must not be given together with text"));
                return None;
            }
            (None, None) => {
                fields.fail("text", Fault::new("required", "must be given, or caption"));
                return None;
            }
            _ => {}
        }
        Some(Self(EditAct { message_id: message_id?, text, caption }))
    }
}

struct TargetBody(MessageId);

impl FromFields for TargetBody {
    fn read(fields: &mut Fields) -> Option<Self> {
        Some(Self(fields.required("messageId", parsed)?))
    }
}

impl From<Content> for NewContent {
    fn from(content: Content) -> Self {
        Self::Content(Box::new(content))
    }
}

/// The id of a message, or the id that WhatsApp gave one that this server never had.
fn reply(value: Value) -> Result<ReplyTo, Fault> {
    match value {
        Value::String(_) => parsed(value).map(ReplyTo::Message),
        Value::Object(mut members) => match (members.remove("waMessageId"), members.is_empty()) {
            (Some(id), true) => bounded(id, 1, 128).map(ReplyTo::WaMessage),
            _ => Err(Fault::new("invalid", "must be a message's id, or an object with waMessageId alone")),
        },
        _ => Err(Fault::new("invalid", "must be a message's id, or an object with waMessageId")),
    }
}

/// A text with a least and a most number of characters.
pub(super) fn bounded(value: Value, least: usize, most: usize) -> Result<String, Fault> {
    let text = text(value)?;
    match text.chars().count() {
        length if length < least => Err(Fault::new("too_short", "must not be empty")),
        length if length > most => {
            Err(Fault::new("too_long", format!("must have at most {most} characters")))
        }
        _ => Ok(text),
    }
}

impl PartialSchema for SendMessage {
    fn schema() -> RefOr<Schema> {
        let id = json!({ "type": "string", "format": "uuid" });
        let time = json!({ "type": "string", "format": "date-time" });
        let part = |properties: Value, required: &[&str]| {
            json!({
                "type": "object", "properties": properties, "required": required, "additionalProperties": false,
            })
        };
        let preview = part(
            json!({
                "url": { "type": "string", "minLength": 1, "maxLength": 2048 },
                "title": { "type": "string", "maxLength": 300 },
                "description": { "type": "string", "maxLength": 1000 },
            }),
            &["url"],
        );
        let mut edit = part(
            json!({
                "messageId": id,
                "text": {
                    "type": "string", "minLength": 1, "maxLength": Text::MAX,
                    "description": "The text from now on, of a text.",
                },
                "caption": {
                    "type": "string", "minLength": 1, "maxLength": Media::CAPTION_MAX,
                    "description": "The caption from now on, of a picture, a video or a document.",
                },
            }),
            &["messageId"],
        );
        edit["oneOf"] = json!([{ "required": ["text"] }, { "required": ["caption"] }]);
        let mut schema = json!({
            "type": "object",
            "description": "A message to send: `type`, and the object of that name.",
            "required": ["type"],
            "additionalProperties": false,
            MOST_BYTES: MOST_BYTES_OF_ONE,
            "properties": {
                "to": {
                    "type": "string", "format": RECIPIENT, "example": "+15551234567",
                    "description": "A phone number with its country code, the id of a chat or a person, or an address \
                                    of WhatsApp. Reactions, edits and revokes take none.",
                },
                "type": { "type": "string", "enum": KINDS, "example": "text" },
                "text": part(
                    json!({
                        "body": { "type": "string", "minLength": 1, "maxLength": Text::MAX, "example": "Hello" },
                        "linkPreview": preview,
                    }),
                    &["body"],
                ),
                "reaction": part(
                    json!({ "messageId": id, "emoji": { "type": "string", "maxLength": LONGEST_EMOJI } }),
                    &["messageId", "emoji"],
                ),
                "edit": edit,
                "revoke": part(json!({ "messageId": id }), &["messageId"]),
                "forward": part(json!({ "messageId": id }), &["messageId"]),
                "replyTo": {
                    "description": "The message that it replies to.",
                    "oneOf": [
                        id,
                        part(json!({ "waMessageId": { "type": "string", "minLength": 1, "maxLength": 128 } }),
                             &["waMessageId"]),
                    ],
                },
                "mentions": {
                    "type": "array", "maxItems": MOST_MENTIONS, "items": { "type": "string", "format": RECIPIENT },
                    "description": "Numbers, addresses or ids of people that the text names with `@`.",
                },
                "sendAt": time,
                "expiresAt": time,
                "priority": { "type": "string", "enum": ["interactive", "bulk"] },
                "clientReference": { "type": "string", "minLength": 1, "maxLength": LONGEST_REFERENCE },
                "ephemeralSeconds": { "type": "integer", "minimum": 0, "maximum": LONGEST_EPHEMERAL },
            },
        });
        for kind in file_body::KINDS {
            schema["properties"][kind.code()] = file_body::schema(kind);
        }
        carried(schema)
    }
}

impl ToSchema for SendMessage {
    fn name() -> std::borrow::Cow<'static, str> {
        "SendMessage".into()
    }
}
