//! Tests the responder, for each pattern, against the initiator's half of `wacore_noise`.

use super::*;

const PROLOGUE: [u8; 4] = [b'W', b'A', 6, 3];

fn server(seed: &[u8]) -> NoiseKeys {
    NoiseKeys::from_seed(seed, &mut rand::rng()).unwrap()
}

fn client_payload() -> ClientPayload {
    ClientPayload { username: Some(15_550_000_001), device: Some(3), ..Default::default() }
}

/// An initiator that is built from the library's primitives, because the library's own initiator does not trust
/// the simulator's root key.
struct Initiator {
    identity: KeyPair,
    ephemeral: KeyPair,
}

impl Initiator {
    fn new() -> Self {
        let mut rng = rand::rng();
        Self { identity: KeyPair::generate(&mut rng), ephemeral: KeyPair::generate(&mut rng) }
    }

    fn hello(&self, sealed: Option<(Vec<u8>, Vec<u8>)>) -> Vec<u8> {
        let (r#static, payload) = sealed.unzip();
        HandshakeMessage {
            client_hello: MessageField::some(ClientHello {
                ephemeral: Some(public_bytes(&self.ephemeral).to_vec()),
                r#static,
                payload,
                ..Default::default()
            }),
            ..Default::default()
        }
        .encode_to_vec()
    }

    /// Builds the client hello of IK, with the encrypted static key and payload of the client. `remembered` is the
    /// server's static key as the client knows it.
    fn ik(&self, remembered: &[u8; 32]) -> (NoiseHandshake, Vec<u8>) {
        let mut noise = NoiseHandshake::new(NOISE_PATTERN_IK, &PROLOGUE).unwrap();
        noise.authenticate(remembered);
        noise.authenticate(&public_bytes(&self.ephemeral));
        noise.mix_shared_secret(self.ephemeral.private_key.serialize(), remembered).unwrap();
        let sealed_static = noise.encrypt(&public_bytes(&self.identity)).unwrap();
        noise.mix_shared_secret(self.identity.private_key.serialize(), remembered).unwrap();
        let sealed_payload = noise.encrypt(&client_payload().encode_to_vec()).unwrap();
        (noise, self.hello(Some((sealed_static, sealed_payload))))
    }

    /// Does the client's second half of XX and XXfallback: reads the server hello and writes the client finish.
    fn finish_xx(&self, pattern: &str, hello: &[u8], keys: &NoiseKeys) -> (NoiseHandshake, Vec<u8>) {
        let hello = parse(hello);
        let ephemeral: [u8; 32] = hello.ephemeral.unwrap().try_into().unwrap();
        let mut noise = NoiseHandshake::new(pattern, &PROLOGUE).unwrap();
        noise.authenticate(&public_bytes(&self.ephemeral));
        noise.authenticate(&ephemeral);
        noise.mix_shared_secret(self.ephemeral.private_key.serialize(), &ephemeral).unwrap();
        let server_static = noise.decrypt(&hello.r#static.unwrap()).unwrap();
        assert_eq!(server_static, public_bytes(keys.static_key()));
        noise.mix_shared_secret(self.ephemeral.private_key.serialize(), &server_static).unwrap();
        assert_eq!(noise.decrypt(&hello.payload.unwrap()).unwrap(), keys.chain());
        let sealed_static = noise.encrypt(&public_bytes(&self.identity)).unwrap();
        noise.mix_shared_secret(self.identity.private_key.serialize(), &ephemeral).unwrap();
        let sealed_payload = noise.encrypt(&client_payload().encode_to_vec()).unwrap();
        let finish = HandshakeMessage {
            client_finish: MessageField::some(ClientFinish {
                r#static: Some(sealed_static),
                payload: Some(sealed_payload),
                ..Default::default()
            }),
            ..Default::default()
        };
        (noise, finish.encode_to_vec())
    }
}

fn parse(frame: &[u8]) -> ServerHello {
    HandshakeMessage::decode_from_slice(frame).unwrap().server_hello.into_option().unwrap()
}

/// Asserts that data can be sent in both directions after the handshake.
fn assert_talk(client: NoiseHandshake, server: &Established, initiator: &Initiator) {
    assert_eq!(server.client_static, public_bytes(&initiator.identity));
    assert_eq!(server.payload.username, Some(15_550_000_001));
    let (write, read) = client.finish().unwrap();
    let mut up = b"from the client".to_vec();
    write.encrypt_in_place_with_counter(0, &mut up).unwrap();
    server.read.decrypt_in_place_with_counter(0, &mut up).unwrap();
    assert_eq!(up, b"from the client");
    let mut down = b"from the server".to_vec();
    server.write.encrypt_in_place_with_counter(0, &mut down).unwrap();
    read.decrypt_in_place_with_counter(0, &mut down).unwrap();
    assert_eq!(down, b"from the server");
}

fn awaiting(greeting: Greeting) -> (Box<AwaitingFinish>, Vec<u8>) {
    match greeting {
        Greeting::AwaitFinish(state, hello) => (state, hello),
        Greeting::Done(..) => panic!("finished without a client finish"),
    }
}

#[test]
fn a_new_client_connects_with_xx() {
    let (keys, client) = (server(b"a"), Initiator::new());
    let (state, hello) = awaiting(greet(&keys, &PROLOGUE, &client.hello(None), &mut rand::rng()).unwrap());
    let (noise, finish) = client.finish_xx(NOISE_PATTERN_XX, &hello, &keys);
    let done = state.finish(&finish).unwrap();
    assert_eq!(done.pattern, Pattern::Xx);
    assert_talk(noise, &done, &client);
}

#[test]
fn a_returning_client_resumes_with_ik() {
    let (keys, client) = (server(b"a"), Initiator::new());
    let (mut noise, hello) = client.ik(&public_bytes(keys.static_key()));
    let Greeting::Done(done, answer) = greet(&keys, &PROLOGUE, &hello, &mut rand::rng()).unwrap() else {
        panic!("IK needs no finish");
    };
    let answer = parse(&answer);
    assert!(answer.r#static.is_none(), "IK never sends the static key");
    let ephemeral = answer.ephemeral.unwrap();
    noise.authenticate(&ephemeral);
    noise.mix_shared_secret(client.ephemeral.private_key.serialize(), &ephemeral).unwrap();
    noise.mix_shared_secret(client.identity.private_key.serialize(), &ephemeral).unwrap();
    assert_eq!(noise.decrypt(&answer.payload.unwrap()).unwrap(), keys.chain());
    assert_eq!(done.pattern, Pattern::Ik);
    assert_talk(noise, &done, &client);
}

#[test]
fn a_client_with_an_outdated_server_key_falls_back_to_the_xx_handshake() {
    let (keys, client) = (server(b"new"), Initiator::new());
    let (_, hello) = client.ik(&public_bytes(server(b"old").static_key()));
    let (state, answer) = awaiting(greet(&keys, &PROLOGUE, &hello, &mut rand::rng()).unwrap());
    let (noise, finish) = client.finish_xx(NOISE_PATTERN_XXFALLBACK, &answer, &keys);
    let done = state.finish(&finish).unwrap();
    assert_eq!(done.pattern, Pattern::XxFallback);
    assert_talk(noise, &done, &client);
}

#[test]
fn malformed_handshakes_are_refused() {
    let keys = server(b"a");
    assert!(greet(&keys, &PROLOGUE, b"\xff\xff\xff", &mut rand::rng()).is_err());
    assert!(greet(&keys, &PROLOGUE, &[], &mut rand::rng()).is_err());
    let (state, _) =
        awaiting(greet(&keys, &PROLOGUE, &Initiator::new().hello(None), &mut rand::rng()).unwrap());
    let forged = HandshakeMessage {
        client_finish: MessageField::some(ClientFinish {
            r#static: Some(vec![0; 48]),
            payload: Some(vec![0; 32]),
            ..Default::default()
        }),
        ..Default::default()
    };
    assert!(matches!(state.finish(&forged.encode_to_vec()), Err(HandshakeError::Crypto(_))));
}
