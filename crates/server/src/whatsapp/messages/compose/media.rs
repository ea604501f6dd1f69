//! Composes a message with a file. The file's path on WhatsApp's servers is added after the upload.

use linekeeper_model::message::{Content, Media};
use whatsapp_rust::buffa::MessageField;
use whatsapp_rust::waproto::whatsapp as wa;
use whatsapp_rust::waproto::whatsapp::message::{
    AudioMessage, DocumentMessage, FutureProofMessage, ImageMessage, StickerMessage, VideoMessage,
};

/// The message with this content. `None` if the content has no file.
pub(super) fn compose(
    content: &Content,
    context: Option<wa::ContextInfo>,
    view_once: bool,
) -> Option<wa::Message> {
    let context_info = context.map_or_else(MessageField::none, MessageField::some);
    let once = view_once.then_some(true);
    let mut message = wa::Message::default();
    match content {
        Content::Image(Media { caption, .. }) => {
            let image = ImageMessage {
                caption: caption.clone(),
                view_once: once,
                context_info,
                ..Default::default()
            };
            message.image_message = MessageField::some(image);
        }
        Content::Video(Media { caption, .. }) | Content::Gif(Media { caption, .. }) => {
            let video = VideoMessage {
                caption: caption.clone(),
                gif_playback: matches!(content, Content::Gif(_)).then_some(true),
                view_once: once,
                context_info,
                ..Default::default()
            };
            message.video_message = MessageField::some(video);
        }
        Content::Audio(_) | Content::Voice(_) => {
            let ptt = Some(matches!(content, Content::Voice(_)));
            let audio = AudioMessage { ptt, view_once: once, context_info, ..Default::default() };
            message.audio_message = MessageField::some(audio);
        }
        Content::Document(Media { caption, file_name, .. }) => {
            let document = DocumentMessage {
                caption: caption.clone(),
                file_name: file_name.clone(),
                title: file_name.clone(),
                context_info,
                ..Default::default()
            };
            message.document_message = MessageField::some(document);
            if caption.is_some() {
                let message = wrapped(message);
                return Some(wa::Message { document_with_caption_message: message, ..Default::default() });
            }
        }
        Content::Sticker(_) => {
            message.sticker_message =
                MessageField::some(StickerMessage { context_info, ..Default::default() });
        }
        _ => return None,
    }
    Some(match content {
        _ if !view_once => message,
        Content::Audio(_) | Content::Voice(_) => {
            wa::Message { view_once_message_v2_extension: wrapped(message), ..Default::default() }
        }
        _ => wa::Message { view_once_message_v2: wrapped(message), ..Default::default() },
    })
}

fn wrapped(message: wa::Message) -> MessageField<FutureProofMessage> {
    MessageField::some(FutureProofMessage { message: MessageField::some(message) })
}
