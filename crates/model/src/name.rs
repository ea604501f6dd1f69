//! The rules for names that people give to accounts, API keys, workspaces and tags. A name must be visible, and it
//! must look the same everywhere.

use icu_properties::CodePointSetData;
use icu_properties::props::{BidiControl, DefaultIgnorableCodePoint};

/// Why a text cannot be a name. The error messages never repeat the text.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum InvalidName {
    /// No character is visible.
    #[error("must have at least one character that can be seen")]
    Invisible,
    /// The text has too many characters.
    #[error("must have at most {most} characters")]
    TooLong {
        /// The maximum number of characters.
        most: usize,
    },
    /// The text has a control character, or a character that ends a line or paragraph.
    #[error("must have no control characters and no line ends")]
    Control,
    /// The text has a character that changes the direction of the surrounding text, so that the text looks
    /// different from what it is (Unicode Technical Report 36, section 2.6).
    #[error(
        "must have no characters that override the direction of text (U+202A to U+202E, U+2066 to U+2069)"
    )]
    Direction,
}

/// Checks that `text` is a name of at most `most` characters. Returns the name without spaces at its beginning and
/// end.
pub fn check(text: &str, most: usize) -> Result<String, InvalidName> {
    let name = text.trim();
    check_characters(name, most)?;
    if !name.chars().any(is_visible) {
        return Err(InvalidName::Invisible);
    }
    Ok(name.to_owned())
}

/// Checks the characters and the length of a text that may be empty or blank, for example a value that another
/// program stores here.
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

/// Whether a character is visible and does not change the direction of the surrounding text.
pub(crate) fn is_plain(character: char) -> bool {
    is_visible(character) && !CodePointSetData::new::<BidiControl>().contains(character)
}

/// Direction marks such as U+200E are allowed, because texts in right-to-left scripts need them.
fn overrides_direction(character: char) -> bool {
    let is_mark = matches!(character, '\u{61c}' | '\u{200e}' | '\u{200f}');
    !is_mark && CodePointSetData::new::<BidiControl>().contains(character)
}

fn is_visible(character: char) -> bool {
    // Unicode counts the braille pattern without dots as a visible character, although it looks like a space.
    !character.is_whitespace()
        && character != '\u{2800}'
        && !CodePointSetData::new::<DefaultIgnorableCodePoint>().contains(character)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_in_every_script_are_accepted() {
        for text in
            ["Shop", "店", "متجر", "חנות\u{200f}", "दुकान", "👩\u{200d}👩\u{200d}👧", "می\u{200c}خواهم", "a"]
        {
            assert_eq!(check(&format!(" {text} "), 20), Ok(text.to_owned()), "{text:?}");
        }
        assert_eq!(check(&"ü".repeat(100), 100), Ok("ü".repeat(100)));
    }

    #[test]
    fn a_name_of_only_invisible_characters_is_refused() {
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
    fn each_kind_of_invalid_name_has_its_own_error() {
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
