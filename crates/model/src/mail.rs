//! A mail to one person, as plain text. The subject is cleaned, so that a name or other text in it cannot start
//! another header or display something misleading. Other code sends the mail.

use serde::{Deserialize, Serialize};

use crate::user::Email;

/// A mail that waits to be sent.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Mail {
    /// Who gets the mail.
    pub to: Email,
    /// The subject.
    pub subject: Subject,
    /// The body. Lines end with `\n`.
    pub text: String,
}

/// The subject of a mail: one line of at most 150 characters.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(from = "String", into = "String")]
pub struct Subject(String);

impl Subject {
    const MAX: usize = 150;

    /// A subject with this text. A longer text is shortened.
    pub fn new(text: &str) -> Self {
        let line = one_line(text);
        match line.char_indices().nth(Self::MAX) {
            None => Self(line),
            Some(_) => Self(line.chars().take(Self::MAX - 1).chain(['…']).collect()),
        }
    }

    /// The text of the subject.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl From<String> for Subject {
    fn from(text: String) -> Self {
        Self::new(&text)
    }
}

impl From<Subject> for String {
    fn from(subject: Subject) -> Self {
        subject.0
    }
}

/// Puts `text` on one line with single spaces. Characters that break lines, change the direction of writing or are
/// invisible are removed.
pub fn one_line(text: &str) -> String {
    let visible = text.chars().map(|c| if c.is_control() || is_separator(c) { ' ' } else { c });
    let kept: String = visible.filter(|c| !is_invisible(*c)).collect();
    kept.split_whitespace().collect::<Vec<_>>().join(" ")
}

const fn is_separator(c: char) -> bool {
    matches!(c, '\u{2028}' | '\u{2029}')
}

/// Whether a character is a direction mark, an invisible joiner or separator, or the byte order mark. Joiners
/// inside emojis are also removed.
const fn is_invisible(c: char) -> bool {
    matches!(c, '\u{61c}' | '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2060}'..='\u{206f}' | '\u{feff}')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_subject_is_one_line() {
        let hostile = "Shop\r\nBcc: eve@example.org\u{2028}x\u{202e}gpj\u{0}";
        assert_eq!(Subject::new(hostile).as_str(), "Shop Bcc: eve@example.org xgpj");
        let stored: Subject = serde_json::from_str(r#""a\nb""#).unwrap();
        assert_eq!(stored.as_str(), "a b");
    }

    #[test]
    fn a_long_subject_is_shortened() {
        let cut = Subject::new(&"é".repeat(500));
        assert_eq!(cut.as_str().chars().count(), Subject::MAX);
        assert!(cut.as_str().ends_with('…'));
        assert_eq!(Subject::new(&"é".repeat(150)).as_str(), "é".repeat(150));
    }
}
