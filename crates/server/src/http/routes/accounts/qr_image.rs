//! Draws QR codes. The codes are large and have enough white around them, so that any phone can read them from a
//! screen.

use std::io::Cursor;

use image::{GrayImage, ImageFormat, Luma};
use qrcode::render::svg;
use qrcode::{Color, EcLevel, QrCode};

/// The width of the white border in modules. The standard asks for four.
const QUIET_ZONE: usize = 4;
/// The width of a module in pixels.
const SCALE: usize = 8;

/// The code could not be drawn.
#[derive(Debug, thiserror::Error)]
pub(in crate::http) enum QrImageError {
    /// The text is too long for any QR code.
    #[error("the text does not fit a QR code")]
    Encode(#[from] qrcode::types::QrError),
    /// The PNG encoder failed.
    #[error("the QR code could not be written as PNG")]
    Png(#[from] image::ImageError),
}

/// `text` as a PNG image with at least 8 pixels per module.
pub(in crate::http) fn png(text: &str) -> Result<Vec<u8>, QrImageError> {
    let code = encode(text)?;
    let (colors, width) = (code.to_colors(), code.width());
    let side =
        u32::try_from((width + 2 * QUIET_ZONE) * SCALE).expect("a QR code has at most 177 modules a side");
    let image = GrayImage::from_fn(side, side, |x, y| {
        let module = |pixel: u32| (pixel as usize / SCALE).checked_sub(QUIET_ZONE).filter(|&m| m < width);
        match (module(x), module(y)) {
            (Some(x), Some(y)) if colors[y * width + x] == Color::Dark => Luma([0]),
            _ => Luma([255]),
        }
    });
    let mut bytes = Cursor::new(Vec::new());
    image.write_to(&mut bytes, ImageFormat::Png)?;
    Ok(bytes.into_inner())
}

/// `text` as an SVG drawing.
pub(in crate::http) fn svg(text: &str) -> Result<String, QrImageError> {
    let scale = u32::try_from(SCALE).expect("a constant that fits");
    Ok(encode(text)?.render::<svg::Color>().quiet_zone(true).module_dimensions(scale, scale).build())
}

/// A code on a screen is not damaged, so it needs little redundancy. This keeps the modules large.
fn encode(text: &str) -> Result<QrCode, QrImageError> {
    Ok(QrCode::with_error_correction_level(text, EcLevel::L)?)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A text of the same length as WhatsApp's refs.
    const REF: &str = "2@AbCdEfGhIjKlMnOpQrStUvWxYz0123456789AbCdEfGhIjKlMnOpQrStUvWxYz0123456789AbCdEfGhIjKlMnOpQr==,\
                       vJ0ZxYk1u3n5m7p9q1s3t5v7x9z1B3D5F7H9J1L3N5E=,aB1cD2eF3gH4iJ5kL6mN7oP8qR9sT0uV1wX2yZ3A4B4=,\
                       Zm9vYmFyYmF6cXV4Zm9vYmFyYmF6cXV4Zm9vYmFyYmE=,1";

    #[test]
    fn a_qr_decoder_reads_the_png() {
        let image = image::load_from_memory(&png(REF).unwrap()).unwrap().to_luma8();
        let (width, height) = image.dimensions();
        let mut prepared =
            rqrr::PreparedImage::prepare_from_greyscale(width as usize, height as usize, |x, y| {
                image.get_pixel(x as u32, y as u32).0[0]
            });
        let grids = prepared.detect_grids();
        assert_eq!(grids.len(), 1);
        assert_eq!(grids[0].decode().unwrap().1, REF);
    }

    #[test]
    fn the_png_has_a_wide_white_border() {
        let image = image::load_from_memory(&png(REF).unwrap()).unwrap().to_luma8();
        let border = (QUIET_ZONE * SCALE) as u32;
        assert!(border >= 32);
        for at in 0..image.width() {
            for depth in 0..border {
                assert_eq!(image.get_pixel(at, depth).0, [255]);
                assert_eq!(image.get_pixel(depth, at).0, [255]);
            }
        }
    }

    #[test]
    fn the_svg_is_one_complete_element() {
        let svg = svg(REF).unwrap();
        assert!(svg.contains("<svg") && svg.contains("</svg>"));
    }
}
