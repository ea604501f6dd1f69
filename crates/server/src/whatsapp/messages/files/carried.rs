//! Reads, adds and removes the reference to a file in the bytes of a message. A message is composed before its
//! file is on WhatsApp's servers. So the file's path there is added to the message later. The functions are pure.

use whatsapp_rust::wacore::download::MediaType;
use whatsapp_rust::waproto::codec;
use whatsapp_rust::waproto::whatsapp as wa;

use super::place::Place;

/// What the bytes of a message say about a file on WhatsApp's servers.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Carried {
    /// The message has no file.
    Nothing,
    /// The message has a file, but does not say where WhatsApp's servers have it, because it is not uploaded yet.
    Unplaced,
    /// The message has a file, which WhatsApp's servers have at this path.
    File(Box<Place>),
}

/// The preview of a file, and its media type.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Look {
    /// The media type, such as `image/jpeg`.
    pub mime_type: Option<String>,
    /// The width in pixels.
    pub width: Option<u32>,
    /// The height in pixels.
    pub height: Option<u32>,
    /// The length of audio or video.
    pub duration_seconds: Option<u32>,
    /// A small JPEG preview.
    pub thumbnail: Option<Vec<u8>>,
}

/// Runs `$act` on the part of the message that has the file, whatever the type of the message is.
macro_rules! with_file {
    ($message:expr, $access:ident, |$file:ident, $kind:ident| $act:expr) => {{
        let message = $message;
        if let Some($file) = message.image_message.$access() {
            let $kind = MediaType::Image;
            Some($act)
        } else if let Some($file) = message.video_message.$access() {
            let $kind = MediaType::Video;
            Some($act)
        } else if let Some($file) = message.ptv_message.$access() {
            let $kind = MediaType::Video;
            Some($act)
        } else if let Some($file) = message.audio_message.$access() {
            let $kind = MediaType::Audio;
            Some($act)
        } else if let Some($file) = message.document_message.$access() {
            let $kind = MediaType::Document;
            Some($act)
        } else if let Some($file) = message.sticker_message.$access() {
            let $kind = MediaType::Sticker;
            Some($act)
        } else {
            None
        }
    }};
}

/// Reads the file reference in a message's bytes.
pub fn carried(wire: &[u8]) -> Carried {
    let Ok(mut message) = codec::message_decode(wire) else { return Carried::Nothing };
    let found = with_file!(inside(&mut message), as_option, |file, kind| {
        let place = (|| {
            Some(Place {
                url: file.url.clone(),
                direct_path: file.direct_path.clone()?,
                media_key: file.media_key.clone()?,
                sha256: file.file_sha256.clone().unwrap_or_default(),
                enc_sha256: file.file_enc_sha256.clone()?,
                size: file.file_length,
                made_at: file.media_key_timestamp,
                sidecar: None,
                kind,
            })
        })();
        place.map_or(Carried::Unplaced, |place| Carried::File(Box::new(place)))
    });
    found.unwrap_or(Carried::Nothing)
}

/// Writes into the bytes of a message where its file is on WhatsApp's servers, and the key that decrypts the file.
/// Returns `None` if the message has no file.
pub fn attach(wire: &[u8], place: &Place, look: Look) -> Option<Vec<u8>> {
    let mut message = codec::message_decode(wire).ok()?;
    let inner = inside(&mut message);
    with_file!(&mut *inner, as_option_mut, |file, _kind| {
        file.url = place.url.clone();
        file.direct_path = Some(place.direct_path.clone());
        file.media_key = Some(place.media_key.clone());
        file.file_sha256 = Some(place.sha256.clone());
        file.file_enc_sha256 = Some(place.enc_sha256.clone());
        file.file_length = place.size;
        file.media_key_timestamp = place.made_at;
    })?;
    let Look { mime_type, width, height, duration_seconds, thumbnail } = look;
    if let Some(image) = inner.image_message.as_option_mut() {
        (image.mimetype, image.width, image.height) = (mime_type, width, height);
        image.jpeg_thumbnail = thumbnail;
    } else if let Some(video) = inner.video_message.as_option_mut() {
        (video.mimetype, video.width, video.height) = (mime_type, width, height);
        (video.seconds, video.jpeg_thumbnail) = (duration_seconds, thumbnail);
        video.streaming_sidecar = place.sidecar.clone();
    } else if let Some(audio) = inner.audio_message.as_option_mut() {
        let is_voice = audio.ptt.unwrap_or(false);
        // Phones play a voice note only if its codec is named.
        audio.mimetype = if is_voice { Some("audio/ogg; codecs=opus".to_owned()) } else { mime_type };
        (audio.seconds, audio.streaming_sidecar) = (duration_seconds, place.sidecar.clone());
    } else if let Some(document) = inner.document_message.as_option_mut() {
        document.mimetype = mime_type;
        document.jpeg_thumbnail = thumbnail;
    } else if let Some(sticker) = inner.sticker_message.as_option_mut() {
        (sticker.mimetype, sticker.width, sticker.height) = (mime_type, width, height);
    }
    Some(codec::message_to_vec(&message))
}

/// Removes the file's path and key from the bytes of a message, because WhatsApp may have deleted the file. Returns
/// `None` if the message has no file.
pub fn detach(wire: &[u8]) -> Option<Vec<u8>> {
    let mut message = codec::message_decode(wire).ok()?;
    with_file!(inside(&mut message), as_option_mut, |file, _kind| {
        (file.url, file.direct_path, file.media_key) = (None, None, None);
        (file.file_sha256, file.file_enc_sha256, file.file_length) = (None, None, None);
        file.media_key_timestamp = None;
    })?;
    Some(codec::message_to_vec(&message))
}

/// Replaces the caption in the bytes of a message. Returns `None` if the message has no file on
/// WhatsApp's servers, or cannot have a caption.
pub fn captioned(wire: &[u8], caption: &str) -> Option<Vec<u8>> {
    let Carried::File(_) = carried(wire) else { return None };
    let mut message = codec::message_decode(wire).ok()?;
    let inner = inside(&mut message);
    let caption = Some(caption.to_owned());
    if let Some(image) = inner.image_message.as_option_mut() {
        image.caption = caption;
    } else if let Some(video) = inner.video_message.as_option_mut() {
        video.caption = caption;
    } else if let Some(document) = inner.document_message.as_option_mut() {
        document.caption = caption;
    } else {
        return None;
    }
    Some(codec::message_to_vec(&message))
}

impl Place {
    /// Whether the file was uploaded before `time`, in seconds since 1970.
    pub fn is_older_than(&self, time: i64) -> bool {
        self.made_at.is_none_or(|made_at| made_at < time)
    }
}

/// Returns the message inside the envelope of a view-once message or of a document with a caption. A message without
/// such an envelope is returned itself.
fn inside(message: &mut wa::Message) -> &mut wa::Message {
    let is_wrapped = [
        &message.view_once_message,
        &message.view_once_message_v2,
        &message.view_once_message_v2_extension,
        &message.document_with_caption_message,
    ]
    .map(|envelope| envelope.as_option().is_some_and(|envelope| envelope.message.is_set()));
    let envelope = match is_wrapped {
        [true, ..] => &mut message.view_once_message,
        [_, true, ..] => &mut message.view_once_message_v2,
        [_, _, true, _] => &mut message.view_once_message_v2_extension,
        [.., true] => &mut message.document_with_caption_message,
        _ => return message,
    };
    envelope.get_or_insert_default().message.get_or_insert_default()
}
