//! The envelopes around a message. They mark a message that was sent from another device, disappears, may be
//! viewed once, has a caption, or was edited.

use whatsapp_rust::waproto::whatsapp as wa;

/// The maximum depth of nested envelopes. A message with more envelopes is not valid.
const DEEPEST: usize = 8;

pub(super) struct Unwrapped<'m> {
    pub(super) message: &'m wa::Message,
    pub(super) view_once: bool,
}

/// Removes all envelopes.
pub(super) fn unwrap(message: &wa::Message) -> Unwrapped<'_> {
    let mut unwrapped = Unwrapped { message, view_once: false };
    for _ in 0..DEEPEST {
        let outer = unwrapped.message;
        if let Some(sent) = outer.device_sent_message.as_option() {
            let Some(inner) = sent.message.as_option() else { break };
            unwrapped.message = inner;
            continue;
        }
        let seen_once =
            [&outer.view_once_message, &outer.view_once_message_v2, &outer.view_once_message_v2_extension];
        let others = [
            &outer.ephemeral_message,
            &outer.document_with_caption_message,
            &outer.edited_message,
            &outer.lottie_sticker_message,
            &outer.group_mentioned_message,
            &outer.associated_child_message,
        ];
        let seen_once = seen_once.into_iter().find_map(|field| field.as_option());
        let envelope = seen_once.or_else(|| others.into_iter().find_map(|field| field.as_option()));
        let Some(inner) = envelope.and_then(|envelope| envelope.message.as_option()) else { break };
        unwrapped.view_once |= seen_once.is_some();
        unwrapped.message = inner;
    }
    unwrapped
}
