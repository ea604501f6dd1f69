//! A text, with a preview of a link where it has one.

use linekeeper_model::message::{LinkPreview, Text};

use crate::http::request::declare::body;
use crate::http::request::value::Chars;

body! {
    /// A text.
    pub(in crate::http) struct TextBody as "SendText" {
        /// What it says.
        #[example("Hello")]
        body: Chars<1, { Text::MAX }>,
        /// What people see of a link in it.
        link_preview: Option<PreviewBody>,
    }
}

body! {
    /// What people see of a link.
    pub(in crate::http) struct PreviewBody as "SendLinkPreview" {
        /// The link, as it stands in the text.
        #[example("https://example.org")]
        url: Chars<1, 2_048>,
        /// The title of its page.
        title: Option<Chars<0, 300>>,
        /// A sentence about its page.
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
