//! Composes a text message. For a text without a context and without a link preview, WhatsApp has a shorter encoding.

use linekeeper_model::message::Text;
use whatsapp_rust::buffa::MessageField;
use whatsapp_rust::waproto::whatsapp as wa;
use whatsapp_rust::waproto::whatsapp::message::ExtendedTextMessage;

pub(super) fn compose(text: &Text, context: Option<wa::ContextInfo>) -> wa::Message {
    if context.is_none() && text.link_preview.is_none() {
        return wa::Message { conversation: Some(text.body.clone()), ..Default::default() };
    }
    let preview = text.link_preview.as_ref();
    let extended = ExtendedTextMessage {
        text: Some(text.body.clone()),
        matched_text: preview.map(|preview| preview.url.clone()),
        title: preview.and_then(|preview| preview.title.clone()),
        description: preview.and_then(|preview| preview.description.clone()),
        context_info: context.map_or_else(MessageField::none, MessageField::some),
        ..Default::default()
    };
    wa::Message { extended_text_message: MessageField::some(extended), ..Default::default() }
}
