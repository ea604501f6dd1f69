//! The object of a message that carries a file: which file, and what people see beside it.

use linekeeper_model::id::MediaId;
use linekeeper_model::message::{Content, Media, MessageType};
use serde_json::{Value, json};
use url::Url;

use super::body::{bounded, part};
use crate::http::request::fault::Faults;
use crate::http::request::fields::{Fault, Fields, FromFields, parsed, text};
use crate::http::request::value::FromValue as _;
use crate::messages::{FileFrom, NewFile};

/// Most characters of a URL.
const LONGEST_URL: usize = 2_048;
/// Most characters of a file's name.
const LONGEST_NAME: usize = 255;
/// Most characters of a type.
const LONGEST_TYPE: usize = 100;
/// What a file's name must not have.
const NAME: &str = r"^[^/\\\u0000-\u001f\u007f-\u009f]+$";

/// Kinds of messages that carry files.
pub(super) const KINDS: [MessageType; 7] = [
    MessageType::Image,
    MessageType::Video,
    MessageType::Gif,
    MessageType::Audio,
    MessageType::Voice,
    MessageType::Document,
    MessageType::Sticker,
];

/// A message that carries a file.
pub(super) struct WithFile {
    pub(super) content: Content,
    pub(super) file: NewFile,
    pub(super) view_once: bool,
}

/// Reads the object of a kind that carries a file. Nothing only after an error was recorded.
pub(super) fn read(fields: &mut Fields, kind: MessageType) -> Option<WithFile> {
    fields.required(kind.code(), |value| part::<FileBody>(value)?.of(kind))
}

struct FileBody {
    file: NewFile,
    caption: Option<String>,
    file_name: Option<String>,
    view_once: bool,
}

impl FromFields for FileBody {
    fn read(fields: &mut Fields) -> Option<Self> {
        let media_id = fields.optional("mediaId", parsed::<MediaId>);
        let url = fields.optional("url", address);
        let from = match (media_id, url) {
            (Some(Some(_)), Some(Some(_))) => {
                fields.fail("url", Fault::new("invalid", "must not be given together with mediaId"));
                None
            }
            (Some(None), Some(None)) => {
                fields.fail("mediaId", Fault::new("required", "must be given, or url"));
                None
            }
            (Some(Some(id)), Some(None)) => Some(FileFrom::Uploaded(id)),
            (Some(None), Some(Some(url))) => Some(FileFrom::Url(url)),
            _ => None,
        };
        let caption = fields.optional("caption", |value| bounded(value, 0, Media::CAPTION_MAX));
        let file_name = fields.optional("fileName", name);
        let mime_type = fields.optional("mimeType", mime_type);
        let view_once = fields.optional("viewOnce", bool::read);
        Some(Self {
            file: NewFile { from: from?, mime_type: mime_type? },
            caption: caption?.filter(|caption| !caption.is_empty()),
            file_name: file_name?,
            view_once: view_once?.unwrap_or(false),
        })
    }
}

impl FileBody {
    /// The message, where a message of that kind has what is asked for.
    fn of(self, kind: MessageType) -> Result<WithFile, Faults> {
        let unsupported = |field: &str, rule: String| {
            Faults::default().with(&format!(".{field}"), Fault::unsupported(rule))
        };
        let Self { file, caption, file_name, view_once } = self;
        if caption.is_some() && !kind.takes_caption() {
            return Err(unsupported(
                "caption",
                format!("must not be given: WhatsApp shows none with {kind}"),
            ));
        }
        if view_once && !kind.takes_view_once() {
            return Err(unsupported("viewOnce", format!("must not be true for {kind}")));
        }
        let media = Media { caption, file_name, ..Media::default() };
        let content = match kind {
            MessageType::Image => Content::Image(media),
            MessageType::Video => Content::Video(media),
            MessageType::Gif => Content::Gif(media),
            MessageType::Audio => Content::Audio(media),
            MessageType::Voice => Content::Voice(media),
            MessageType::Sticker => Content::Sticker(media),
            _ => Content::Document(media),
        };
        Ok(WithFile { content, file, view_once })
    }
}

fn address(value: Value) -> Result<Url, Fault> {
    let text = bounded(value, 1, LONGEST_URL)?;
    let url: Option<Url> = text.parse().ok();
    let url = url.filter(|url| matches!(url.scheme(), "http" | "https") && url.has_host());
    url.ok_or_else(|| Fault::new("invalid", "must be an https address"))
}

fn name(value: Value) -> Result<String, Fault> {
    let name = bounded(value, 1, LONGEST_NAME)?;
    let is_name = !name.chars().any(|c| c.is_control() || matches!(c, '/' | '\\'));
    if is_name { Ok(name) } else { Err(Fault::new("invalid", "must have no slashes and control characters")) }
}

/// Type and subtype; parameters are left out.
fn mime_type(value: Value) -> Result<String, Fault> {
    let said = text(value)?;
    let essence = said.split(';').next().unwrap_or_default().trim().to_ascii_lowercase();
    let token = |text: &str| {
        !text.is_empty() && text.bytes().all(|b| b.is_ascii_alphanumeric() || b"!#$&-^_.+".contains(&b))
    };
    let is_type = essence.split_once('/').is_some_and(|(kind, sub)| token(kind) && token(sub));
    if is_type && essence.len() <= LONGEST_TYPE {
        Ok(essence)
    } else {
        Err(Fault::new("invalid", "must be a type such as image/jpeg"))
    }
}

/// The schema of a kind's object.
pub(super) fn schema(kind: MessageType) -> Value {
    let mut properties = json!({
        "mediaId": { "type": "string", "format": "uuid", "description": "A file that was uploaded." },
        "url": {
            "type": "string", "format": "uri", "minLength": 1, "maxLength": LONGEST_URL,
            "description": "A file that the server fetches after it accepted the message.",
            "example": "https://example.org/file",
        },
        "fileName": {
            "type": "string", "minLength": 1, "maxLength": LONGEST_NAME, "pattern": NAME,
            "description": "What the file is called.",
        },
        "mimeType": {
            "type": "string", "minLength": 3, "maxLength": LONGEST_TYPE,
            "description": "What the file is said to be. Its bytes decide.", "example": "application/pdf",
        },
    });
    if kind.takes_caption() {
        properties["caption"] = json!({
            "type": "string", "maxLength": Media::CAPTION_MAX, "description": "The text beside it.",
        });
    }
    if kind.takes_view_once() {
        properties["viewOnce"] = json!({
            "type": "boolean", "description": "Whether people can see it only once.",
        });
    }
    json!({
        "type": "object",
        "description": "Takes either `mediaId` or `url`.",
        "properties": properties,
        "oneOf": [{ "required": ["mediaId"] }, { "required": ["url"] }],
        "additionalProperties": false,
    })
}
