//! Unguessable text: 32 random bytes as 43 characters that survive headers, shells and URLs, and its hash.

use base64::Engine;
use base64::prelude::BASE64_URL_SAFE_NO_PAD;
use linekeeper_model::secret::Secret;
use rand::CryptoRng;
use sha2::{Digest, Sha256};
use zeroize::Zeroize;

/// Characters of [`secret_text`].
pub const LENGTH: usize = 43;

/// 256 random bits in base64url. That many bits need no slow hash: nobody can search them.
pub fn secret_text(rng: &mut impl CryptoRng) -> Secret<String> {
    let mut bytes = [0u8; 32];
    rng.fill_bytes(&mut bytes);
    let text = BASE64_URL_SAFE_NO_PAD.encode(bytes);
    bytes.zeroize();
    Secret::new(text)
}

/// SHA-256, under which such text is stored and found again.
pub fn hash(text: &str) -> [u8; 32] {
    Sha256::digest(text.as_bytes()).into()
}

/// Whether `text` has the shape of [`secret_text`].
pub fn is_well_formed(text: &str) -> bool {
    text.len() == LENGTH && text.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-' || b == b'_')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_is_well_formed_and_never_the_same() {
        let mut rng = rand::rng();
        let (one, other) = (secret_text(&mut rng), secret_text(&mut rng));
        assert!(is_well_formed(one.expose()) && is_well_formed(other.expose()));
        assert_ne!(one.expose(), other.expose());
        assert_ne!(hash(one.expose()), hash(other.expose()));
    }

    #[test]
    fn other_shapes_are_refused() {
        for text in ["", "short", &"a".repeat(42), &"a".repeat(44), &"=".repeat(43), &"é".repeat(22)] {
            assert!(!is_well_formed(text), "{text}");
        }
    }
}
