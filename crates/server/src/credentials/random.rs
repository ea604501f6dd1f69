//! Random text that nobody can guess, and its hash. The text is made of 32 random bytes, written as 43 characters
//! that are safe in headers, shells and URLs.

use base64::Engine;
use base64::prelude::BASE64_URL_SAFE_NO_PAD;
use linekeeper_model::secret::Secret;
use rand::CryptoRng;
use sha2::{Digest, Sha256};
use zeroize::Zeroize;

/// The number of characters of [`secret_text`].
pub const LENGTH: usize = 43;

/// Returns 256 random bits as base64url text. Nobody can guess such a text, so it is safe to store its fast hash.
pub fn secret_text(rng: &mut impl CryptoRng) -> Secret<String> {
    let mut bytes = [0u8; 32];
    rng.fill_bytes(&mut bytes);
    let text = BASE64_URL_SAFE_NO_PAD.encode(bytes);
    bytes.zeroize();
    Secret::new(text)
}

/// The SHA-256 hash under which a text of [`secret_text`] is stored and looked up.
pub fn hash(text: &str) -> [u8; 32] {
    Sha256::digest(text.as_bytes()).into()
}

/// Whether `text` has the format of [`secret_text`].
pub fn is_well_formed(text: &str) -> bool {
    text.len() == LENGTH && text.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-' || b == b'_')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn two_random_texts_are_well_formed_and_different() {
        let mut rng = rand::rng();
        let (one, other) = (secret_text(&mut rng), secret_text(&mut rng));
        assert!(is_well_formed(one.expose()) && is_well_formed(other.expose()));
        assert_ne!(one.expose(), other.expose());
        assert_ne!(hash(one.expose()), hash(other.expose()));
    }

    #[test]
    fn text_of_a_wrong_length_or_with_wrong_characters_is_not_well_formed() {
        for text in ["", "short", &"a".repeat(42), &"a".repeat(44), &"=".repeat(43), &"é".repeat(22)] {
            assert!(!is_well_formed(text), "{text}");
        }
    }
}
