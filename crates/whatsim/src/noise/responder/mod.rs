//! The server's side of the three handshake patterns. A client hello with a static key and a payload requests IK. If
//! the client encrypted the key and the payload for an older key of the server, the server cannot decrypt them. Then
//! it answers with XXfallback.

use super::NoiseKeys;
use super::keys::public_bytes;
use buffa::{Message as _, MessageField};
use wacore_binary::consts::{NOISE_PATTERN_IK, NOISE_PATTERN_XX, NOISE_PATTERN_XXFALLBACK};
use wacore_libsignal::protocol::KeyPair;
use wacore_noise::{NoiseCipher, NoiseHandshake};
use waproto::whatsapp::handshake_message::{ClientFinish, ClientHello, ServerHello};
use waproto::whatsapp::{ClientPayload, HandshakeMessage};

/// The pattern that a client used.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Pattern {
    /// The client does not know the server's key. Every client uses this pattern to pair. Baileys uses it for every
    /// connection.
    Xx,
    /// The client resumes with the server key that it remembers.
    Ik,
    /// The client remembered a key that the server no longer uses.
    XxFallback,
}

impl Pattern {
    /// The name of the pattern in metrics.
    pub fn name(self) -> &'static str {
        match self {
            Self::Xx => "XX",
            Self::Ik => "IK",
            Self::XxFallback => "XXfallback",
        }
    }
}

/// Why a handshake ended.
#[derive(Debug, thiserror::Error)]
pub enum HandshakeError {
    /// The frame is not a handshake message, or it lacks the part that the error names.
    #[error("handshake message without a valid {0}")]
    Malformed(&'static str),
    /// The other side has other keys, or the bytes were changed in transit.
    #[error("handshake decryption failed: {0}")]
    Crypto(#[from] wacore_noise::HandshakeError),
}

/// A finished handshake: the ciphers from the server's point of view, and the identity that the client claims.
pub struct Established {
    /// Decrypts frames from the client.
    pub read: NoiseCipher,
    /// Encrypts frames to the client.
    pub write: NoiseCipher,
    /// The client's static key, proven by the handshake.
    pub client_static: [u8; 32],
    /// The payload in which the client says who it is. The client encrypts it during the handshake.
    pub payload: ClientPayload,
    /// The pattern that the client used.
    pub pattern: Pattern,
}

/// The result of a client hello. Both variants contain the server hello to send.
pub enum Greeting {
    /// IK: the handshake is complete.
    Done(Box<Established>, Vec<u8>),
    /// XX and XXfallback: the handshake continues when the client sends its finish.
    AwaitFinish(Box<AwaitingFinish>, Vec<u8>),
}

/// The state between the server hello and the client finish.
pub struct AwaitingFinish {
    noise: NoiseHandshake,
    ephemeral: KeyPair,
    pattern: Pattern,
}

/// Answers a client hello. `prologue` is the connection header that both sides authenticate.
///
/// # Errors
/// When the frame is not a client hello.
pub fn greet(
    keys: &NoiseKeys,
    prologue: &[u8],
    frame: &[u8],
    rng: &mut impl rand::CryptoRng,
) -> Result<Greeting, HandshakeError> {
    let hello = HandshakeMessage::decode_from_slice(frame)
        .ok()
        .and_then(|m| m.client_hello.into_option())
        .ok_or(HandshakeError::Malformed("client hello"))?;
    let client_ephemeral = key(hello.ephemeral.as_deref(), "client ephemeral")?;
    let server_ephemeral = KeyPair::generate(rng);
    if let ClientHello { r#static: Some(sealed_static), payload: Some(sealed_payload), .. } = &hello {
        match resume(keys, prologue, &client_ephemeral, &server_ephemeral, sealed_static, sealed_payload) {
            Ok(greeting) => return Ok(greeting),
            Err(error) => tracing::debug!(%error, "client remembers another server key, falling back"),
        }
        return meet(keys, prologue, &client_ephemeral, server_ephemeral, Pattern::XxFallback);
    }
    meet(keys, prologue, &client_ephemeral, server_ephemeral, Pattern::Xx)
}

fn resume(
    keys: &NoiseKeys,
    prologue: &[u8],
    client_ephemeral: &[u8; 32],
    server_ephemeral: &KeyPair,
    sealed_static: &[u8],
    sealed_payload: &[u8],
) -> Result<Greeting, HandshakeError> {
    let own = keys.static_key().private_key.serialize();
    let mut noise = NoiseHandshake::new(NOISE_PATTERN_IK, prologue)?;
    noise.authenticate(&public_bytes(keys.static_key()));
    noise.authenticate(client_ephemeral);
    noise.mix_shared_secret(own, client_ephemeral)?;
    let client_static = key(Some(&noise.decrypt(sealed_static)?), "client static key")?;
    noise.mix_shared_secret(own, &client_static)?;
    let payload = payload(&noise.decrypt(sealed_payload)?)?;

    let ephemeral_private = server_ephemeral.private_key.serialize();
    noise.authenticate(&public_bytes(server_ephemeral));
    noise.mix_shared_secret(ephemeral_private, client_ephemeral)?;
    noise.mix_shared_secret(ephemeral_private, &client_static)?;
    let certificate = noise.encrypt(keys.chain())?;
    let hello = server_hello(server_ephemeral, None, certificate);
    let established = established(noise, client_static, payload, Pattern::Ik)?;
    Ok(Greeting::Done(Box::new(established), hello))
}

fn meet(
    keys: &NoiseKeys,
    prologue: &[u8],
    client_ephemeral: &[u8; 32],
    ephemeral: KeyPair,
    pattern: Pattern,
) -> Result<Greeting, HandshakeError> {
    let name = if pattern == Pattern::Xx { NOISE_PATTERN_XX } else { NOISE_PATTERN_XXFALLBACK };
    let mut noise = NoiseHandshake::new(name, prologue)?;
    noise.authenticate(client_ephemeral);
    noise.authenticate(&public_bytes(&ephemeral));
    noise.mix_shared_secret(ephemeral.private_key.serialize(), client_ephemeral)?;
    let sealed_static = noise.encrypt(&public_bytes(keys.static_key()))?;
    noise.mix_shared_secret(keys.static_key().private_key.serialize(), client_ephemeral)?;
    let certificate = noise.encrypt(keys.chain())?;
    let hello = server_hello(&ephemeral, Some(sealed_static), certificate);
    Ok(Greeting::AwaitFinish(Box::new(AwaitingFinish { noise, ephemeral, pattern }), hello))
}

impl AwaitingFinish {
    /// Reads the client finish: the client's static key, and the payload that is encrypted under it.
    ///
    /// # Errors
    /// When the frame is not a client finish or cannot be decrypted.
    pub fn finish(self, frame: &[u8]) -> Result<Established, HandshakeError> {
        let Self { mut noise, ephemeral, pattern } = self;
        let ClientFinish { r#static: Some(sealed_static), payload: Some(sealed_payload), .. } =
            HandshakeMessage::decode_from_slice(frame)
                .ok()
                .and_then(|m| m.client_finish.into_option())
                .ok_or(HandshakeError::Malformed("client finish"))?
        else {
            return Err(HandshakeError::Malformed("client finish"));
        };
        let client_static = key(Some(&noise.decrypt(&sealed_static)?), "client static key")?;
        noise.mix_shared_secret(ephemeral.private_key.serialize(), &client_static)?;
        let payload = payload(&noise.decrypt(&sealed_payload)?)?;
        established(noise, client_static, payload, pattern)
    }
}

fn established(
    noise: NoiseHandshake,
    client_static: [u8; 32],
    payload: ClientPayload,
    pattern: Pattern,
) -> Result<Established, HandshakeError> {
    // `finish` names the two ciphers as the initiator sees them. The server is the responder, so it swaps them.
    let (client_writes, client_reads) = noise.finish()?;
    Ok(Established { read: client_writes, write: client_reads, client_static, payload, pattern })
}

fn server_hello(ephemeral: &KeyPair, sealed_static: Option<Vec<u8>>, certificate: Vec<u8>) -> Vec<u8> {
    HandshakeMessage {
        server_hello: MessageField::some(ServerHello {
            ephemeral: Some(public_bytes(ephemeral).to_vec()),
            r#static: sealed_static,
            payload: Some(certificate),
            ..Default::default()
        }),
        ..Default::default()
    }
    .encode_to_vec()
}

fn key(bytes: Option<&[u8]>, what: &'static str) -> Result<[u8; 32], HandshakeError> {
    bytes.and_then(|b| b.try_into().ok()).ok_or(HandshakeError::Malformed(what))
}

fn payload(bytes: &[u8]) -> Result<ClientPayload, HandshakeError> {
    ClientPayload::decode_from_slice(bytes).map_err(|_| HandshakeError::Malformed("client payload"))
}

#[cfg(test)]
mod tests;
