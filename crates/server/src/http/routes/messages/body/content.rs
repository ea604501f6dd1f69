//! The kinds of messages that can be sent. To add a kind, add a file beside this one, and an entry to each list
//! here.

use linekeeper_model::message::{Content, RevokeAct};

use super::edit::EditBody;
use super::file::WithFile;
use super::reaction::ReactionBody;
use super::target::{ForwardBody, RevokeBody};
use super::text::TextBody;
use crate::http::request::kinds::kinds;
use crate::messages::{NewContent, NewFile};

/// The kinds that act on another message. They have no `to`, because the chat of that message is the recipient.
pub(super) const ACTS: [&str; 3] = ["reaction", "edit", "revoke"];

kinds! {
    /// The content of a message, by its kind.
    pub(super) enum SentContent by "type" {
        /// A text message.
        Text(TextBody) = "text",
        /// A picture.
        Image(WithFile) = "image",
        /// A video.
        Video(WithFile) = "video",
        /// A video without sound that plays by itself.
        Gif(WithFile) = "gif",
        /// Sound, such as music.
        Audio(WithFile) = "audio",
        /// A voice note.
        Voice(WithFile) = "voice",
        /// A file of any type.
        Document(WithFile) = "document",
        /// A sticker.
        Sticker(WithFile) = "sticker",
        /// A reaction to a message.
        Reaction(ReactionBody) = "reaction",
        /// Changes the text or the caption of a message that the account sent.
        Edit(EditBody) = "edit",
        /// Takes a message back. The account can take back its own messages. In a group of which the account is an
        /// admin, it can take back messages of anybody.
        Revoke(RevokeBody) = "revoke",
        /// Forwards a message.
        Forward(ForwardBody) = "forward",
    }
}

impl SentContent {
    /// Splits the body into the content and the file, if there is one. The flag next to the file says whether people
    /// can see the file only once.
    pub(super) fn taken_apart(self) -> (NewContent, Option<(NewFile, bool)>) {
        let own = |content: Content| (NewContent::Content(Box::new(content)), None);
        match self {
            Self::Text(text) => own(Content::Text(text.into())),
            Self::Image(with)
            | Self::Video(with)
            | Self::Gif(with)
            | Self::Audio(with)
            | Self::Voice(with)
            | Self::Document(with)
            | Self::Sticker(with) => {
                (NewContent::Content(Box::new(with.content)), Some((with.file, with.view_once)))
            }
            Self::Reaction(reaction) => own(Content::Reaction(reaction.into())),
            Self::Edit(edit) => own(Content::Edit(edit.into())),
            Self::Revoke(RevokeBody { message_id }) => own(Content::Revoke(RevokeAct { message_id })),
            Self::Forward(ForwardBody { message_id }) => (NewContent::Forward(message_id), None),
        }
    }
}
