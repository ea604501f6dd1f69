//! The ways to link an account without a QR code: by a pairing code that is typed on the phone, and with the passkey
//! that protects some accounts.

pub(in crate::whatsapp) mod refusal;

use std::sync::PoisonError;
use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use linekeeper_model::connection::Epoch;
use linekeeper_model::pairing::PairingCode;
use linekeeper_model::phone::PhoneNumber;
use serde::Deserialize;
use serde_json::Value;
use whatsapp_rust::pair_code::PairCodeOptions;
use whatsapp_rust::passkey::Assertion as LibraryAssertion;

use super::client::line::Line;
use super::client::signal::Signal;

/// How long to wait for WhatsApp's answer to a passkey. Normally it comes within seconds.
const PASSKEY_WITHIN: Duration = Duration::from_secs(15);

/// How long a code is valid, approximately (whatsapp-rust 0.7.0, `pair_code.rs`).
const CODE_HOLDS: Duration = Duration::from_secs(180);

/// The result of a browser's `navigator.credentials.get`, as `PublicKeyCredential.toJSON()` writes it (WebAuthn
/// level 3). The server only passes it on, and WhatsApp checks it.
pub struct Assertion {
    json: String,
    credential: Vec<u8>,
}

/// The JSON is not a WebAuthn assertion.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error(
    "must be a WebAuthn assertion: an object with `rawId`, `type` public-key and a `response` with clientDataJSON, authenticatorData and signature"
)]
pub struct InvalidAssertion;

/// Why the passkey's answer or its confirmation was refused.
#[derive(Debug, thiserror::Error)]
#[error("{0}")]
pub struct PasskeyRefused(String);

impl Assertion {
    /// Reads an assertion from JSON.
    pub fn parse(json: &Value) -> Result<Self, InvalidAssertion> {
        #[derive(Deserialize)]
        #[serde(rename_all = "camelCase")]
        struct Shape {
            raw_id: String,
            r#type: String,
            response: Response,
        }
        #[derive(Deserialize)]
        struct Response {
            #[serde(rename = "clientDataJSON")]
            client_data: String,
            #[serde(rename = "authenticatorData")]
            authenticator_data: String,
            signature: String,
        }
        let shape: Shape = Shape::deserialize(json).map_err(|_| InvalidAssertion)?;
        let bytes =
            |text: &str| URL_SAFE_NO_PAD.decode(text.trim_end_matches('=')).ok().filter(|b| !b.is_empty());
        let parts =
            [&shape.response.client_data, &shape.response.authenticator_data, &shape.response.signature];
        if shape.r#type != "public-key" || parts.into_iter().any(|part| bytes(part).is_none()) {
            return Err(InvalidAssertion);
        }
        let credential = bytes(&shape.raw_id).ok_or(InvalidAssertion)?;
        Ok(Self { json: json.to_string(), credential })
    }
}

impl Line {
    /// Asks WhatsApp for a code to type on the phone with this number. The code, or the reason why there is none, comes
    /// as a signal.
    pub fn request_code(&mut self, epoch: Epoch, phone: PhoneNumber) {
        let Some(open) = &mut self.open else { return };
        let (client, observer, clock) = (open.client.clone(), open.observer.clone(), self.clock.clone());
        let given = self.codes_given.clone();
        let request = async move {
            // If there is an earlier code, it no longer works from now on.
            client.cancel_pair_code().await;
            let options =
                PairCodeOptions { phone_number: phone.digits().to_owned(), ..PairCodeOptions::default() };
            let asking = observer.asking();
            let asked = client.pair_with_code(options).await;
            drop(asking);
            match asked {
                Ok(code) => {
                    given.lock().unwrap_or_else(PoisonError::into_inner).insert(phone);
                    let expires_at = clock.now() + CODE_HOLDS;
                    observer.say(Signal::Code(epoch, PairingCode { code, phone, expires_at }));
                }
                Err(error) if error.lost_the_flow_to_another_request() => {}
                Err(error) => {
                    tracing::warn!(%error, "WhatsApp gave no pairing code");
                    let is_known = given.lock().unwrap_or_else(PoisonError::into_inner).contains(&phone);
                    observer.say(Signal::Ended(epoch, refusal::without_a_code(&error, is_known)));
                }
            }
        };
        #[expect(clippy::disallowed_methods, reason = "the handle is kept and aborted by close()")]
        let asked = tokio::spawn(request);
        if let Some(before) = open.asking.replace(asked) {
            before.abort();
        }
    }

    /// Passes on the passkey's answer to WhatsApp.
    pub async fn answer_passkey(&self, assertion: Assertion) -> Result<(), PasskeyRefused> {
        let assertion = LibraryAssertion {
            assertion_json: assertion.json.into_bytes(),
            credential_id: assertion.credential,
        };
        let open = self.open.as_ref().ok_or_else(|| PasskeyRefused("the connection was lost".to_owned()))?;
        answered(open.client.send_passkey_response(assertion)).await
    }

    /// Confirms to the phone that both sides show the same code.
    pub async fn confirm_passkey(&self) -> Result<(), PasskeyRefused> {
        let open = self.open.as_ref().ok_or_else(|| PasskeyRefused("the connection was lost".to_owned()))?;
        answered(open.client.send_passkey_confirmation()).await
    }
}

async fn answered<E: std::fmt::Display>(
    request: impl Future<Output = Result<(), E>>,
) -> Result<(), PasskeyRefused> {
    match tokio::time::timeout(PASSKEY_WITHIN, request).await {
        Ok(Ok(())) => Ok(()),
        Ok(Err(error)) => Err(PasskeyRefused(error.to_string())),
        Err(_) => Err(PasskeyRefused("WhatsApp did not answer".to_owned())),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(json: &str) -> Result<Assertion, InvalidAssertion> {
        Assertion::parse(&serde_json::from_str(json).unwrap())
    }

    #[test]
    fn a_passkey_assertion_is_parsed_from_the_json_of_a_browser() {
        let json = r#"{"id":"AQI","rawId":"AQI","type":"public-key","response":
            {"clientDataJSON":"e30","authenticatorData":"AAA","signature":"AA","userHandle":null}}"#;
        let assertion = parse(json).unwrap();
        assert_eq!(assertion.credential, [1, 2]);
        assert!(assertion.json.contains(r#""userHandle":null"#), "passed on whole: {}", assertion.json);
    }

    #[test]
    fn an_invalid_assertion_is_refused() {
        for json in [
            "{}",
            "[]",
            "null",
            r#"{"rawId":"AQI","type":"password","response":{"clientDataJSON":"e30","authenticatorData":"AAA","signature":"AA"}}"#,
            r#"{"rawId":"*","type":"public-key","response":{"clientDataJSON":"e30","authenticatorData":"AAA","signature":"AA"}}"#,
            r#"{"rawId":"AQI","type":"public-key","response":{"clientDataJSON":"","authenticatorData":"AAA","signature":"AA"}}"#,
        ] {
            assert_eq!(parse(json).err(), Some(InvalidAssertion), "{json}");
        }
    }
}
