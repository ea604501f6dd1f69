//! The content of a message. There is one file for each type of content. In JSON, the content has two fields: `type`,
//! and a field that has the name of the type. Inbound and outbound messages have the same fields.

mod button_reply;
mod contacts;
mod edit;
mod event;
mod file_rules;
mod group_invite;
mod list_reply;
mod live_location;
mod location;
mod media;
mod order;
mod poll;
mod product;
mod reaction;
mod revoke;
mod system;
mod text;
mod undecryptable;
mod unsupported;

pub use button_reply::ButtonReply;
pub use contacts::{ContactCard, ContactPhone};
pub use edit::EditAct;
pub use event::GroupEvent;
pub use file_rules::Misfit;
pub use group_invite::GroupInvite;
pub use list_reply::ListReply;
pub use live_location::LiveLocation;
pub use location::Location;
pub use media::{Media, MediaState};
pub use order::Order;
pub use poll::Poll;
pub use product::Product;
pub use reaction::ReactionAct;
pub use revoke::RevokeAct;
pub use system::SystemNote;
pub use text::{LinkPreview, Text};
pub use undecryptable::Undecryptable;
pub use unsupported::Unsupported;

use std::fmt;
use std::str::FromStr;

use serde::ser::SerializeMap;
use serde::{Deserialize, Serialize, Serializer};

/// The text is not a type of message.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("is not a kind of message")]
pub struct UnknownMessageType;

macro_rules! kinds {
    ($($(#[$doc:meta])* $name:ident($content:ty) = $code:literal;)+) => {
        /// The content of a message.
        #[derive(Debug, Clone, PartialEq, Deserialize)]
        pub enum Content {
            $($(#[$doc])* #[serde(rename = $code)] $name($content),)+
        }

        /// The type of a message.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        pub enum MessageType {
            $($(#[$doc])* #[serde(rename = $code)] $name,)+
        }

        impl MessageType {
            /// Every type.
            pub const ALL: &[Self] = &[$(Self::$name),+];

            /// The type's text in the API.
            pub const fn code(self) -> &'static str {
                match self { $(Self::$name => $code,)+ }
            }
        }

        impl Content {
            /// The type of the message.
            pub const fn kind(&self) -> MessageType {
                match self { $(Self::$name(_) => MessageType::$name,)+ }
            }
        }

        /// Writes two fields: `type`, and then a field that has the name of the type and holds the content.
        impl Serialize for Content {
            fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                let mut map = serializer.serialize_map(Some(2))?;
                map.serialize_entry("type", self.kind().code())?;
                match self { $(Self::$name(content) => map.serialize_entry($code, content)?,)+ }
                map.end()
            }
        }
    };
}

kinds! {
    /// A text.
    Text(Text) = "text";
    /// A picture.
    Image(Media) = "image";
    /// A video.
    Video(Media) = "video";
    /// A short video without sound that repeats.
    Gif(Media) = "gif";
    /// Music or recorded speech.
    Audio(Media) = "audio";
    /// A voice note.
    Voice(Media) = "voice";
    /// A file of any type.
    Document(Media) = "document";
    /// A sticker.
    Sticker(Media) = "sticker";
    /// A location on a map.
    Location(Location) = "location";
    /// The first position of a shared live location.
    LiveLocation(LiveLocation) = "liveLocation";
    /// Contact cards.
    Contacts(Vec<ContactCard>) = "contacts";
    /// A question with options.
    Poll(Poll) = "poll";
    /// An event to which a group is invited.
    Event(GroupEvent) = "event";
    /// A reply that a person gave by pressing a button.
    ButtonReply(ButtonReply) = "buttonReply";
    /// A reply that a person gave by choosing a row from a list.
    ListReply(ListReply) = "listReply";
    /// An invitation to a group.
    GroupInvite(GroupInvite) = "groupInvite";
    /// An order from a catalogue.
    Order(Order) = "order";
    /// A product from a catalogue.
    Product(Product) = "product";
    /// Something that happened in the chat.
    System(SystemNote) = "system";
    /// A message that could not be decrypted.
    Undecryptable(Undecryptable) = "undecryptable";
    /// A message of a type that this server does not know.
    Unsupported(Unsupported) = "unsupported";
    /// An emoji on another message.
    Reaction(ReactionAct) = "reaction";
    /// A request to edit a message that was sent earlier.
    Edit(EditAct) = "edit";
    /// A request to revoke a message.
    Revoke(RevokeAct) = "revoke";
}

impl MessageType {
    /// Whether a message of this type only changes another message. Such messages do not count towards any limit, and
    /// lists of messages contain them only on request.
    pub const fn is_act(self) -> bool {
        matches!(self, Self::Reaction | Self::Edit | Self::Revoke)
    }
}

impl FromStr for MessageType {
    type Err = UnknownMessageType;

    fn from_str(text: &str) -> Result<Self, UnknownMessageType> {
        Self::ALL.iter().copied().find(|known| known.code() == text).ok_or(UnknownMessageType)
    }
}

impl fmt::Display for MessageType {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.code())
    }
}

impl Content {
    /// The text of the message: for example its body, its caption, or the question of a poll.
    pub fn text(&self) -> Option<&str> {
        match self {
            Self::Text(text) => Some(&text.body),
            Self::Image(media)
            | Self::Video(media)
            | Self::Gif(media)
            | Self::Audio(media)
            | Self::Voice(media)
            | Self::Document(media)
            | Self::Sticker(media) => media.caption.as_deref(),
            Self::Location(location) => location.name.as_deref(),
            Self::Poll(poll) => Some(&poll.question),
            Self::Event(event) => Some(&event.name),
            Self::ButtonReply(reply) => Some(&reply.title),
            Self::ListReply(reply) => Some(&reply.title),
            _ => None,
        }
    }

    /// The beginning of the message's text, to show in replies.
    pub fn preview(&self) -> Option<String> {
        const LONGEST: usize = 100;
        self.text().filter(|text| !text.is_empty()).map(|text| text.chars().take(LONGEST).collect())
    }

    /// The file of the message, if the message has one.
    pub const fn media(&self) -> Option<&Media> {
        match self {
            Self::Image(media)
            | Self::Video(media)
            | Self::Gif(media)
            | Self::Audio(media)
            | Self::Voice(media)
            | Self::Document(media)
            | Self::Sticker(media) => Some(media),
            _ => None,
        }
    }

    /// The file of the message, if the message has one, as a mutable reference.
    pub const fn media_mut(&mut self) -> Option<&mut Media> {
        match self {
            Self::Image(media)
            | Self::Video(media)
            | Self::Gif(media)
            | Self::Audio(media)
            | Self::Voice(media)
            | Self::Document(media)
            | Self::Sticker(media) => Some(media),
            _ => None,
        }
    }
}
