//! Detects keys that an attacker would try first: placeholders from sample configurations, and patterns.

/// Why the text of a key is easy to guess; `None` if it is not.
pub(super) fn text(text: &str) -> Option<&'static str> {
    /// Parts of placeholders in sample configurations.
    const PLACEHOLDERS: [&str; 14] = [
        "changeme",
        "replaceme",
        "replacethis",
        "replacewith",
        "yourkey",
        "yoursecret",
        "youraes",
        "your32",
        "encryptionkey",
        "masterkey",
        "secretkey",
        "placeholder",
        "example",
        "insert",
    ];
    let plain: String = text.chars().filter(char::is_ascii_alphanumeric).collect::<String>().to_lowercase();
    if PLACEHOLDERS.iter().any(|placeholder| plain.contains(placeholder)) {
        return Some("a placeholder");
    }
    bytes(text.as_bytes())
}

/// Why the bytes of a key are easy to guess; `None` if they are not.
pub(super) fn bytes(bytes: &[u8]) -> Option<&'static str> {
    const LONGEST_PATTERN: usize = 16;
    if bytes.len() < 2 {
        return None;
    }
    if bytes.iter().all(|byte| *byte == bytes[0]) {
        return Some("one repeated character");
    }
    let repeats = |period: usize| bytes.iter().zip(&bytes[period..]).all(|(a, b)| a == b);
    if (2..=LONGEST_PATTERN.min(bytes.len() / 2)).any(repeats) {
        return Some("a repeated pattern");
    }
    let steps = bytes.windows(2).filter(|pair| pair[1].wrapping_sub(pair[0]) == 1).count();
    if steps * 4 >= (bytes.len() - 1) * 3 { Some("a sequence") } else { None }
}
