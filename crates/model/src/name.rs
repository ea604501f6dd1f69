//! What people may call things: accounts, keys, workspaces, tags. A name can be seen, and reads the same everywhere.

use icu_properties::CodePointSetData;
use icu_properties::props::{BidiControl, DefaultIgnorableCodePoint};

/// Why a text cannot be a name. The messages never repeat the text.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum InvalidName {
    /// Nothing of it can be seen.
    #[error("must have at least one character that can be seen")]
    Invisible,
    /// It has more characters than it may.
    #[error("must have at most {most} characters")]
    TooLong {
        /// How many it may have.
        most: usize,
    },
    /// It has a control character, or one that ends a line or paragraph.
    #[error("must have no control characters and no line ends")]
    Control,
    /// It has a character that turns the direction of the text around it, which then reads as another text
    /// (Unicode Technical Report 36, section 2.6).
    #[error(
        "must have no characters that override the direction of text (U+202A to U+202E, U+2066 to U+2069)"
    )]
    Direction,
}

/// `text` without the spaces around it, where it can be a name of at most `most` characters.
pub fn check(text: &str, most: usize) -> Result<String, InvalidName> {
    let name = text.trim();
    check_characters(name, most)?;
    if !name.chars().any(is_visible) {
        return Err(InvalidName::Invisible);
    }
    Ok(name.to_owned())
}

/// The same for a text that may also be empty or blank, such as a value that other programs keep here.
pub fn check_characters(text: &str, most: usize) -> Result<(), InvalidName> {
    if text.chars().count() > most {
        return Err(InvalidName::TooLong { most });
    }
    if text.chars().any(is_control) {
        return Err(InvalidName::Control);
    }
    if text.chars().any(overrides_direction) {
        return Err(InvalidName::Direction);
    }
    Ok(())
}

fn is_control(character: char) -> bool {
    character.is_control() || matches!(character, '\u{2028}' | '\u{2029}')
}

/// Whether a character can be seen and turns nothing around.
pub(crate) fn is_plain(character: char) -> bool {
    is_visible(character) && !CodePointSetData::new::<BidiControl>().contains(character)
}

/// Marks such as U+200E are no overrides: right-to-left scripts need them.
fn overrides_direction(character: char) -> bool {
    let is_mark = matches!(character, '\u{61c}' | '\u{200e}' | '\u{200f}');
    !is_mark && CodePointSetData::new::<BidiControl>().contains(character)
}

fn is_visible(character: char) -> bool {
    // A cell of braille without dots is a letter to Unicode.
    !character.is_whitespace()
        && character != '\u{2800}'
        && !CodePointSetData::new::<DefaultIgnorableCodePoint>().contains(character)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_of_every_script_are_names() {
        for text in
            ["Shop", "店", "متجر", "חנות\u{200f}", "दुकान", "👩\u{200d}👩\u{200d}👧", "می\u{200c}خواهم", "a"]
        {
            assert_eq!(check(&format!(" {text} "), 20), Ok(text.to_owned()), "{text:?}");
        }
        assert_eq!(check(&"ü".repeat(100), 100), Ok("ü".repeat(100)));
    }

    #[test]
    fn what_cannot_be_seen_is_no_name() {
        for text in [
            "",
            "   ",
            "\u{200b}",
            "\u{2060}\u{feff}",
            "\u{3164}",
            "\u{2800}",
            "\u{ad}",
            "\u{e0041}",
            "\u{200d}",
        ] {
            assert_eq!(check(text, 100), Err(InvalidName::Invisible), "{text:?}");
        }
    }

    #[test]
    fn overrides_control_characters_and_length_are_told_apart() {
        for text in ["a\u{202e}b", "\u{202a}a", "a\u{2066}b\u{2069}", "a\u{202c}"] {
            assert_eq!(check(text, 100), Err(InvalidName::Direction), "{text:?}");
        }
        for text in ["a\nb", "a\0", "a\u{2028}b", "a\u{85}b"] {
            assert_eq!(check(text, 100), Err(InvalidName::Control), "{text:?}");
        }
        assert_eq!(check(&"x".repeat(101), 100), Err(InvalidName::TooLong { most: 100 }));
        assert_eq!(check_characters("", 100), Ok(()));
    }
}
