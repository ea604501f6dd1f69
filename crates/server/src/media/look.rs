//! Reads a preview of a file: its size in pixels, its duration, and a thumbnail. Files may come from anybody, so
//! memory is limited, and a file that cannot be read causes no error.

use std::io::{BufRead, Cursor, Seek, SeekFrom};

use image::codecs::jpeg::JpegEncoder;
use image::{ImageReader, Limits};

use super::{mp4, ogg};

/// The length of the longer side of a thumbnail in pixels.
const SMALL: u32 = 96;
/// The JPEG quality of a thumbnail, out of 100.
const QUALITY: u8 = 60;
/// The maximum memory for one picture while its thumbnail is made. A picture that needs more gets no thumbnail.
const MEMORY: u64 = 64 * 1024 * 1024;
/// The maximum length of a side in pixels. A larger picture is probably an attack.
const LONGEST_SIDE: u32 = 20_000;

/// The preview of a file. Values that are unknown are empty.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Seen {
    /// The width in pixels.
    pub width: Option<u32>,
    /// The height in pixels.
    pub height: Option<u32>,
    /// The length of audio or video.
    pub duration_seconds: Option<u32>,
    /// The codec of the audio, such as `opus`.
    pub codec: Option<&'static str>,
    /// A small picture as JPEG.
    pub thumbnail: Option<Vec<u8>>,
}

/// Reads the preview of a file with this type and size. This blocks.
pub fn look(file: &mut (impl BufRead + Seek), mime_type: &str, size: u64) -> Seen {
    match mime_type {
        "image/jpeg" | "image/png" | "image/webp" => picture(file),
        "audio/ogg" => {
            let heard = ogg::sound(file, size).ok().flatten();
            Seen {
                duration_seconds: heard.and_then(|heard| heard.seconds),
                codec: heard.filter(|heard| heard.is_opus).map(|_| "opus"),
                ..Seen::default()
            }
        }
        "video/mp4" | "video/3gpp" | "audio/mp4" | "audio/m4a" | "audio/x-m4a" => {
            let film = mp4::film(file, size).unwrap_or_default();
            let mp4::Film { seconds, width, height } = film;
            Seen { width, height, duration_seconds: seconds, ..Seen::default() }
        }
        _ => Seen::default(),
    }
}

fn picture(file: &mut (impl BufRead + Seek)) -> Seen {
    let dimensions = reader(file).and_then(|reader| reader.into_dimensions().ok());
    let Some((width, height)) = dimensions else { return Seen::default() };
    let thumbnail = reader(file).and_then(|reader| small(reader.decode().ok()?));
    Seen { width: Some(width), height: Some(height), thumbnail, ..Seen::default() }
}

fn reader(file: &mut (impl BufRead + Seek)) -> Option<ImageReader<&mut (impl BufRead + Seek)>> {
    file.seek(SeekFrom::Start(0)).ok()?;
    let mut reader = ImageReader::new(file).with_guessed_format().ok()?;
    let mut limits = Limits::default();
    limits.max_image_width = Some(LONGEST_SIDE);
    limits.max_image_height = Some(LONGEST_SIDE);
    limits.max_alloc = Some(MEMORY);
    reader.limits(limits);
    Some(reader)
}

fn small(picture: image::DynamicImage) -> Option<Vec<u8>> {
    let small = picture.thumbnail(SMALL, SMALL).into_rgb8();
    let mut jpeg = Cursor::new(Vec::new());
    small.write_with_encoder(JpegEncoder::new_with_quality(&mut jpeg, QUALITY)).ok()?;
    Some(jpeg.into_inner())
}

#[cfg(test)]
mod tests {
    use image::{ImageFormat, RgbImage};

    use super::*;

    #[test]
    fn the_dimensions_and_a_thumbnail_of_a_picture_are_determined() {
        let mut png = Cursor::new(Vec::new());
        RgbImage::new(300, 200).write_to(&mut png, ImageFormat::Png).unwrap();
        let size = png.get_ref().len() as u64;
        let seen = look(&mut png, "image/png", size);
        assert_eq!((seen.width, seen.height), (Some(300), Some(200)));
        let small = image::load_from_memory(&seen.thumbnail.unwrap()).unwrap();
        assert_eq!((small.width(), small.height()), (96, 64));
    }

    #[test]
    fn a_broken_or_huge_picture_gets_no_thumbnail_and_no_error() {
        for bytes in [&b"\x89PNG\r\n\x1a\n"[..], b"", b"RIFF\0\0\0\0WEBP"] {
            let seen = look(&mut Cursor::new(bytes), "image/png", bytes.len() as u64);
            assert_eq!(seen, Seen::default());
        }
        let mut png = Cursor::new(Vec::new());
        RgbImage::new(20_001, 1).write_to(&mut png, ImageFormat::Png).unwrap();
        assert_eq!(look(&mut png, "image/png", 0).thumbnail, None);
    }
}
