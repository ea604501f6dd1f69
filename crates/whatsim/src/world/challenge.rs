//! WebAuthn on the server's side: the request to a passkey, and the verification of the response. The server knows the
//! passkey's id but no public key, so it checks everything except the signature.

use base64::Engine as _;
use base64::prelude::BASE64_URL_SAFE_NO_PAD;
use rand::{Rng, RngExt};
use serde::Deserialize;
use serde_json::json;

/// The relying party of WhatsApp's passkeys. Requests of WhatsApp's server contain this name (whatsmeow issue 1185).
const RELYING_PARTY: &str = "whatsapp.com";
/// How long a person may take to use the passkey, in milliseconds.
const TIMEOUT: u32 = 300_000;
/// The minimum length of the authenticator data, in bytes: the hash of the relying party, the flags and the
/// counter.
const AUTHENTICATOR_DATA: usize = 37;

/// Why the server refuses an assertion.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum AssertionError {
    /// The response is not the JSON of a `PublicKeyCredential` with an assertion.
    #[error("the assertion is malformed: {0}")]
    Malformed(&'static str),
    /// The assertion was made for another challenge.
    #[error("the assertion answers another challenge")]
    OtherChallenge,
    /// The assertion was made with a passkey that is not the account's.
    #[error("the assertion is by another passkey")]
    OtherPasskey,
}

/// One request to one passkey.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Challenge {
    random: [u8; 32],
    passkey: Vec<u8>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Assertion {
    raw_id: String,
    r#type: String,
    response: Response,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Response {
    #[serde(rename = "clientDataJSON")]
    client_data: String,
    authenticator_data: String,
    signature: String,
}

#[derive(Deserialize)]
struct ClientData {
    r#type: String,
    challenge: String,
}

impl Challenge {
    /// Creates a request to the passkey with this raw id.
    pub fn new(passkey: &[u8], rng: &mut impl Rng) -> Self {
        Self { random: rng.random(), passkey: passkey.to_vec() }
    }

    /// The JSON of `PublicKeyCredentialRequestOptions`.
    pub fn options(&self) -> String {
        json!({
            "challenge": BASE64_URL_SAFE_NO_PAD.encode(self.random),
            "timeout": TIMEOUT,
            "rpId": RELYING_PARTY,
            "allowCredentials": [{
                "type": "public-key",
                "id": BASE64_URL_SAFE_NO_PAD.encode(&self.passkey),
                "transports": ["internal", "hybrid"],
            }],
            "userVerification": "required",
        })
        .to_string()
    }

    /// Checks a passkey's response. `credential_id` is the raw id of the passkey that responded, and `json` its
    /// response.
    ///
    /// # Errors
    /// See [`AssertionError`].
    pub fn check(&self, credential_id: &[u8], json: &[u8]) -> Result<(), AssertionError> {
        let assertion: Assertion =
            serde_json::from_slice(json).map_err(|_| AssertionError::Malformed("not the JSON of one"))?;
        if assertion.r#type != "public-key" {
            return Err(AssertionError::Malformed("type is not public-key"));
        }
        let raw_id = bytes(&assertion.raw_id, "rawId")?;
        let response = &assertion.response;
        if bytes(&response.authenticator_data, "authenticatorData")?.len() < AUTHENTICATOR_DATA {
            return Err(AssertionError::Malformed("authenticatorData is too short"));
        }
        if bytes(&response.signature, "signature")?.is_empty() {
            return Err(AssertionError::Malformed("signature is empty"));
        }
        let client_data: ClientData =
            serde_json::from_slice(&bytes(&response.client_data, "clientDataJSON")?)
                .map_err(|_| AssertionError::Malformed("clientDataJSON is none"))?;
        if client_data.r#type != "webauthn.get" {
            return Err(AssertionError::Malformed("clientDataJSON is not of webauthn.get"));
        }
        if bytes(&client_data.challenge, "challenge")? != self.random {
            return Err(AssertionError::OtherChallenge);
        }
        if raw_id != self.passkey || credential_id != self.passkey {
            return Err(AssertionError::OtherPasskey);
        }
        Ok(())
    }
}

fn bytes(text: &str, field: &'static str) -> Result<Vec<u8>, AssertionError> {
    BASE64_URL_SAFE_NO_PAD.decode(text.trim_end_matches('=')).map_err(|_| AssertionError::Malformed(field))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::phone::Phone;
    use serde_json::Value;

    #[test]
    fn the_server_accepts_the_phones_answer_to_its_challenge() {
        let phone = Phone::generate(&mut rand::rng());
        let challenge = Challenge::new(&phone.passkey_id(), &mut rand::rng());
        let answer = phone.passkey_assertion(&challenge.options()).unwrap();
        assert_eq!(challenge.check(&answer.credential_id, answer.json.as_bytes()), Ok(()));

        let again = Challenge::new(&phone.passkey_id(), &mut rand::rng());
        let check = |id: &[u8], json: &str| again.check(id, json.as_bytes());
        assert_eq!(check(&answer.credential_id, &answer.json), Err(AssertionError::OtherChallenge));
        let other = Phone::generate(&mut rand::rng()).passkey_assertion(&again.options()).unwrap();
        assert_eq!(check(&other.credential_id, &other.json), Err(AssertionError::OtherPasskey));
        assert!(matches!(check(b"", "{}"), Err(AssertionError::Malformed(_))));
    }

    #[test]
    fn an_assertion_with_a_missing_field_is_refused() {
        let phone = Phone::generate(&mut rand::rng());
        let challenge = Challenge::new(&phone.passkey_id(), &mut rand::rng());
        let answer = phone.passkey_assertion(&challenge.options()).unwrap();
        for (pointer, wrong) in [
            ("/type", "password"),
            ("/rawId", "?"),
            ("/response/clientDataJSON", "e30"),
            ("/response/authenticatorData", "AAAA"),
            ("/response/signature", ""),
        ] {
            let mut json: Value = serde_json::from_str(&answer.json).unwrap();
            *json.pointer_mut(pointer).unwrap() = wrong.into();
            let checked = challenge.check(&answer.credential_id, json.to_string().as_bytes());
            assert!(matches!(checked, Err(AssertionError::Malformed(_))), "{pointer}: {checked:?}");
        }
    }
}
