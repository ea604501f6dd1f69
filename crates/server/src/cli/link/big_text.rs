//! Draws codes in letters five lines high, which people can read from a distance.

/// Each letter has five rows of three dots. These are the letters that WhatsApp uses in codes (whatsapp-rust
/// 0.7.0, `pair_code.rs`: no 0, I, O and U), and the dash.
const GLYPHS: &[(char, [u8; 5])] = &[
    ('1', [0b010, 0b110, 0b010, 0b010, 0b111]),
    ('2', [0b111, 0b001, 0b111, 0b100, 0b111]),
    ('3', [0b111, 0b001, 0b111, 0b001, 0b111]),
    ('4', [0b101, 0b101, 0b111, 0b001, 0b001]),
    ('5', [0b111, 0b100, 0b111, 0b001, 0b111]),
    ('6', [0b111, 0b100, 0b111, 0b101, 0b111]),
    ('7', [0b111, 0b001, 0b001, 0b001, 0b001]),
    ('8', [0b111, 0b101, 0b111, 0b101, 0b111]),
    ('9', [0b111, 0b101, 0b111, 0b001, 0b111]),
    ('A', [0b010, 0b101, 0b111, 0b101, 0b101]),
    ('B', [0b110, 0b101, 0b110, 0b101, 0b110]),
    ('C', [0b011, 0b100, 0b100, 0b100, 0b011]),
    ('D', [0b110, 0b101, 0b101, 0b101, 0b110]),
    ('E', [0b111, 0b100, 0b110, 0b100, 0b111]),
    ('F', [0b111, 0b100, 0b110, 0b100, 0b100]),
    ('G', [0b011, 0b100, 0b101, 0b101, 0b011]),
    ('H', [0b101, 0b101, 0b111, 0b101, 0b101]),
    ('J', [0b001, 0b001, 0b001, 0b101, 0b010]),
    ('K', [0b101, 0b101, 0b110, 0b101, 0b101]),
    ('L', [0b100, 0b100, 0b100, 0b100, 0b111]),
    ('M', [0b101, 0b111, 0b111, 0b101, 0b101]),
    ('N', [0b111, 0b101, 0b101, 0b101, 0b101]),
    ('P', [0b110, 0b101, 0b110, 0b100, 0b100]),
    ('Q', [0b010, 0b101, 0b101, 0b110, 0b011]),
    ('R', [0b110, 0b101, 0b110, 0b101, 0b101]),
    ('S', [0b011, 0b100, 0b010, 0b001, 0b110]),
    ('T', [0b111, 0b010, 0b010, 0b010, 0b010]),
    ('V', [0b101, 0b101, 0b101, 0b101, 0b010]),
    ('W', [0b101, 0b101, 0b111, 0b111, 0b101]),
    ('X', [0b101, 0b101, 0b010, 0b101, 0b101]),
    ('Y', [0b101, 0b101, 0b010, 0b010, 0b010]),
    ('Z', [0b111, 0b001, 0b010, 0b100, 0b111]),
    ('-', [0b000, 0b000, 0b111, 0b000, 0b000]),
];

/// The lines of the drawing of `text`. If a letter has no drawing, returns the plain text.
pub(super) fn lines(text: &str) -> Vec<String> {
    let glyphs: Option<Vec<&[u8; 5]>> = text.chars().map(glyph).collect();
    let Some(glyphs) = glyphs else { return vec![text.to_owned()] };
    (0..5).map(|row| glyphs.iter().map(|glyph| dots(glyph[row])).collect::<Vec<_>>().join("  ")).collect()
}

fn glyph(letter: char) -> Option<&'static [u8; 5]> {
    GLYPHS.iter().find(|(known, _)| *known == letter).map(|(_, glyph)| glyph)
}

/// Draws each dot two columns wide, so that it looks square.
fn dots(row: u8) -> String {
    (0..3).rev().map(|bit| if row >> bit & 1 == 1 { "██" } else { "  " }).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_letter_of_a_pairing_code_has_its_own_drawing() {
        let letters = "123456789ABCDEFGHJKLMNPQRSTVWXYZ-";
        let drawn: Vec<_> = letters.chars().map(|letter| glyph(letter).unwrap()).collect();
        for (index, one) in drawn.iter().enumerate() {
            assert!(drawn[..index].iter().all(|other| other != one), "{:?}", letters.chars().nth(index));
        }
    }

    #[test]
    fn a_pairing_code_fits_into_80_columns() {
        let lines = lines("WXYZ-1234");
        assert_eq!(lines.len(), 5);
        assert!(lines.iter().all(|line| line.chars().count() <= 80));
        assert_eq!(super::lines("äöü"), ["äöü"]);
    }
}
