//! The kinds of messages that can be sent. A new kind is a file beside this one, and a line in each list here.

use linekeeper_model::message::{Content, RevokeAct};

use super::edit::EditBody;
use super::file::WithFile;
use super::reaction::ReactionBody;
use super::target::{ForwardBody, RevokeBody};
use super::text::TextBody;
use crate::http::request::kinds::kinds;
use crate::messages::{NewContent, NewFile};

/// Kinds that act on another message, which says where.
pub(super) const ACTS: [&str; 3] = ["reaction", "edit", "revoke"];

kinds! {
    /// What is sent.
    pub(super) enum SentContent by "type" {
        /// A text.
        Text(TextBody) = "text",
        /// A picture.
        Image(WithFile) = "image",
        /// A video.
        Video(WithFile) = "video",
        /// A video without sound, which plays by itself.
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
        /// Another text, or another caption, for a message of the account.
        Edit(EditBody) = "edit",
        /// A message is taken back: one of the account, or in a group of which the account is an admin, anybody's.
        Revoke(RevokeBody) = "revoke",
        /// A message is passed on.
        Forward(ForwardBody) = "forward",
    }
}

impl SentContent {
    /// What is sent, and its file with whether people can see it only once.
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
