//! The idempotency key, which the caller chooses.

use axum::http::{HeaderMap, HeaderName};

use crate::http::answer::error::ApiError;

/// The header that carries the key.
pub(super) const NAME: HeaderName = HeaderName::from_static("idempotency-key");
const LONGEST: usize = 255;

/// An idempotency key: 1 to 255 visible ASCII characters.
pub(super) struct Key(String);

impl Key {
    /// The key in the headers.
    pub fn of(headers: &HeaderMap) -> Result<Self, ApiError> {
        let mut sent = headers.get_all(NAME).iter();
        let (Some(key), None) = (sent.next(), sent.next()) else {
            return Err(ApiError::InvalidIdempotencyKey);
        };
        let key = key.as_bytes();
        let valid = (1..=LONGEST).contains(&key.len()) && key.iter().all(u8::is_ascii_graphic);
        match String::from_utf8(key.to_vec()) {
            Ok(key) if valid => Ok(Self(key)),
            _ => Err(ApiError::InvalidIdempotencyKey),
        }
    }

    pub fn as_str(&self) -> &str {
        &self.0
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use axum::http::HeaderValue;

    fn of(keys: &[&[u8]]) -> Option<String> {
        let sent = keys.iter().map(|key| (NAME, HeaderValue::from_bytes(key).unwrap()));
        Key::of(&sent.fold(HeaderMap::new(), |mut headers, (name, value)| {
            headers.append(name, value);
            headers
        }))
        .ok()
        .map(|key| key.0)
    }

    #[test]
    fn an_idempotency_key_must_have_visible_characters() {
        assert_eq!(of(&[b"\"8e03978e-40d5\""]).as_deref(), Some("\"8e03978e-40d5\""));
        assert!(of(&[&[b'x'; 255]]).is_some());
        for bad in [&b""[..], b" ", b"a b", b"a\tb", "é".as_bytes(), &[b'x'; 256], b"\xff"] {
            assert_eq!(of(&[bad]), None, "{bad:?}");
        }
        assert_eq!(of(&[b"a", b"a"]), None);
        assert_eq!(of(&[]), None);
    }
}
