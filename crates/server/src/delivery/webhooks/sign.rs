//! Signatures as in Standard Webhooks (https://www.standardwebhooks.com, specification 1.0.0). A signature is the
//! HMAC-SHA256 of `id.timestamp.body`, in base64. While a secret is being rotated, both secrets sign, so that
//! receivers can change to the new secret at any time.

use base64::Engine;
use base64::prelude::BASE64_STANDARD;
use hmac::{Hmac, KeyInit, Mac};
use jiff::Timestamp;
use linekeeper_model::secret::Secret;
use linekeeper_model::webhook::{Private, WebhookSecret};
use sha2::Sha256;

/// The value of the header `webhook-signature` for a request that is sent at `at`.
pub(super) fn signatures(private: &Private, id: &str, at: Timestamp, body: &[u8]) -> String {
    let signed = |secret: &WebhookSecret| format!("v1,{}", signature(secret, id, at.as_second(), body));
    private.secrets(at).map(signed).collect::<Vec<_>>().join(" ")
}

/// The secret as text, in the format that receivers use.
pub fn secret_text(secret: &WebhookSecret) -> Secret<String> {
    Secret::new(format!("{}{}", WebhookSecret::PREFIX, BASE64_STANDARD.encode(secret.expose())))
}

/// The text is not a webhook secret.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("is no secret of a webhook")]
pub struct InvalidSecret;

/// Reads a secret from text in the format that receivers use.
pub fn read_secret(text: &Secret<String>) -> Result<WebhookSecret, InvalidSecret> {
    let encoded = text.expose().trim().strip_prefix(WebhookSecret::PREFIX).ok_or(InvalidSecret)?;
    let bytes = BASE64_STANDARD.decode(encoded).map_err(|_| InvalidSecret)?;
    Ok(WebhookSecret::of(bytes.try_into().map_err(|_| InvalidSecret)?))
}

/// The part of a signature after `v1,`, for a request that is sent at `second`.
pub fn signature(secret: &WebhookSecret, id: &str, second: i64, body: &[u8]) -> String {
    let mut mac = <Hmac<Sha256> as KeyInit>::new_from_slice(secret.expose()).expect("HMAC takes any key");
    mac.update(format!("{id}.{second}.").as_bytes());
    mac.update(body);
    BASE64_STANDARD.encode(mac.finalize().into_bytes())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn secret(text: &str) -> WebhookSecret {
        let bytes = BASE64_STANDARD.decode(text).unwrap();
        let mut key = [0; 32];
        key[..bytes.len()].copy_from_slice(&bytes);
        WebhookSecret::of(key)
    }

    #[test]
    fn the_signature_matches_the_published_example() {
        // This is the example of the specification. Its key is shorter than the keys of linekeeper, but HMAC pads a
        // short key with zeros. So the signature is the same.
        let secret = secret("MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw");
        let body = br#"{"test": 2432232314}"#;
        assert_eq!(
            signature(&secret, "msg_p5jXN8AQM9LWM0D4loKWxJek", 1_614_265_330, body),
            "g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE="
        );
    }

    #[test]
    fn webhooks_are_signed_with_both_secrets_until_the_old_secret_expires() {
        let at = |second| Timestamp::from_second(second).unwrap();
        let private = Private {
            url: "https://crm.example.org/".parse().unwrap(),
            headers: Vec::new(),
            secret: WebhookSecret::of([1; 32]),
            previous_secret: Some((WebhookSecret::of([2; 32]), at(100))),
        };
        let during = signatures(&private, "id", at(99), b"{}");
        let after = signatures(&private, "id", at(100), b"{}");
        assert_eq!((during.split(' ').count(), after.split(' ').count()), (2, 1));
        assert!(during.split(' ').all(|signature| signature.starts_with("v1,")));
        let text = secret_text(&WebhookSecret::of([7; 32]));
        assert_eq!(text.expose().len(), 50);
        assert_eq!(read_secret(&text), Ok(WebhookSecret::of([7; 32])));
        assert_eq!(read_secret(&Secret::new("whsec_AAAA".to_owned())), Err(InvalidSecret));
    }
}
