//! Media: pictures, videos, audio, files and stickers. The message itself contains only where the encrypted file
//! is, and how to decrypt it.

use super::{Desk, Invalid, Kind, bounded};
use buffa::MessageField;
use bytes::Bytes;
use serde::{Deserialize, Serialize};
use wacore::download::MediaType;
use wacore::proto_helpers::MessageExt as _;
use waproto::whatsapp as wa;

/// The maximum length of a caption, in characters.
const LONGEST_CAPTION: usize = 1_024;

/// A file in a message, with the fields that people see.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "camelCase", default)]
pub struct Media {
    /// The MIME type. If it is missing, the phone uses a default for the kind of media.
    pub mime_type: Option<String>,
    /// The file to send, in Base64.
    #[serde(skip_serializing, deserialize_with = "base64_bytes")]
    pub data: Bytes,
    /// The file's size in bytes. It is set after the phone has downloaded and decrypted the file.
    pub size: Option<u64>,
    /// The file's SHA-256 in hex. It is set after the phone has downloaded and decrypted the file.
    pub sha256: Option<String>,
    /// Why the receiving phone could not download or decrypt the file.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub error: Option<String>,
    /// The file's name. Only documents have one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub file_name: Option<String>,
    /// The text under the file.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub caption: Option<String>,
    /// The width of the picture or video in pixels.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub width: Option<u32>,
    /// The height of the picture or video in pixels.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub height: Option<u32>,
    /// The duration of the audio or video, in seconds.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub duration_seconds: Option<u32>,
    /// Whether the file may be viewed only once.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub view_once: Option<bool>,
}

fn base64_bytes<'de, D: serde::Deserializer<'de>>(deserializer: D) -> Result<Bytes, D::Error> {
    use base64::Engine as _;
    let text = std::borrow::Cow::<str>::deserialize(deserializer)?;
    let bytes = base64::prelude::BASE64_STANDARD.decode(text.as_bytes());
    bytes.map(Bytes::from).map_err(|error| serde::de::Error::custom(format!("data: is not base64: {error}")))
}

/// Where a file is on the media server, and how to decrypt it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FileReference {
    /// The path of the file on the media server.
    pub direct_path: String,
    /// The key that the encryption keys are derived from.
    pub media_key: Vec<u8>,
    /// The SHA-256 of the plain file.
    pub sha256: Vec<u8>,
    /// The SHA-256 of the encrypted file.
    pub enc_sha256: Vec<u8>,
    /// The size of the plain file in bytes.
    pub size: u64,
    /// The media type, which decides which keys are derived.
    pub media_type: MediaType,
}

/// A file that a phone has uploaded.
pub struct Uploaded {
    /// Where the file is, and how to decrypt it.
    pub file: FileReference,
    /// The complete URL of the file.
    pub url: String,
    /// The streaming sidecar: a checksum for each part of the file, so that a player can start before the file is
    /// complete.
    pub sidecar: Option<Vec<u8>>,
}

macro_rules! media {
    ($($kind:ident $doc:literal),*) => {
        $(
            #[doc = $doc]
            #[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
            #[serde(transparent)]
            pub struct $kind(pub Media);
        )*
    };
}

media! {
    Image "A picture.",
    Video "A film.",
    Gif "A film without sound that plays over and over.",
    Audio "A sound file.",
    Voice "A voice message.",
    Document "A file of any type.",
    Sticker "A sticker."
}

impl Media {
    fn upload(&self, name: &str, kind: MediaType, desk: &dyn Desk) -> Result<Uploaded, Invalid> {
        if self.data.is_empty() {
            return Err(Invalid::new(format!("{name}.data"), "is missing or empty"));
        }
        if let Some(caption) = &self.caption {
            bounded(&format!("{name}.caption"), caption, LONGEST_CAPTION)?;
        }
        desk.upload(&self.data, kind)
    }

    fn mime(&self, default: &str) -> Option<String> {
        Some(self.mime_type.clone().unwrap_or_else(|| default.to_owned()))
    }
}

/// Builds a media message. Sets the fields that all kinds of media have, and the given fields.
macro_rules! filled {
    ($message:ident, $media:ident, $mime:expr, $up:ident, $desk:ident { $($field:ident: $value:expr),* $(,)? }) => {
        wa::message::$message {
            url: Some($up.url),
            mimetype: $media.mime($mime),
            file_sha256: Some($up.file.sha256),
            file_length: Some($up.file.size),
            media_key: Some($up.file.media_key),
            file_enc_sha256: Some($up.file.enc_sha256),
            direct_path: Some($up.file.direct_path),
            media_key_timestamp: Some($desk.now_millis() / 1_000),
            $($field: $value,)*
            ..Default::default()
        }
    };
}

impl Kind for Image {
    fn write(&self, desk: &dyn Desk) -> Result<wa::Message, Invalid> {
        let Self(media) = self;
        let up = media.upload("image", MediaType::Image, desk)?;
        let image = filled!(
            ImageMessage,
            media,
            "image/jpeg",
            up,
            desk { caption: media.caption.clone(), width: media.width, height: media.height }
        );
        Ok(wa::Message { image_message: MessageField::some(image), ..Default::default() })
    }

    fn read(message: &wa::Message) -> Option<Self> {
        let image = message.image_message.as_option()?;
        Some(Self(Media {
            mime_type: image.mimetype.clone(),
            caption: image.caption.clone(),
            width: image.width,
            height: image.height,
            view_once: image.view_once,
            ..Media::default()
        }))
    }
}

fn film(media: &Media, name: &str, gif: bool, desk: &dyn Desk) -> Result<wa::Message, Invalid> {
    let up = media.upload(name, MediaType::Video, desk)?;
    let video = filled!(
        VideoMessage,
        media,
        "video/mp4",
        up,
        desk {
            caption: media.caption.clone(),
            width: media.width,
            height: media.height,
            seconds: media.duration_seconds,
            gif_playback: Some(gif),
            streaming_sidecar: up.sidecar,
        }
    );
    Ok(wa::Message { video_message: MessageField::some(video), ..Default::default() })
}

fn read_film(message: &wa::Message, gif: bool) -> Option<Media> {
    let video = message.video_message.as_option().or_else(|| message.ptv_message.as_option())?;
    (video.gif_playback.unwrap_or_default() == gif).then(|| Media {
        mime_type: video.mimetype.clone(),
        caption: video.caption.clone(),
        width: video.width,
        height: video.height,
        duration_seconds: video.seconds,
        view_once: video.view_once,
        ..Media::default()
    })
}

impl Kind for Video {
    fn write(&self, desk: &dyn Desk) -> Result<wa::Message, Invalid> {
        film(&self.0, "video", false, desk)
    }

    fn read(message: &wa::Message) -> Option<Self> {
        read_film(message, false).map(Self)
    }
}

impl Kind for Gif {
    fn write(&self, desk: &dyn Desk) -> Result<wa::Message, Invalid> {
        film(&self.0, "gif", true, desk)
    }

    fn read(message: &wa::Message) -> Option<Self> {
        read_film(message, true).map(Self)
    }
}

fn sound(media: &Media, name: &str, voice: bool, desk: &dyn Desk) -> Result<wa::Message, Invalid> {
    let up = media.upload(name, MediaType::Audio, desk)?;
    let mime = if voice { "audio/ogg; codecs=opus" } else { "audio/mpeg" };
    let audio = filled!(
        AudioMessage,
        media,
        mime,
        up,
        desk { seconds: media.duration_seconds, ptt: Some(voice), streaming_sidecar: up.sidecar }
    );
    Ok(wa::Message { audio_message: MessageField::some(audio), ..Default::default() })
}

fn read_sound(message: &wa::Message, voice: bool) -> Option<Media> {
    let audio = message.audio_message.as_option()?;
    (audio.ptt.unwrap_or_default() == voice).then(|| Media {
        mime_type: audio.mimetype.clone(),
        duration_seconds: audio.seconds,
        view_once: audio.view_once,
        ..Media::default()
    })
}

impl Kind for Audio {
    fn write(&self, desk: &dyn Desk) -> Result<wa::Message, Invalid> {
        sound(&self.0, "audio", false, desk)
    }

    fn read(message: &wa::Message) -> Option<Self> {
        read_sound(message, false).map(Self)
    }
}

impl Kind for Voice {
    fn write(&self, desk: &dyn Desk) -> Result<wa::Message, Invalid> {
        sound(&self.0, "voice", true, desk)
    }

    fn read(message: &wa::Message) -> Option<Self> {
        read_sound(message, true).map(Self)
    }
}

impl Kind for Document {
    fn write(&self, desk: &dyn Desk) -> Result<wa::Message, Invalid> {
        let Self(media) = self;
        let up = media.upload("document", MediaType::Document, desk)?;
        let document = filled!(
            DocumentMessage,
            media,
            "application/octet-stream",
            up,
            desk {
                caption: media.caption.clone(),
                file_name: media.file_name.clone(),
                title: media.file_name.clone(),
            }
        );
        let message = wa::Message { document_message: MessageField::some(document), ..Default::default() };
        if media.caption.is_none() {
            return Ok(message);
        }
        let wrapped = wa::message::FutureProofMessage { message: MessageField::some(message) };
        Ok(wa::Message { document_with_caption_message: MessageField::some(wrapped), ..Default::default() })
    }

    fn read(message: &wa::Message) -> Option<Self> {
        let document = message.document_message.as_option()?;
        Some(Self(Media {
            mime_type: document.mimetype.clone(),
            caption: document.caption.clone(),
            file_name: document.file_name.clone(),
            ..Media::default()
        }))
    }
}

impl Kind for Sticker {
    fn write(&self, desk: &dyn Desk) -> Result<wa::Message, Invalid> {
        let Self(media) = self;
        let up = media.upload("sticker", MediaType::Sticker, desk)?;
        let sticker = filled!(
            StickerMessage,
            media,
            "image/webp",
            up,
            desk { width: media.width, height: media.height }
        );
        Ok(wa::Message { sticker_message: MessageField::some(sticker), ..Default::default() })
    }

    fn read(message: &wa::Message) -> Option<Self> {
        let sticker = message.sticker_message.as_option()?;
        Some(Self(Media {
            mime_type: sticker.mimetype.clone(),
            width: sticker.width,
            height: sticker.height,
            ..Media::default()
        }))
    }
}

impl FileReference {
    /// The file that a message contains.
    pub(crate) fn of(message: &wa::Message) -> Option<Self> {
        let message = message.get_base_message();
        macro_rules! first {
            ($($field:ident $kind:ident),* $(,)?) => {
                $(if let Some(media) = message.$field.as_option() {
                    return Some(Self {
                        direct_path: media.direct_path.clone()?,
                        media_key: media.media_key.clone()?,
                        sha256: media.file_sha256.clone()?,
                        enc_sha256: media.file_enc_sha256.clone()?,
                        size: media.file_length.unwrap_or_default(),
                        media_type: MediaType::$kind,
                    });
                })*
            };
        }
        first!(
            image_message Image,
            video_message Video,
            ptv_message Video,
            audio_message Audio,
            document_message Document,
            sticker_message Sticker,
        );
        None
    }
}
