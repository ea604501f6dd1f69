//! A profile picture. The server stores the file and serves it unchanged. It does not scale images, so the preview
//! is the full picture.

use bytes::Bytes;

const JPEG: &[u8] = &[0xff, 0xd8, 0xff];
const PNG: &[u8] = b"\x89PNG\r\n\x1a\n";

/// A profile picture of one account.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Picture {
    /// The id of the picture, made of digits. A different picture has a different id.
    pub id: String,
    /// The bytes of the file.
    pub image: Bytes,
}

impl Picture {
    /// The media type of the file, for HTTP.
    pub fn media_type(&self) -> &'static str {
        if self.image.starts_with(JPEG) {
            "image/jpeg"
        } else if self.image.starts_with(PNG) {
            "image/png"
        } else {
            "application/octet-stream"
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_type_of_a_picture_is_recognised_by_its_first_bytes() {
        let of = |image: &'static [u8]| Picture { id: "1".into(), image: image.into() }.media_type();
        assert_eq!(of(b"\xff\xd8\xff\xe0 and so on"), "image/jpeg");
        assert_eq!(of(b"\x89PNG\r\n\x1a\n"), "image/png");
        assert_eq!(of(b"GIF89a"), "application/octet-stream");
    }
}
