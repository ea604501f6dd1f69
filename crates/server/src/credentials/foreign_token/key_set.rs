//! A set of public keys as JSON (RFC 7517). Each key is stored with the algorithms that it may be used with. A key is
//! skipped if it cannot check signatures, is of an unknown kind, or is too weak. Symmetric keys are skipped too,
//! because a published key is not secret.

use std::sync::Arc;

use base64::Engine;
use base64::prelude::BASE64_URL_SAFE_NO_PAD;
use jsonwebtoken::jwk::{AlgorithmParameters, EllipticCurve, Jwk, KeyOperations, PublicKeyUse};
use jsonwebtoken::{Algorithm, DecodingKey};
use linekeeper_model::secret::Secret;
use serde::Deserialize;
use serde_json::Value;

/// The maximum number of keys that are read from a set.
const MOST_KEYS: usize = 50;
/// The allowed length of an RSA key in bytes: 2048 to 4096 bits.
const RSA_BYTES: std::ops::RangeInclusive<usize> = 256..=512;

/// A key and the algorithms that it may be used with.
pub(super) struct Key {
    pub id: Option<String>,
    pub algorithms: Vec<Algorithm>,
    pub key: DecodingKey,
}

impl Key {
    /// A key made of the secret that the issuer and the server share.
    pub fn secret(secret: &Secret<String>) -> Self {
        use Algorithm::{HS256, HS384, HS512};
        let key = DecodingKey::from_secret(secret.expose().as_bytes());
        Self { id: None, algorithms: vec![HS256, HS384, HS512], key }
    }

    fn published(key: Value) -> Option<Self> {
        let jwk: Jwk = serde_json::from_value(key).ok()?;
        let common = &jwk.common;
        let for_signatures =
            common.public_key_use.as_ref().is_none_or(|used| *used == PublicKeyUse::Signature);
        let operations = common.key_operations.as_ref();
        if !for_signatures || operations.is_some_and(|known| !known.contains(&KeyOperations::Verify)) {
            return None;
        }
        let mut algorithms = algorithms(&jwk.algorithm)?;
        if let Some(named) = common.key_algorithm {
            let named = Algorithm::try_from(named).ok()?;
            algorithms.retain(|algorithm| *algorithm == named);
        }
        let key = DecodingKey::from_jwk(&jwk).ok()?;
        (!algorithms.is_empty()).then(|| Self { id: jwk.common.key_id, algorithms, key })
    }
}

/// Returns the algorithms that a key of this kind may be used with. Returns `None` if the server does not support the
/// kind, or if a number of the key has a wrong length.
fn algorithms(parameters: &AlgorithmParameters) -> Option<Vec<Algorithm>> {
    use Algorithm::{ES256, ES384, EdDSA, PS256, PS384, PS512, RS256, RS384, RS512};
    match parameters {
        AlgorithmParameters::RSA(rsa) => {
            let modulus = BASE64_URL_SAFE_NO_PAD.decode(&rsa.n).ok()?;
            // Leading zeros, which some issuers write, are not counted.
            let bytes = modulus.iter().skip_while(|byte| **byte == 0).count();
            RSA_BYTES.contains(&bytes).then(|| vec![RS256, RS384, RS512, PS256, PS384, PS512])
        }
        AlgorithmParameters::EllipticCurve(point) => {
            let (algorithm, bytes) = match point.curve {
                EllipticCurve::P256 => (ES256, 32),
                EllipticCurve::P384 => (ES384, 48),
                _ => return None,
            };
            (has_bytes(&point.x, bytes) && has_bytes(&point.y, bytes)).then(|| vec![algorithm])
        }
        AlgorithmParameters::OctetKeyPair(pair) if pair.curve == EllipticCurve::Ed25519 => {
            has_bytes(&pair.x, 32).then(|| vec![EdDSA])
        }
        _ => None,
    }
}

fn has_bytes(text: &str, bytes: usize) -> bool {
    BASE64_URL_SAFE_NO_PAD.decode(text).is_ok_and(|decoded| decoded.len() == bytes)
}

/// The keys of an issuer.
pub(super) struct KeySet(Vec<Arc<Key>>);

/// The text is not a JSON Web Key Set with a usable key.
#[derive(Debug, thiserror::Error)]
#[error("the answer is no JSON Web Key Set with a key that can check signatures")]
pub(super) struct InvalidKeySet;

#[derive(Deserialize)]
struct Published {
    keys: Vec<Value>,
}

impl KeySet {
    pub fn parse(text: &[u8]) -> Result<Self, InvalidKeySet> {
        let published: Published = serde_json::from_slice(text).map_err(|_| InvalidKeySet)?;
        let usable = published.keys.into_iter().take(MOST_KEYS).filter_map(Key::published);
        let keys: Vec<Arc<Key>> = usable.map(Arc::new).collect();
        if keys.is_empty() { Err(InvalidKeySet) } else { Ok(Self(keys)) }
    }

    /// Returns the key with this id. If the token names no key, returns a key only if the set has exactly one.
    pub fn find(&self, id: Option<&str>) -> Option<Arc<Key>> {
        match (id, self.0.as_slice()) {
            (Some(id), keys) => keys.iter().find(|key| key.id.as_deref() == Some(id)).cloned(),
            (None, [only]) => Some(only.clone()),
            (None, _) => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn algorithms_of(key: Value) -> Vec<Algorithm> {
        let set = KeySet::parse(json!({ "keys": [key] }).to_string().as_bytes());
        set.map(|set| set.find(None).unwrap().algorithms.clone()).unwrap_or_default()
    }

    fn bytes(count: usize) -> String {
        BASE64_URL_SAFE_NO_PAD.encode(vec![0x7f; count])
    }

    #[test]
    fn each_public_key_accepts_only_matching_signature_algorithms() {
        use Algorithm::{ES256, ES384, EdDSA, PS256, RS256};
        let rsa = json!({ "kty": "RSA", "n": bytes(256), "e": "AQAB" });
        assert!(algorithms_of(rsa.clone()).contains(&PS256));
        let mut named = rsa;
        named["alg"] = json!("RS256");
        assert_eq!(algorithms_of(named.clone()), [RS256]);
        named["alg"] = json!("HS256");
        assert_eq!(algorithms_of(named), []);
        let point =
            |curve, length| json!({ "kty": "EC", "crv": curve, "x": bytes(length), "y": bytes(length) });
        assert_eq!(algorithms_of(point("P-256", 32)), [ES256]);
        assert_eq!(algorithms_of(point("P-384", 48)), [ES384]);
        assert_eq!(algorithms_of(json!({ "kty": "OKP", "crv": "Ed25519", "x": bytes(32) })), [EdDSA]);
    }

    #[test]
    fn keys_that_are_weak_or_not_for_signatures_are_skipped() {
        for key in [
            json!({ "kty": "oct", "k": bytes(32), "alg": "HS256" }),
            json!({ "kty": "RSA", "n": bytes(128), "e": "AQAB" }),
            json!({ "kty": "RSA", "n": bytes(4096), "e": "AQAB" }),
            json!({ "kty": "RSA", "n": bytes(256), "e": "AQAB", "use": "enc" }),
            json!({ "kty": "RSA", "n": bytes(256), "e": "AQAB", "key_ops": ["encrypt"] }),
            json!({ "kty": "RSA", "n": bytes(256), "e": "AQAB", "alg": "RSA-OAEP" }),
            json!({ "kty": "EC", "crv": "P-256", "x": bytes(31), "y": bytes(32) }),
            json!({ "kty": "EC", "crv": "secp256k1", "x": bytes(32), "y": bytes(32) }),
            json!({ "kty": "OKP", "crv": "Ed25519", "x": bytes(4) }),
            json!({ "kty": "OKP", "crv": "X25519", "x": bytes(32) }),
            json!({ "kty": "OKP", "crv": "P-256", "x": bytes(32) }),
            json!("rubbish"),
        ] {
            assert_eq!(algorithms_of(key.clone()), [], "{key}");
        }
        for text in ["", "[]", "{}", "{\"keys\":{}}", "{\"keys\":[]}"] {
            assert!(KeySet::parse(text.as_bytes()).is_err(), "{text}");
        }
    }
}
