//! A text message, with or without a link preview.

use linekeeper_model::message::{Content, LinkPreview, Text};
use whatsapp_rust::waproto::whatsapp as wa;

use super::Translated;

pub(super) fn translate(message: &wa::Message) -> Option<Translated<'_>> {
    if let Some(body) = &message.conversation {
        return Some((Content::Text(Text::of(body)), None));
    }
    let extended = message.extended_text_message.as_option()?;
    let link_preview = extended.matched_text.clone().map(|url| LinkPreview {
        url,
        title: extended.title.clone(),
        description: extended.description.clone(),
    });
    let body = extended.text.clone().unwrap_or_default();
    Some((Content::Text(Text { body, link_preview }), extended.context_info.as_option()))
}
