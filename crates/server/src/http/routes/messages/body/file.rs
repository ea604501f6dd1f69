//! A message with a file in a request body. The object that describes the file says which file it is, and what people
//! see beside it.

use linekeeper_model::id::MediaId;
use linekeeper_model::message::{Content, Media, MessageType};
use serde_json::{Value, json};
use url::Url;

use crate::http::request::declare::{Declared, body, one_of};
use crate::http::request::fault::Faults;
use crate::http::request::fields::{Fault, Fields, text};
use crate::http::request::member::{About, Member, Schemas};
use crate::http::request::value::{Chars, FromValue};
use crate::messages::{FileFrom, NewFile};

/// The maximum number of characters of a file's name.
const LONGEST_NAME: usize = 255;
/// The maximum number of characters of a media type.
const LONGEST_TYPE: usize = 100;
/// The pattern for the name of a file: no slashes and no control characters.
const NAME: &str = r"^[^/\\\u0000-\u001f\u007f-\u009f]+$";

/// The types of messages that carry files.
const KINDS: [MessageType; 7] = [
    MessageType::Image,
    MessageType::Video,
    MessageType::Gif,
    MessageType::Audio,
    MessageType::Voice,
    MessageType::Document,
    MessageType::Sticker,
];

body! {
    /// Give either `mediaId` or `url`.
    struct FileBody as "SendFile" {
        /// The id of an uploaded file.
        media_id: Option<MediaId>,
        /// The address of a file. The server fetches the file after it has accepted the message.
        #[example("https://example.org/file")]
        url: Option<Address>,
        /// The name of the file.
        file_name: Option<FileName>,
        /// The media type of the file. If the server recognises another type in the file's bytes, it uses that type
        /// instead.
        #[example("application/pdf")]
        mime_type: Option<MimeType>,
        /// The text that people see with the file.
        caption: Option<Chars<0, { Media::CAPTION_MAX }>>,
        /// Whether people can open the file only once.
        view_once: Option<bool>,
    }
    rules |fields| {
        match (&media_id, &url) {
            (Some(Some(_)), Some(Some(_))) => {
                fields.fail("url", Fault::new("invalid", "must not be given together with mediaId"));
            }
            (Some(None), Some(None)) => {
                fields.fail("mediaId", Fault::new("required", "must be given, or url"));
            }
            _ => {}
        }
    }
    schema |body| {
        one_of(body, &["mediaId", "url"]);
    }
}

/// A message that carries a file. In the request body, the field that describes the file has the name of the message
/// type, such as `image`. The message type decides what this field may contain.
pub(super) struct WithFile {
    pub(super) content: Content,
    pub(super) file: NewFile,
    pub(super) view_once: bool,
}

impl Member for WithFile {
    fn take(fields: &mut Fields, name: &str) -> Option<Self> {
        fields.required(name, |value| FileBody::read(value)?.of(kind(name)))
    }

    fn describe(body: &mut Value, name: &str, about: About) {
        let mut schema = <FileBody as Declared>::describe();
        let kind = kind(name);
        let properties = schema["properties"].as_object_mut();
        if let Some(properties) = properties {
            properties.retain(|name, _| match name.as_str() {
                "caption" => kind.takes_caption(),
                "viewOnce" => kind.takes_view_once(),
                _ => true,
            });
        }
        let rule = schema["description"].take();
        about.describe(body, name, schema);
        let what = &mut body["properties"][name]["description"];
        *what = json!([what.as_str(), rule.as_str()].map(Option::unwrap_or_default).join(" "));
    }

    fn add_schemas(_: &mut Schemas) {}

    fn schema_of_a_change(name: &str) -> Value {
        json!({ "required": [name] })
    }

    fn is_given(&self) -> bool {
        true
    }
}

/// Returns the message type with this name. All names that `content` uses are in the list, so the default is never
/// used.
fn kind(name: &str) -> MessageType {
    KINDS.into_iter().find(|kind| kind.code() == name).unwrap_or(MessageType::Document)
}

impl FileBody {
    /// Makes a message of the type `kind` from these fields. Returns an error if one of the fields is not allowed for
    /// this type.
    fn of(self, kind: MessageType) -> Result<WithFile, Faults> {
        let unsupported = |field: &str, rule: String| {
            Faults::default().with(&format!(".{field}"), Fault::unsupported(rule))
        };
        let caption = self.caption.map(|Chars(caption)| caption).filter(|caption| !caption.is_empty());
        let view_once = self.view_once.unwrap_or(false);
        if caption.is_some() && !kind.takes_caption() {
            return Err(unsupported(
                "caption",
                format!("must not be given: WhatsApp shows none with {kind}"),
            ));
        }
        if view_once && !kind.takes_view_once() {
            return Err(unsupported("viewOnce", format!("must not be true for {kind}")));
        }
        let from = match (self.media_id, self.url) {
            (Some(id), _) => FileFrom::Uploaded(id),
            (None, Some(Address(url))) => FileFrom::Url(url),
            (None, None) => return Err(Fault::new("required", "must have mediaId or url").into()),
        };
        let file_name = self.file_name.map(|FileName(name)| name);
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
        let file = NewFile { from, mime_type: self.mime_type.map(|MimeType(said)| said) };
        Ok(WithFile { content, file, view_once })
    }
}

/// The address of a file.
struct Address(Url);

/// A URL as text.
type Written = Chars<1, 2_048>;

impl FromValue for Address {
    fn read(value: Value) -> Result<Self, Faults> {
        let url: Option<Url> = Written::read(value)?.0.parse().ok();
        let url = url.filter(|url| matches!(url.scheme(), "http" | "https") && url.has_host());
        Ok(Self(url.ok_or_else(|| Fault::new("invalid", "must be an http or https address"))?))
    }

    fn schema() -> Value {
        let mut schema = Written::schema();
        schema["format"] = json!("uri");
        schema
    }
}

/// What a file is called.
struct FileName(String);

impl FromValue for FileName {
    fn read(value: Value) -> Result<Self, Faults> {
        let Chars(name) = Chars::<1, LONGEST_NAME>::read(value)?;
        if name.chars().any(|c| c.is_control() || matches!(c, '/' | '\\')) {
            return Err(Fault::new("invalid", "must have no slashes and control characters").into());
        }
        Ok(Self(name))
    }

    fn schema() -> Value {
        json!({ "type": "string", "minLength": 1, "maxLength": LONGEST_NAME, "pattern": NAME })
    }
}

/// A media type with type and subtype. Parameters are left out.
struct MimeType(String);

impl FromValue for MimeType {
    fn read(value: Value) -> Result<Self, Faults> {
        let said = text(value)?;
        let essence = said.split(';').next().unwrap_or_default().trim().to_ascii_lowercase();
        let token = |text: &str| {
            !text.is_empty() && text.bytes().all(|b| b.is_ascii_alphanumeric() || b"!#$&-^_.+".contains(&b))
        };
        let is_type = essence.split_once('/').is_some_and(|(kind, sub)| token(kind) && token(sub));
        if is_type && essence.len() <= LONGEST_TYPE {
            Ok(Self(essence))
        } else {
            Err(Fault::new("invalid", "must be a type such as image/jpeg").into())
        }
    }

    fn schema() -> Value {
        json!({ "type": "string", "minLength": 3, "maxLength": LONGEST_TYPE })
    }
}
