//! Changes the text or the caption of a message that the account sent.

use linekeeper_model::id::MessageId;
use linekeeper_model::message::{EditAct, Media, Text};

use crate::http::request::declare::{body, one_of};
use crate::http::request::fields::Fault;
use crate::http::request::value::Chars;

body! {
    /// A change to a message that the account sent. Give either `text` or `caption`.
    pub(in crate::http) struct EditBody as "SendEdit" {
        /// The message to change. The account must have sent it.
        message_id: MessageId,
        /// The new text, if the message is a text.
        text: Option<Chars<1, { Text::MAX }>>,
        /// The new caption, if the message is a picture, a video or a document.
        caption: Option<Chars<1, { Media::CAPTION_MAX }>>,
    }
    rules |fields| {
        match (&text, &caption) {
            (Some(Some(_)), Some(Some(_))) => {
                fields.fail("caption", Fault::new("invalid", "must not be given together with text"));
            }
            (Some(None), Some(None)) => {
                fields.fail("text", Fault::new("required", "must be given, or caption"));
            }
            _ => {}
        }
    }
    schema |body| {
        one_of(body, &["text", "caption"]);
    }
}

impl From<EditBody> for EditAct {
    fn from(EditBody { message_id, text, caption }: EditBody) -> Self {
        Self { message_id, text: text.map(|Chars(text)| text), caption: caption.map(|Chars(text)| text) }
    }
}
