//! Draws a QR code as text. Each character shows two modules, one above the other, so that the code is square and
//! every phone can read it.

use anyhow::Context as _;
use qrcode::render::unicode::Dense1x2;
use qrcode::{EcLevel, QrCode};

/// Black on white, independent of the colours of the terminal.
const INK: &str = "\x1b[38;5;16;48;5;231m";
const RESET: &str = "\x1b[0m";

/// The lines of the drawing of `text`. With `colours`, the drawing suits any terminal. Without `colours`, the drawing
/// suits only a terminal with a dark background.
pub(super) fn lines(text: &str, colours: bool) -> anyhow::Result<Vec<String>> {
    let code =
        QrCode::with_error_correction_level(text, EcLevel::L).context("the code is too long to draw")?;
    let mut renderer = code.render::<Dense1x2>();
    renderer.quiet_zone(true);
    if !colours {
        // On a dark background, the terminal draws a filled block in a light colour. So the light and the dark parts of
        // the code are swapped.
        renderer.dark_color(Dense1x2::Light).light_color(Dense1x2::Dark);
    }
    let drawing = renderer.build();
    let line = |line: &str| {
        if colours { format!("{INK}{line}{RESET}") } else { line.to_owned() }
    };
    Ok(drawing.lines().map(line).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    const REF: &str =
        "2@AbCdEfGhIjKlMnOpQrStUvWxYz0123456789,vJ0ZxYk1u3n5m7p9q1s3t5v7x9z1B3D5F7H9J1L3N5E=,c,d,1";

    /// Paints the text as a terminal would, with 8 pixels per module, and reads the picture with a QR decoder.
    fn scanned(lines: &[String], block_is_dark: bool) -> String {
        let rows: Vec<Vec<bool>> = lines
            .iter()
            .flat_map(|line| {
                let plain = line.trim_start_matches(INK).trim_end_matches(RESET);
                let upper = plain.chars().map(|c| matches!(c, '█' | '▀')).collect();
                let lower = plain.chars().map(|c| matches!(c, '█' | '▄')).collect();
                [upper, lower]
            })
            .collect();
        let (width, height) = (rows[0].len(), rows.len());
        let mut image = rqrr::PreparedImage::prepare_from_greyscale(width * 8, height * 8, |x, y| {
            if rows[y / 8][x / 8] == block_is_dark { 0 } else { 255 }
        });
        image.detect_grids()[0].decode().unwrap().1
    }

    #[test]
    fn a_qr_decoder_reads_the_drawing_with_and_without_colours() {
        assert_eq!(scanned(&lines(REF, true).unwrap(), true), REF);
        assert_eq!(scanned(&lines(REF, false).unwrap(), false), REF);
    }

    #[test]
    fn the_qr_code_fits_a_usual_terminal() {
        let long = "x".repeat(240);
        let lines = lines(&long, false).unwrap();
        assert!(lines.iter().all(|line| line.chars().count() <= 80));
        assert!(lines.len() <= 40, "{}", lines.len());
    }
}
