//! The phone's side of linking with a passkey: the authenticator that answers WebAuthn requests, and the key
//! exchange in which the companion sends its new ADV secret. Sources: wacore's `shortcake`, which quotes WhatsApp
//! Web's `WAWebShortcakeLinking*`, and whatsmeow's `pair-passkey.go`.

use base64::Engine as _;
use base64::prelude::BASE64_URL_SAFE_NO_PAD;
use buffa::Message as _;
use hmac::{Hmac, KeyInit, Mac};
use rand::RngExt;
use serde::Deserialize;
use serde_json::{Value, json};
use sha2::{Digest, Sha256};
use wacore::shortcake::ShortcakeUtils;
use wacore_libsignal::crypto::aes_256_gcm_decrypt;
use wacore_libsignal::protocol::KeyPair;
use waproto::whatsapp as wa;
use waproto::whatsapp::device_props::PlatformType;

use super::Phone;
use super::keys::bare;

/// The origin for which WhatsApp's passkeys are created.
const ORIGIN: &str = "https://web.whatsapp.com";
/// WebAuthn's flags "user present" and "user verified".
const PRESENT_AND_VERIFIED: u8 = 0x05;

/// Why a step of linking with a passkey failed on the phone.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum PasskeyError {
    /// The WebAuthn request options are invalid.
    #[error("the WebAuthn request options are malformed")]
    Options,
    /// The prologue cannot be decoded, or lacks a field.
    #[error("the companion's prologue is malformed")]
    Prologue,
    /// The prologue names another ref than the ref that the server gave to this companion.
    #[error("the companion's prologue is for another ref")]
    OtherRef,
    /// The nonce does not match the companion's commitment.
    #[error("the companion's nonce does not fit its commitment")]
    Commitment,
    /// The pairing request cannot be decrypted, or is invalid.
    #[error("the companion's pairing request does not open")]
    Request,
    /// The pairing request names keys that are not those of the companion's connection.
    #[error("the companion's pairing request is for other keys")]
    OtherKeys,
}

/// A passkey's response, as a browser returns it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PasskeyAssertion {
    /// The raw id of the passkey.
    pub credential_id: Vec<u8>,
    /// The result of `PublicKeyCredential.toJSON()`.
    pub json: String,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct RequestOptions {
    challenge: String,
    rp_id: String,
}

/// A key exchange with one companion. It begins with the companion's prologue and ends with the companion's new ADV
/// secret.
pub struct PasskeyExchange {
    ephemeral: KeyPair,
    nonce: [u8; 32],
    identity: Vec<u8>,
    commitment: Vec<u8>,
    companion: [u8; 32],
    platform: PlatformType,
    reference: String,
}

impl Phone {
    /// The raw id of the account's passkey. In the simulation, the passkey is stored on the phone.
    pub fn passkey_id(&self) -> [u8; 16] {
        let digest = Sha256::new().chain_update(b"passkey").chain_update(self.identity()).finalize();
        digest[..16].try_into().expect("a digest has 32 bytes")
    }

    /// Signs in with the passkey, as when a person confirms with a finger or the face. Returns the passkey's
    /// response to `PublicKeyCredentialRequestOptions`. Only the signature is not real: it is random, because the
    /// simulated server cannot check it.
    ///
    /// # Errors
    /// [`PasskeyError::Options`].
    pub fn passkey_assertion(&self, options_json: &str) -> Result<PasskeyAssertion, PasskeyError> {
        let options: RequestOptions =
            serde_json::from_str(options_json).map_err(|_| PasskeyError::Options)?;
        let client_data: Value = json!({
            "type": "webauthn.get",
            "challenge": options.challenge.trim_end_matches('='),
            "origin": ORIGIN,
            "crossOrigin": false,
        });
        let mut authenticator_data = Sha256::digest(options.rp_id.as_bytes()).to_vec();
        authenticator_data.push(PRESENT_AND_VERIFIED);
        authenticator_data.extend([0; 4]);
        let signature: [u8; 64] = self.shared.entropy.fork().random();
        let text = |bytes: &[u8]| BASE64_URL_SAFE_NO_PAD.encode(bytes);
        let id = self.passkey_id();
        let assertion = json!({
            "id": text(&id),
            "rawId": text(&id),
            "type": "public-key",
            "response": {
                "clientDataJSON": text(client_data.to_string().as_bytes()),
                "authenticatorData": text(&authenticator_data),
                "signature": text(&signature),
                "userHandle": null,
            },
            "clientExtensionResults": {},
        });
        Ok(PasskeyAssertion { credential_id: id.to_vec(), json: assertion.to_string() })
    }

    /// Begins the key exchange with a companion. The server has already accepted the companion's `prologue`.
    /// `reference` is the ref that the server gave to the companion.
    ///
    /// # Errors
    /// [`PasskeyError::Prologue`] and [`PasskeyError::OtherRef`].
    pub fn passkey_exchange(
        &self,
        prologue: &[u8],
        reference: &str,
    ) -> Result<PasskeyExchange, PasskeyError> {
        let payload = wa::ProloguePayload::decode_from_slice(prologue).map_err(|_| PasskeyError::Prologue)?;
        let identity = payload.companion_ephemeral_identity.ok_or(PasskeyError::Prologue)?;
        let commitment = payload.commitment.hash.clone().ok_or(PasskeyError::Prologue)?;
        let named = wa::CompanionEphemeralIdentity::decode_from_slice(identity.as_slice())
            .map_err(|_| PasskeyError::Prologue)?;
        if named.r#ref.as_deref() != Some(reference) {
            return Err(PasskeyError::OtherRef);
        }
        let companion = named.public_key.as_deref().and_then(|key| key.try_into().ok());
        let rng = &mut self.shared.entropy.fork();
        Ok(PasskeyExchange {
            ephemeral: KeyPair::generate(rng),
            nonce: rng.random(),
            commitment,
            companion: companion.ok_or(PasskeyError::Prologue)?,
            platform: named.device_type.unwrap_or_default(),
            reference: reference.to_owned(),
            identity,
        })
    }
}

impl PasskeyExchange {
    /// The bytes of `<primary_ephemeral_identity>`.
    pub fn primary_identity(&self) -> Vec<u8> {
        wa::PrimaryEphemeralIdentity {
            public_key: Some(bare(&self.ephemeral.public_key).to_vec()),
            nonce: Some(self.nonce.to_vec()),
        }
        .encode_to_vec()
    }

    /// The code that the phone shows, in the form `XXXX-XXXX`. The companion must show the same code.
    ///
    /// # Errors
    /// [`PasskeyError::Commitment`].
    pub fn code(&self, companion_nonce: &[u8]) -> Result<String, PasskeyError> {
        let nonce: &[u8; 32] = companion_nonce.try_into().map_err(|_| PasskeyError::Commitment)?;
        if ShortcakeUtils::commitment_hash(&self.identity, nonce)[..] != self.commitment[..] {
            return Err(PasskeyError::Commitment);
        }
        let code =
            ShortcakeUtils::derive_verification_code(nonce, &bare(&self.ephemeral.public_key), &self.nonce);
        let (first, second) = code.split_at(code.len() / 2);
        Ok(format!("{first}-{second}"))
    }

    /// Decrypts `<encrypted_pairing_request>` and returns the companion's new ADV secret.
    ///
    /// # Errors
    /// [`PasskeyError::Request`]. [`PasskeyError::OtherKeys`] if the request does not contain `noise_key` and
    /// `identity`.
    pub fn open(
        &self,
        request: &[u8],
        noise_key: &[u8; 32],
        identity: &[u8; 32],
    ) -> Result<Vec<u8>, PasskeyError> {
        let sealed =
            wa::EncryptedPairingRequest::decode_from_slice(request).map_err(|_| PasskeyError::Request)?;
        let iv = sealed.iv.as_deref().and_then(|iv| iv.try_into().ok()).ok_or(PasskeyError::Request)?;
        let key = ShortcakeUtils::derive_encryption_key(
            &self.ephemeral,
            &self.companion,
            self.platform,
            &self.reference,
        )
        .map_err(|_| PasskeyError::Request)?;
        let mut opened = Vec::new();
        aes_256_gcm_decrypt(&key, iv, b"", &sealed.encrypted_payload.unwrap_or_default(), &mut opened)
            .map_err(|_| PasskeyError::Request)?;
        let request =
            wa::PairingRequest::decode_from_slice(opened.as_slice()).map_err(|_| PasskeyError::Request)?;
        let named = (request.companion_public_key.as_deref(), request.companion_identity_key.as_deref());
        if named != (Some(&noise_key[..]), Some(&identity[..])) {
            return Err(PasskeyError::OtherKeys);
        }
        request.adv_secret.filter(|secret| secret.len() == 32).ok_or(PasskeyError::Request)
    }
}

/// Whether `proof` shows that a companion still has `adv_secret`. A companion that was linked before sends this
/// proof with its prologue.
pub fn proves_handoff(adv_secret: &[u8], prologue: &[u8], proof: &[u8]) -> bool {
    let Some(key) = <&[u8; 32]>::try_from(adv_secret)
        .ok()
        .and_then(|secret| ShortcakeUtils::derive_pairing_handoff_hmac_key(secret).ok())
    else {
        return false;
    };
    let mut mac = Hmac::<Sha256>::new_from_slice(&key).expect("hmac takes keys of any length");
    mac.update(prologue);
    mac.verify_slice(proof).is_ok()
}

#[cfg(test)]
mod tests {
    use rand::SeedableRng;
    use rand::rngs::StdRng;

    use super::*;

    const REF: &str = "2@ref";
    const NOISE: [u8; 32] = [1; 32];
    const IDENTITY: [u8; 32] = [2; 32];

    struct Companion {
        ephemeral: KeyPair,
        nonce: [u8; 32],
        prologue: Vec<u8>,
    }

    impl Companion {
        fn new() -> Self {
            let ephemeral = KeyPair::generate(&mut StdRng::seed_from_u64(7));
            let nonce = [9; 32];
            let identity = ShortcakeUtils::build_companion_ephemeral_identity(
                &bare(&ephemeral.public_key),
                PlatformType::CHROME,
                REF,
            );
            let commitment = ShortcakeUtils::commitment_hash(&identity, &nonce);
            let prologue = ShortcakeUtils::build_prologue_payload(&identity, &commitment);
            Self { ephemeral, nonce, prologue }
        }

        fn request(&self, primary: &[u8], secret: &[u8; 32]) -> Vec<u8> {
            let primary = ShortcakeUtils::parse_primary_ephemeral_identity(primary).unwrap();
            let key = ShortcakeUtils::derive_encryption_key(
                &self.ephemeral,
                &primary.public_key,
                PlatformType::CHROME,
                REF,
            )
            .unwrap();
            let plain = ShortcakeUtils::build_pairing_request(&NOISE, &IDENTITY, secret);
            let sealed = ShortcakeUtils::encrypt_pairing_request(&plain, &key).unwrap();
            ShortcakeUtils::build_encrypted_pairing_request(&sealed)
        }
    }

    fn phone() -> Phone {
        Phone::generate(&mut StdRng::seed_from_u64(1))
    }

    #[test]
    fn phone_and_companion_show_the_same_code_and_derive_the_same_secret() {
        let companion = Companion::new();
        let exchange = phone().passkey_exchange(&companion.prologue, REF).unwrap();
        let primary = exchange.primary_identity();
        let shown = {
            let primary = ShortcakeUtils::parse_primary_ephemeral_identity(&primary).unwrap();
            ShortcakeUtils::derive_verification_code(&companion.nonce, &primary.public_key, &primary.nonce)
        };
        assert_eq!(exchange.code(&companion.nonce).unwrap().replace('-', ""), shown);
        let request = companion.request(&primary, &[3; 32]);
        assert_eq!(exchange.open(&request, &NOISE, &IDENTITY).unwrap(), [3; 32]);
        assert_eq!(exchange.open(&request, &[5; 32], &IDENTITY), Err(PasskeyError::OtherKeys));
        assert_eq!(exchange.open(b"rubbish", &NOISE, &IDENTITY), Err(PasskeyError::Request));
    }

    #[test]
    fn a_wrong_nonce_or_a_wrong_ref_or_a_wrong_prologue_is_refused() {
        let companion = Companion::new();
        let phone = phone();
        let exchange = phone.passkey_exchange(&companion.prologue, REF).unwrap();
        assert_eq!(exchange.code(&[8; 32]), Err(PasskeyError::Commitment));
        assert_eq!(exchange.code(&[9; 31]), Err(PasskeyError::Commitment));
        assert_eq!(
            phone.passkey_exchange(&companion.prologue, "2@other").err(),
            Some(PasskeyError::OtherRef)
        );
        assert_eq!(phone.passkey_exchange(b"", REF).err(), Some(PasskeyError::Prologue));
    }

    #[test]
    fn a_proof_is_accepted_only_for_its_own_secret_and_prologue() {
        let key = ShortcakeUtils::derive_pairing_handoff_hmac_key(&[4; 32]).unwrap();
        let proof = ShortcakeUtils::compute_pairing_handoff_proof(&key, b"prologue");
        assert!(proves_handoff(&[4; 32], b"prologue", &proof));
        assert!(!proves_handoff(&[5; 32], b"prologue", &proof));
        assert!(!proves_handoff(&[4; 32], b"another", &proof));
    }
}
