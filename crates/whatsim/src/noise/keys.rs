//! The server's own Noise keys, with a root, an intermediate and a leaf certificate. All are derived from one
//! seed, so the same seed gives the same keys, and clients can resume with IK after a restart of the simulator.

use buffa::{Message as _, MessageField};
use hkdf::Hkdf;
use parking_lot::RwLock;
use sha2::Sha256;
use std::sync::Arc;
use wacore_libsignal::protocol::{KeyPair, PrivateKey};
use waproto::whatsapp::CertChain;
use waproto::whatsapp::cert_chain::NoiseCertificate;
use waproto::whatsapp::cert_chain::noise_certificate::Details;

/// The time from which certificates are valid, in seconds since 1970 (2023-11-14). Clients compare it with their
/// clock before they choose IK.
const NOT_BEFORE: u64 = 1_700_000_000;
/// The time until which certificates are valid, in seconds since 1970 (2096-10-02). It is later than the end of
/// any test.
const NOT_AFTER: u64 = 4_000_000_000;
/// The serial number of the intermediate certificate. The root's serial number is 0, as Baileys requires.
const INTERMEDIATE_SERIAL: u32 = 1;
const LEAF_SERIAL: u32 = 2;

/// Why no keys could be derived from a seed.
#[derive(Debug, thiserror::Error)]
pub enum SeedError {
    /// The curve library refused a derived key or signature.
    #[error("deriving the noise keys: {0}")]
    Curve(String),
}

/// The keys that the server uses in handshakes.
pub struct NoiseKeys {
    root: KeyPair,
    leaf: KeyPair,
    chain: Vec<u8>,
}

/// The keys that are in use. They can be replaced while connections that began with older keys continue.
pub struct KeyRing(RwLock<Arc<NoiseKeys>>);

impl KeyRing {
    /// A key ring that starts with these keys.
    pub fn new(keys: NoiseKeys) -> Self {
        Self(RwLock::new(Arc::new(keys)))
    }

    /// The keys for a handshake that begins now.
    pub fn current(&self) -> Arc<NoiseKeys> {
        self.0.read().clone()
    }

    /// Uses these keys from now on.
    pub fn change(&self, keys: NoiseKeys) {
        *self.0.write() = Arc::new(keys);
    }
}

impl NoiseKeys {
    /// Derives all keys from `seed`. The same seed always gives the same keys.
    ///
    /// # Errors
    /// When the curve library refuses a derived key.
    pub fn from_seed(seed: &[u8], rng: &mut impl rand::CryptoRng) -> Result<Self, SeedError> {
        let root = derive(seed, b"whatsim noise root")?;
        let intermediate = derive(seed, b"whatsim noise intermediate")?;
        let leaf = derive(seed, b"whatsim noise static")?;
        let chain = CertChain {
            intermediate: MessageField::some(certify(&root, 0, &intermediate, INTERMEDIATE_SERIAL, rng)?),
            leaf: MessageField::some(certify(&intermediate, INTERMEDIATE_SERIAL, &leaf, LEAF_SERIAL, rng)?),
        }
        .encode_to_vec();
        Ok(Self { root, leaf, chain })
    }

    /// The public key that a client must trust in place of WhatsApp's own root.
    pub fn root(&self) -> [u8; 32] {
        public_bytes(&self.root)
    }

    /// The server's static key, which the certificate chain certifies.
    pub fn static_key(&self) -> &KeyPair {
        &self.leaf
    }

    /// The encoded `CertChain` that is in each server hello.
    pub fn chain(&self) -> &[u8] {
        &self.chain
    }
}

/// The 32 bytes of a key pair's public half, without libsignal's type byte.
pub fn public_bytes(pair: &KeyPair) -> [u8; 32] {
    pair.public_key.public_key_bytes().try_into().expect("a Curve25519 public key has 32 bytes")
}

fn derive(seed: &[u8], label: &[u8]) -> Result<KeyPair, SeedError> {
    let mut scalar = [0u8; 32];
    Hkdf::<Sha256>::new(None, seed).expand(label, &mut scalar).expect("32 bytes are within HKDF's reach");
    scalar[0] &= 248;
    scalar[31] = (scalar[31] & 127) | 64;
    let private = PrivateKey::deserialize(&scalar).map_err(|e| SeedError::Curve(e.to_string()))?;
    let public = private.public_key().map_err(|e| SeedError::Curve(e.to_string()))?;
    Ok(KeyPair::new(public, private))
}

fn certify(
    issuer: &KeyPair,
    issuer_serial: u32,
    subject: &KeyPair,
    serial: u32,
    rng: &mut impl rand::CryptoRng,
) -> Result<NoiseCertificate, SeedError> {
    let details = Details {
        serial: Some(serial),
        issuer_serial: Some(issuer_serial),
        key: Some(public_bytes(subject).to_vec()),
        not_before: Some(NOT_BEFORE),
        not_after: Some(NOT_AFTER),
    }
    .encode_to_vec();
    let signature = issuer.calculate_signature(&details, rng).map_err(|e| SeedError::Curve(e.to_string()))?;
    Ok(NoiseCertificate { details: Some(details), signature: Some(signature.to_vec()) })
}

#[cfg(test)]
mod tests {
    use super::*;
    use wacore_libsignal::protocol::PublicKey;

    fn details(certificate: &NoiseCertificate) -> Details {
        Details::decode_from_slice(certificate.details.as_deref().unwrap()).unwrap()
    }

    fn verifies(certificate: &NoiseCertificate, key: &[u8]) -> bool {
        PublicKey::from_djb_public_key_bytes(key).unwrap().verify_signature(
            certificate.details.as_deref().unwrap(),
            certificate.signature.as_deref().unwrap(),
        )
    }

    #[test]
    fn the_certificate_chain_leads_from_the_root_to_the_static_key() {
        let keys = NoiseKeys::from_seed(b"seed", &mut rand::rng()).unwrap();
        let chain = CertChain::decode_from_slice(keys.chain()).unwrap();
        let (intermediate, leaf) =
            (chain.intermediate.into_option().unwrap(), chain.leaf.into_option().unwrap());
        assert!(verifies(&intermediate, &keys.root()));
        assert!(verifies(&leaf, &details(&intermediate).key.unwrap()));
        assert!(!verifies(&leaf, &keys.root()), "the leaf is not signed by the root itself");
        assert_eq!(details(&leaf).key.unwrap(), public_bytes(keys.static_key()));
        assert_eq!(details(&leaf).issuer_serial, details(&intermediate).serial);
        assert_eq!(details(&intermediate).issuer_serial, Some(0));
    }

    #[test]
    fn the_same_seed_gives_the_same_keys() {
        let of = |seed: &[u8]| {
            let keys = NoiseKeys::from_seed(seed, &mut rand::rng()).unwrap();
            (keys.root(), public_bytes(keys.static_key()))
        };
        assert_eq!(of(b"one"), of(b"one"));
        assert_ne!(of(b"one").0, of(b"two").0);
        assert_ne!(of(b"one").1, of(b"two").1);
    }
}
