//! A text message, with an optional preview of a link in the text.

use linekeeper_model::message::{LinkPreview, Text};

use crate::http::request::declare::body;
use crate::http::request::value::Chars;

body! {
    /// A text message.
    pub(in crate::http) struct TextBody as "SendText" {
        /// The text of the message.
        #[example("Hello")]
        body: Chars<1, { Text::MAX }>,
        /// The preview of a link in the text.
        link_preview: Option<PreviewBody>,
    }
}

body! {
    /// The preview of a link, which people see with the text.
    pub(in crate::http) struct PreviewBody as "SendLinkPreview" {
        /// The link, exactly as in the text.
        #[example("https://example.org")]
        url: Chars<1, 2_048>,
        /// The title of the page behind the link.
        title: Option<Chars<0, 300>>,
        /// A sentence about the page behind the link.
        description: Option<Chars<0, 1_000>>,
    }
}

impl From<TextBody> for Text {
    fn from(text: TextBody) -> Self {
        Self { body: text.body.0, link_preview: text.link_preview.map(Into::into) }
    }
}

impl From<PreviewBody> for LinkPreview {
    fn from(preview: PreviewBody) -> Self {
        Self {
            url: preview.url.0,
            title: preview.title.map(|Chars(title)| title),
            description: preview.description.map(|Chars(text)| text),
        }
    }
}
