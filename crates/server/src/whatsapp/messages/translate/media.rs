//! Messages with a file: pictures, videos, audio, documents and stickers. This module reads only what the message
//! says about the file. Other code fetches the file, and needs the message's original bytes for that.

use linekeeper_model::message::{Content, Media};
use whatsapp_rust::waproto::whatsapp as wa;

use super::Translated;

fn hex(digest: Option<&Vec<u8>>) -> Option<String> {
    digest.filter(|digest| digest.len() == 32).map(hex::encode)
}

fn filled(text: Option<&String>) -> Option<String> {
    text.filter(|text| !text.is_empty()).cloned()
}

pub(super) fn image(message: &wa::Message) -> Option<Translated<'_>> {
    let image = message.image_message.as_option()?;
    let media = Media {
        mime_type: image.mimetype.clone(),
        size: image.file_length,
        sha256: hex(image.file_sha256.as_ref()),
        caption: filled(image.caption.as_ref()),
        width: image.width,
        height: image.height,
        ..Media::default()
    };
    Some((Content::Image(media), image.context_info.as_option()))
}

/// A video message. A round video message counts as a video too.
pub(super) fn video(message: &wa::Message) -> Option<Translated<'_>> {
    let video = message.video_message.as_option().or_else(|| message.ptv_message.as_option())?;
    let media = Media {
        mime_type: video.mimetype.clone(),
        size: video.file_length,
        sha256: hex(video.file_sha256.as_ref()),
        caption: filled(video.caption.as_ref()),
        width: video.width,
        height: video.height,
        duration_seconds: video.seconds,
        ..Media::default()
    };
    let is_gif = video.gif_playback.unwrap_or(false);
    let content = if is_gif { Content::Gif(media) } else { Content::Video(media) };
    Some((content, video.context_info.as_option()))
}

pub(super) fn audio(message: &wa::Message) -> Option<Translated<'_>> {
    let audio = message.audio_message.as_option()?;
    let media = Media {
        mime_type: audio.mimetype.clone(),
        size: audio.file_length,
        sha256: hex(audio.file_sha256.as_ref()),
        duration_seconds: audio.seconds,
        ..Media::default()
    };
    let is_voice = audio.ptt.unwrap_or(false);
    let content = if is_voice { Content::Voice(media) } else { Content::Audio(media) };
    Some((content, audio.context_info.as_option()))
}

pub(super) fn document(message: &wa::Message) -> Option<Translated<'_>> {
    let document = message.document_message.as_option()?;
    let media = Media {
        mime_type: document.mimetype.clone(),
        size: document.file_length,
        sha256: hex(document.file_sha256.as_ref()),
        file_name: filled(document.file_name.as_ref()).or_else(|| filled(document.title.as_ref())),
        caption: filled(document.caption.as_ref()),
        ..Media::default()
    };
    Some((Content::Document(media), document.context_info.as_option()))
}

pub(super) fn sticker(message: &wa::Message) -> Option<Translated<'_>> {
    let sticker = message.sticker_message.as_option()?;
    let media = Media {
        mime_type: sticker.mimetype.clone(),
        size: sticker.file_length,
        sha256: hex(sticker.file_sha256.as_ref()),
        width: sticker.width,
        height: sticker.height,
        ..Media::default()
    };
    Some((Content::Sticker(media), sticker.context_info.as_option()))
}
