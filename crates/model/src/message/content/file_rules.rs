//! Which files WhatsApp allows in each type of message.

use super::MessageType;

/// The maximum size in bytes of a picture, video or audio file. A larger file must be sent as a document.
const LARGEST_SHOWN: u64 = 16_000_000;

/// Why a file cannot be sent in a message of a certain type.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Misfit {
    /// The file is larger than WhatsApp allows.
    #[error("must have at most {0} bytes; larger files go as document")]
    TooLarge(u64),
    /// The file's type is not allowed. The field describes the allowed types.
    #[error("must be {0}; other files go as document")]
    WrongType(&'static str),
}

impl MessageType {
    /// Whether a message of this type has a file.
    pub const fn carries_file(self) -> bool {
        matches!(
            self,
            Self::Image
                | Self::Video
                | Self::Gif
                | Self::Audio
                | Self::Voice
                | Self::Document
                | Self::Sticker
        )
    }

    /// Whether a message of this type may have a caption.
    pub const fn takes_caption(self) -> bool {
        matches!(self, Self::Image | Self::Video | Self::Gif | Self::Document)
    }

    /// Whether a message of this type can be sent as view once.
    pub const fn takes_view_once(self) -> bool {
        matches!(self, Self::Image | Self::Video | Self::Audio | Self::Voice)
    }

    /// The maximum size in bytes of a file in a message of this type. `documents` is the maximum for documents.
    pub const fn largest_file(self, documents: u64) -> u64 {
        match self {
            Self::Document => documents,
            _ if documents < LARGEST_SHOWN => documents,
            _ => LARGEST_SHOWN,
        }
    }

    /// Checks whether a file with this MIME type and size can be sent in this type of message. `codec` is the
    /// file's audio codec, if it is known.
    pub fn admits(
        self,
        mime_type: &str,
        codec: Option<&str>,
        size: u64,
        documents: u64,
    ) -> Result<(), Misfit> {
        let (types, said): (&[&str], _) = match self {
            Self::Image => (&["image/jpeg", "image/png", "image/webp"], "a JPEG, PNG or WebP picture"),
            Self::Video | Self::Gif => (&["video/mp4", "video/3gpp"], "an MP4 or 3GP video"),
            Self::Audio => (
                &[
                    "audio/aac",
                    "audio/mp4",
                    "audio/m4a",
                    "audio/x-m4a",
                    "audio/mpeg",
                    "audio/mp3",
                    "audio/amr",
                    "audio/ogg",
                ],
                "an AAC, M4A, MP3, AMR or OGG file",
            ),
            Self::Voice => (&["audio/ogg"], "an OGG file with Opus"),
            Self::Sticker => (&["image/webp"], "a WebP picture"),
            _ => (&[], ""),
        };
        let is_sound = self != Self::Voice || codec == Some("opus");
        if self != Self::Document && !(types.contains(&mime_type) && is_sound) {
            return Err(Misfit::WrongType(said));
        }
        let most = self.largest_file(documents);
        if size > most { Err(Misfit::TooLarge(most)) } else { Ok(()) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_message_type_accepts_only_its_file_types_up_to_its_maximum_size() {
        let admits = |kind: MessageType, mime: &str, size| kind.admits(mime, Some("opus"), size, 100_000_000);
        assert_eq!(admits(MessageType::Image, "image/png", 16_000_000), Ok(()));
        assert_eq!(admits(MessageType::Image, "image/png", 16_000_001), Err(Misfit::TooLarge(16_000_000)));
        assert_eq!(admits(MessageType::Document, "application/zip", 100_000_000), Ok(()));
        assert_eq!(
            admits(MessageType::Document, "application/zip", 100_000_001),
            Err(Misfit::TooLarge(100_000_000))
        );
        for (kind, mime) in [
            (MessageType::Image, "application/pdf"),
            (MessageType::Image, "image/gif"),
            (MessageType::Video, "image/png"),
            (MessageType::Gif, "image/gif"),
            (MessageType::Audio, "video/mp4"),
            (MessageType::Voice, "audio/mpeg"),
            (MessageType::Sticker, "image/png"),
        ] {
            assert!(matches!(admits(kind, mime, 1), Err(Misfit::WrongType(_))), "{kind} {mime}");
        }
        assert_eq!(admits(MessageType::Voice, "audio/ogg", 1), Ok(()));
        assert!(MessageType::Voice.admits("audio/ogg", Some("vorbis"), 1, 100).is_err());
    }
}
