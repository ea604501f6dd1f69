//! The content of messages, with one file for each kind. Each kind is converted to and from its JSON object, and
//! to and from WhatsApp's protobuf. This module knows neither accounts nor the network: it looks up other messages
//! and people, and uploads files, through a [`Desk`].

mod address_book;
mod attached;
mod edit;
mod event;
mod group_invite;
mod location;
mod media;
mod poll;
mod reaction;
mod replies;
mod revoke;
mod shop;
mod text;
mod unreadable;

pub use address_book::{Contact, Contacts, Phone};
pub use attached::{Attached, Referral};
pub use edit::Edit;
pub use event::Event;
pub use group_invite::GroupInvite;
pub use location::{LiveLocation, Location};
pub use media::{Audio, Document, Gif, Image, Media, Sticker, Video, Voice};
pub(crate) use media::{FileReference, Uploaded};
pub use poll::Poll;
pub use reaction::Reaction;
pub use replies::{ButtonReply, ListReply};
pub use revoke::Revoke;
pub use shop::{Order, Product};
pub use text::{LinkPreview, Text};
pub use unreadable::{Undecryptable, Unsupported};

use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::Value;
use wacore::download::MediaType;
use wacore::proto_helpers::MessageExt as _;
use waproto::whatsapp as wa;

/// A field with an invalid value.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{field}: {reason}")]
pub struct Invalid {
    /// The field's path in JSON.
    pub field: String,
    /// What the field must be.
    pub reason: String,
}

impl Invalid {
    pub(crate) fn new(field: impl Into<String>, reason: impl Into<String>) -> Self {
        Self { field: field.into(), reason: reason.into() }
    }
}

/// A message to which a new message refers, for example a message that the new message quotes. Its addresses have the
/// form that is used in the chat of the new message. Its key says whether the same account sent both messages.
pub(crate) struct Target {
    /// The message's key in the protocol.
    pub key: wa::MessageKey,
    /// The address of the message's sender.
    pub sender: String,
    /// The message's content.
    pub message: wa::Message,
}

/// What a phone provides while the content of a message is converted to protobuf: other messages, people, uploads and
/// the time.
pub(crate) trait Desk {
    /// Finds a message that the phone sent or received.
    ///
    /// # Errors
    /// When the phone does not know the message.
    fn target(&self, id: &str) -> Result<Target, Invalid>;

    /// Finds a person by number or address. Returns the person's phone-number address or LID, whichever this chat uses.
    ///
    /// # Errors
    /// When no phone has this number or address.
    fn person(&self, text: &str) -> Result<String, Invalid>;

    /// Encrypts a file and uploads it to the media server.
    ///
    /// # Errors
    /// When the media server cannot store the file.
    fn upload(&self, data: &[u8], kind: MediaType) -> Result<Uploaded, Invalid>;

    /// The current time in milliseconds since 1970.
    fn now_millis(&self) -> i64;
}

/// One kind of content.
trait Kind: Serialize + DeserializeOwned {
    /// Checks WhatsApp's rules and converts the content to protobuf.
    fn write(&self, desk: &dyn Desk) -> Result<wa::Message, Invalid>;

    /// Reads the content from protobuf. Returns `None` if the message is of another kind.
    fn read(message: &wa::Message) -> Option<Self>;
}

macro_rules! kinds {
    ($($name:literal $kind:ident),* $(,)?) => {
        /// The content of a message. In JSON, the content is an object. The field that contains this object has the
        /// name of the content's type.
        #[derive(Debug, Clone, PartialEq)]
        #[expect(missing_docs, reason = "each variant is documented by the type in it")]
        pub enum Content { $($kind($kind)),* }

        impl Content {
            /// The type's name in JSON.
            pub fn name(&self) -> &'static str {
                match self { $(Self::$kind(_) => $name),* }
            }

            /// The JSON object of the content.
            pub fn object(&self) -> Value {
                let object = match self { $(Self::$kind(content) => serde_json::to_value(content)),* };
                object.unwrap_or_default()
            }

            /// Reads a content of the type `name` from its JSON object.
            ///
            /// # Errors
            /// When there is no such type, or the object does not fit it.
            pub fn parse(name: &str, object: Value) -> Result<Self, Invalid> {
                match name {
                    $($name => parse($name, object).map(Self::$kind),)*
                    other => Err(Invalid::new("type", format!("{other:?} is unknown: use one of {}", [$($name),*].join(", ")))),
                }
            }

            pub(crate) fn write(&self, desk: &dyn Desk) -> Result<wa::Message, Invalid> {
                match self { $(Self::$kind(content) => content.write(desk)),* }
            }

            fn read_bare(message: &wa::Message) -> Option<Self> {
                $(if let Some(content) = <$kind as Kind>::read(message) {
                    return Some(Self::$kind(content));
                })*
                None
            }
        }
    };
}

kinds! {
    "text" Text,
    "image" Image,
    "gif" Gif,
    "video" Video,
    "audio" Audio,
    "voice" Voice,
    "document" Document,
    "sticker" Sticker,
    "location" Location,
    "liveLocation" LiveLocation,
    "contacts" Contacts,
    "poll" Poll,
    "event" Event,
    "buttonReply" ButtonReply,
    "listReply" ListReply,
    "groupInvite" GroupInvite,
    "order" Order,
    "product" Product,
    "reaction" Reaction,
    "edit" Edit,
    "revoke" Revoke,
    "undecryptable" Undecryptable,
    "unsupported" Unsupported,
}

impl Content {
    /// A text without a link preview.
    pub fn text(body: impl Into<String>) -> Self {
        Self::Text(Text { body: body.into(), link_preview: None })
    }

    /// Reads the content of a message. Returns `None` if the message is only for devices, so that no person sees
    /// it.
    pub(crate) fn read(message: &wa::Message) -> Option<Self> {
        let bare = message.get_base_message();
        if let Some(content) = Self::read_bare(message).or_else(|| Self::read_bare(bare)) {
            return Some(content);
        }
        Unsupported::of(bare).map(Self::Unsupported)
    }

    /// The file of the message, if it has one.
    pub fn media(&self) -> Option<&Media> {
        match self {
            Self::Image(Image(media))
            | Self::Video(Video(media))
            | Self::Gif(Gif(media))
            | Self::Audio(Audio(media))
            | Self::Voice(Voice(media))
            | Self::Document(Document(media))
            | Self::Sticker(Sticker(media)) => Some(media),
            _ => None,
        }
    }

    pub(crate) fn media_mut(&mut self) -> Option<&mut Media> {
        match self {
            Self::Image(Image(media))
            | Self::Video(Video(media))
            | Self::Gif(Gif(media))
            | Self::Audio(Audio(media))
            | Self::Voice(Voice(media))
            | Self::Document(Document(media))
            | Self::Sticker(Sticker(media)) => Some(media),
            _ => None,
        }
    }

    /// Whether the message changes another message, and is not shown itself.
    pub fn changes_another(&self) -> bool {
        matches!(self, Self::Reaction(_) | Self::Edit(_) | Self::Revoke(_))
    }

    /// The id of the message that this message changes.
    pub(crate) fn target(&self) -> Option<&str> {
        match self {
            Self::Reaction(Reaction { message_id, .. })
            | Self::Edit(Edit { message_id, .. })
            | Self::Revoke(Revoke { message_id }) => Some(message_id),
            _ => None,
        }
    }
}

fn parse<T: DeserializeOwned>(name: &str, object: Value) -> Result<T, Invalid> {
    serde_json::from_value(object).map_err(|error| Invalid::new(name, error.to_string()))
}

/// Refuses a text that is empty or longer than `most` characters.
fn bounded(field: &str, text: &str, most: usize) -> Result<(), Invalid> {
    if text.is_empty() || text.chars().count() > most {
        return Err(Invalid::new(field, format!("must have 1 to {most} characters")));
    }
    Ok(())
}

/// A message for a phone to send.
#[derive(Debug, Clone, PartialEq)]
pub struct Draft {
    /// The content of the message.
    pub content: Content,
    /// What accompanies the content.
    pub attached: Attached,
    /// The message's id. If it is missing, the phone chooses one.
    pub id: Option<String>,
}

impl Draft {
    /// Creates a message that has only content: no attached fields and no id.
    pub fn new(content: Content) -> Self {
        Self { content, attached: Attached::default(), id: None }
    }

    /// Converts the message to protobuf.
    pub(crate) fn write(&self, desk: &dyn Desk) -> Result<wa::Message, Invalid> {
        let mut message = self.content.write(desk)?;
        let once = self.content.media().and_then(|media| media.view_once).unwrap_or_default();
        self.attached.write(&mut message, once, desk)?;
        Ok(message)
    }
}

impl From<Content> for Draft {
    fn from(content: Content) -> Self {
        Self::new(content)
    }
}
