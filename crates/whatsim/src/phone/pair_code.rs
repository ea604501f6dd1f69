//! The phone's side of linking by pairing code. A person types eight characters. With these characters, each side
//! checks that the other side's ephemeral key is real. Both sides derive the ADV secret from two key agreements.

use wacore::crypto::hkdf_sha256_into;
use wacore::pair_code::PairCodeUtils;
use wacore_libsignal::crypto::aes_256_gcm_decrypt;
use wacore_libsignal::protocol::{KeyPair, PublicKey};

use super::Phone;
use super::keys::bare;

const BUNDLE_KEY_INFO: &[u8] = b"link_code_pairing_key_bundle_encryption_key";
const ADV_SECRET_INFO: &[u8] = b"adv_secret";

/// The sizes of the parts of an encrypted key bundle, in bytes. It has a salt, a nonce, and an AES-GCM ciphertext.
/// The ciphertext contains the companion's identity key, the primary's identity key and 32 random bytes.
const SALT: usize = 32;
const NONCE: usize = 12;
const KEY: usize = 32;

/// Why linking by code failed on the phone.
#[derive(Debug, thiserror::Error, PartialEq, Eq)]
pub enum PairCodeError {
    /// The code does not have eight characters of the alphabet of pairing codes.
    #[error("not a pairing code")]
    NotACode,
    /// The companion's wrapped ephemeral key is not 80 bytes long.
    #[error("the companion's wrapped ephemeral key is malformed")]
    Ephemeral,
    /// The bundle is too short, or a key in the bundle is invalid.
    #[error("the companion's key bundle is malformed")]
    Bundle,
    /// The bundle cannot be decrypted, because the typed code is not the one that the companion shows.
    #[error("wrong pairing code")]
    WrongCode,
    /// The bundle can be decrypted, but contains identity keys of other devices.
    #[error("the companion's key bundle is for another exchange")]
    OtherIdentity,
}

/// The phone's half of the exchange: what it sends in `primary_hello`, and the keys that it needs for
/// `companion_finish`.
pub struct PairCodeAnswer {
    wrapped_ephemeral: [u8; 80],
    ephemeral: KeyPair,
    companion_ephemeral: PublicKey,
}

impl PairCodeAnswer {
    /// The bytes of `link_code_pairing_wrapped_primary_ephemeral_pub`.
    pub fn wrapped_ephemeral(&self) -> &[u8; 80] {
        &self.wrapped_ephemeral
    }
}

impl std::fmt::Debug for PairCodeAnswer {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("PairCodeAnswer").finish_non_exhaustive()
    }
}

impl Phone {
    /// Reacts to a `code` that a person types, with or without a dash, in upper or lower case.
    /// `wrapped_companion_ephemeral` is the `link_code_pairing_wrapped_companion_ephemeral_pub` of the companion's
    /// `companion_hello`.
    ///
    /// A wrong code is found only later, by [`Phone::pair_code_finish`]. This method derives two keys with 2^17
    /// rounds each, so do not call it on a thread that serves connections.
    ///
    /// # Errors
    /// [`PairCodeError::NotACode`] and [`PairCodeError::Ephemeral`].
    pub fn pair_code_answer(
        &self,
        wrapped_companion_ephemeral: &[u8],
        code: &str,
    ) -> Result<PairCodeAnswer, PairCodeError> {
        let code = code.replace('-', "").to_ascii_uppercase();
        if !PairCodeUtils::validate_code(&code) {
            return Err(PairCodeError::NotACode);
        }
        // The companion wraps its key in the same way as the primary, so the function for the primary's key also
        // works here.
        let theirs = PairCodeUtils::decrypt_primary_ephemeral_pub(wrapped_companion_ephemeral, &code)
            .map_err(|_| PairCodeError::Ephemeral)?;
        let ephemeral = KeyPair::generate(&mut self.shared.entropy.fork());
        Ok(PairCodeAnswer {
            wrapped_ephemeral: PairCodeUtils::encrypt_ephemeral_pub(&bare(&ephemeral.public_key), &code),
            companion_ephemeral: public(&theirs).ok_or(PairCodeError::Ephemeral)?,
            ephemeral,
        })
    }

    /// Decrypts `link_code_pairing_wrapped_key_bundle` of `companion_finish`, and returns the ADV secret that both
    /// sides now share.
    ///
    /// # Errors
    /// [`PairCodeError::WrongCode`] if the person mistyped the code. The other errors mean that the companion's
    /// software is wrong.
    pub fn pair_code_finish(
        &self,
        answer: PairCodeAnswer,
        bundle: &[u8],
        companion_identity: &[u8; 32],
    ) -> Result<[u8; 32], PairCodeError> {
        let (salt, rest) = bundle.split_at_checked(SALT).ok_or(PairCodeError::Bundle)?;
        let (nonce, sealed) = rest.split_first_chunk::<NONCE>().ok_or(PairCodeError::Bundle)?;
        let by_ephemeral = answer
            .ephemeral
            .calculate_agreement(&answer.companion_ephemeral)
            .map_err(|_| PairCodeError::WrongCode)?;

        let key = derive(&by_ephemeral, Some(salt), BUNDLE_KEY_INFO);
        let mut opened = Vec::with_capacity(3 * KEY);
        aes_256_gcm_decrypt(&key, nonce, b"", sealed, &mut opened).map_err(|_| PairCodeError::WrongCode)?;
        let (companion, rest) = opened.split_at_checked(KEY).ok_or(PairCodeError::Bundle)?;
        let (primary, random) = rest.split_at_checked(KEY).ok_or(PairCodeError::Bundle)?;
        if companion != companion_identity || primary != self.identity() {
            return Err(PairCodeError::OtherIdentity);
        }

        let companion = public(companion_identity).ok_or(PairCodeError::Bundle)?;
        let by_identity =
            self.shared.keys.identity.calculate_agreement(&companion).map_err(|_| PairCodeError::Bundle)?;
        Ok(derive(&[&by_ephemeral[..], &by_identity, random].concat(), None, ADV_SECRET_INFO))
    }
}

fn public(bytes: &[u8; 32]) -> Option<PublicKey> {
    PublicKey::from_djb_public_key_bytes(bytes).ok()
}

fn derive(secret: &[u8], salt: Option<&[u8]>, info: &[u8]) -> [u8; 32] {
    let mut key = [0; 32];
    hkdf_sha256_into(secret, salt, info, &mut key).expect("32 bytes are within hkdf's reach");
    key
}

#[cfg(test)]
mod tests {
    use rand::SeedableRng;
    use rand::rngs::StdRng;

    use super::*;

    const CODE: &str = "ABCD1234";

    struct Companion {
        identity: KeyPair,
        ephemeral: KeyPair,
    }

    impl Companion {
        fn new() -> Self {
            let rng = &mut StdRng::seed_from_u64(7);
            Self { identity: KeyPair::generate(rng), ephemeral: KeyPair::generate(rng) }
        }

        fn hello(&self) -> [u8; 80] {
            PairCodeUtils::encrypt_ephemeral_pub(&bare(&self.ephemeral.public_key), CODE)
        }

        fn finish(&self, phone: &Phone, answer: &PairCodeAnswer) -> (Vec<u8>, [u8; 32]) {
            let theirs =
                PairCodeUtils::decrypt_primary_ephemeral_pub(answer.wrapped_ephemeral(), CODE).unwrap();
            PairCodeUtils::prepare_key_bundle(&self.ephemeral, &theirs, &phone.identity(), &self.identity)
                .unwrap()
        }

        fn identity(&self) -> [u8; 32] {
            bare(&self.identity.public_key)
        }
    }

    fn phone() -> Phone {
        Phone::generate(&mut StdRng::seed_from_u64(1))
    }

    #[test]
    fn phone_and_companion_derive_the_same_secret() {
        let (phone, companion) = (phone(), Companion::new());
        let answer = phone.pair_code_answer(&companion.hello(), "abcd-1234").unwrap();
        let (bundle, theirs) = companion.finish(&phone, &answer);
        assert_eq!(phone.pair_code_finish(answer, &bundle, &companion.identity()), Ok(theirs));
    }

    #[test]
    fn a_mistyped_pairing_code_is_detected_in_the_last_step() {
        let (phone, companion) = (phone(), Companion::new());
        let answer = phone.pair_code_answer(&companion.hello(), "ABCD1235").unwrap();
        let (bundle, _) = companion.finish(&phone, &answer);
        let error = phone.pair_code_finish(answer, &bundle, &companion.identity()).unwrap_err();
        assert_eq!(error, PairCodeError::WrongCode);
    }

    #[test]
    fn a_bundle_for_another_identity_is_refused() {
        let (phone, companion) = (phone(), Companion::new());
        let answer = phone.pair_code_answer(&companion.hello(), CODE).unwrap();
        let (bundle, _) = companion.finish(&phone, &answer);
        assert_eq!(
            phone.pair_code_finish(answer, &bundle, &[5; 32]).unwrap_err(),
            PairCodeError::OtherIdentity
        );
    }

    #[test]
    fn malformed_bundles_are_refused_with_a_reason() {
        let (phone, companion) = (phone(), Companion::new());
        let refused = |wrapped: &[u8], code| phone.pair_code_answer(wrapped, code).unwrap_err();
        assert_eq!(refused(&companion.hello(), "ABC"), PairCodeError::NotACode);
        assert_eq!(
            refused(&companion.hello(), "ABCDOU00"),
            PairCodeError::NotACode,
            "letters left out on purpose"
        );
        assert_eq!(refused(&[1; 79], CODE), PairCodeError::Ephemeral);
        let answer = phone.pair_code_answer(&companion.hello(), CODE).unwrap();
        assert_eq!(phone.pair_code_finish(answer, &[0; 40], &[5; 32]).unwrap_err(), PairCodeError::Bundle);
    }
}
