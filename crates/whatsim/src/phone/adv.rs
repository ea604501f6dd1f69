//! ADV (advanced device verification): how a phone signs the identities of its linked devices, and how it checks
//! their responses. Sources: WhatsApp Web's `WAWebAdvSignatureApi`, as the clients quote it, and whatsmeow's
//! `pair.go`.

use buffa::Message as _;
use hmac::{Hmac, KeyInit, Mac};
use sha2::Sha256;
use wacore_libsignal::protocol::PublicKey;
use waproto::whatsapp as wa;

use super::Phone;

/// Each of the three signatures has its own prefix, so that a signature of one kind is not valid as another kind.
/// These are the prefixes for normal accounts. WhatsApp has other prefixes for hosted accounts.
const ACCOUNT_SIGNATURE: [u8; 2] = [6, 0];
const DEVICE_SIGNATURE: [u8; 2] = [6, 1];
const KEY_INDEX_LIST: [u8; 2] = [6, 2];

/// Why a linked device's signed identity was refused.
#[derive(Debug, thiserror::Error, PartialEq, Eq)]
pub enum AdvError {
    /// The bytes are not an `ADVSignedDeviceIdentity`, or it lacks a field.
    #[error("signed device identity is malformed")]
    Malformed,
    /// This phone has not signed these details for this device.
    #[error("account signature does not verify")]
    AccountSignature,
    /// The device did not prove that it holds the identity key it announced.
    #[error("device signature does not verify")]
    DeviceSignature,
}

impl Phone {
    /// Signs a companion's identity. Returns the bytes of `<device-identity>` in `<pair-success>`.
    ///
    /// `adv_secret` is the secret from the QR code or from the exchange of a pairing code, of any length.
    /// `key_index` must not be 0, because Baileys ignores devices with the key index 0.
    pub fn sign_device(
        &self,
        companion_identity: &[u8; 32],
        adv_secret: &[u8],
        key_index: u32,
        now_secs: u64,
    ) -> Vec<u8> {
        let details = wa::ADVDeviceIdentity {
            raw_id: Some(self.shared.keys.raw_id),
            timestamp: Some(now_secs),
            key_index: Some(key_index),
            account_type: Some(wa::ADVEncryptionType::E2EE),
            device_type: Some(wa::ADVEncryptionType::E2EE),
        }
        .encode_to_vec();
        let signature = self.sign(&[&ACCOUNT_SIGNATURE, &details, companion_identity]);
        let signed = wa::ADVSignedDeviceIdentity {
            details: Some(details),
            account_signature_key: Some(self.identity().to_vec()),
            account_signature: Some(signature.to_vec()),
            device_signature: None,
        }
        .encode_to_vec();
        let mut mac = Hmac::<Sha256>::new_from_slice(adv_secret).expect("hmac takes keys of any length");
        mac.update(&signed);
        wa::ADVSignedDeviceIdentityHMAC {
            hmac: Some(mac.finalize().into_bytes().to_vec()),
            details: Some(signed),
            account_type: Some(wa::ADVEncryptionType::E2EE),
        }
        .encode_to_vec()
    }

    /// Checks the identity that a companion sends back in `<pair-device-sign>`. It must have the phone's signature and
    /// the companion's own signature. It need not contain the account's key, because clients remove this key. Returns
    /// the key index.
    ///
    /// # Errors
    /// See [`AdvError`]. After each of these errors, the companion must not be linked.
    pub fn check_device_signature(
        &self,
        signed: &[u8],
        companion_identity: &[u8; 32],
    ) -> Result<u32, AdvError> {
        let identity =
            wa::ADVSignedDeviceIdentity::decode_from_slice(signed).map_err(|_| AdvError::Malformed)?;
        let details = identity.details.as_deref().ok_or(AdvError::Malformed)?;
        let account_signature = identity.account_signature.as_deref().ok_or(AdvError::Malformed)?;
        let device_signature = identity.device_signature.as_deref().ok_or(AdvError::Malformed)?;
        let account_key = self.identity();
        let companion =
            PublicKey::from_djb_public_key_bytes(companion_identity).map_err(|_| AdvError::Malformed)?;

        let by_account = [&ACCOUNT_SIGNATURE[..], details, companion_identity].concat();
        if !self.shared.keys.identity.public_key.verify_signature(&by_account, account_signature) {
            return Err(AdvError::AccountSignature);
        }
        let by_device = [&DEVICE_SIGNATURE[..], details, companion_identity, &account_key].concat();
        if !companion.verify_signature(&by_device, device_signature) {
            return Err(AdvError::DeviceSignature);
        }
        wa::ADVDeviceIdentity::decode_from_slice(details)
            .ok()
            .and_then(|details| details.key_index)
            .ok_or(AdvError::Malformed)
    }

    /// Signs the list of the key indexes that are still linked. Returns the bytes of `<key-index-list>`. Clients accept
    /// a device if its index is in the list, or if its index is higher than all indexes in the list. They ignore all
    /// other devices.
    pub fn key_index_list(&self, indexes: &[u32], now_secs: u64) -> Vec<u8> {
        let details = wa::ADVKeyIndexList {
            raw_id: Some(self.shared.keys.raw_id),
            timestamp: Some(now_secs),
            current_index: Some(indexes.iter().copied().max().unwrap_or(0)),
            valid_indexes: indexes.to_vec(),
            account_type: Some(wa::ADVEncryptionType::E2EE),
        }
        .encode_to_vec();
        wa::ADVSignedKeyIndexList {
            account_signature: Some(self.sign(&[&KEY_INDEX_LIST, &details]).to_vec()),
            account_signature_key: Some(self.identity().to_vec()),
            details: Some(details),
        }
        .encode_to_vec()
    }

    fn sign(&self, parts: &[&[u8]]) -> [u8; 64] {
        self.shared
            .keys
            .identity
            .calculate_signature(&parts.concat(), &mut self.shared.entropy.fork())
            .expect("a generated private key signs")
    }
}

#[cfg(test)]
mod tests {
    use rand::rngs::StdRng;
    use rand::{RngExt, SeedableRng};
    use wacore::adv::{AdvValidation, decode_key_index_list, validate_adv_with_identity_key};
    use wacore::pair::{DeviceState, PairUtils};
    use wacore_libsignal::protocol::KeyPair;

    use super::*;
    use crate::phone::keys::bare;

    const NOW: u64 = 1_800_000_000;

    fn companion(seed: u64) -> (DeviceState, [u8; 32]) {
        let rng = &mut StdRng::seed_from_u64(seed);
        let state = DeviceState {
            identity_key: KeyPair::generate(rng),
            noise_key: KeyPair::generate(rng),
            adv_secret_key: rng.random(),
        };
        let identity = bare(&state.identity_key.public_key);
        (state, identity)
    }

    fn phone() -> Phone {
        Phone::generate(&mut StdRng::seed_from_u64(1))
    }

    /// Removes the account's key, as clients do before they send the identity back.
    fn without_account_key(signed: &[u8]) -> Vec<u8> {
        let mut identity = wa::ADVSignedDeviceIdentity::decode_from_slice(signed).unwrap();
        identity.account_signature_key = None;
        identity.encode_to_vec()
    }

    #[test]
    fn the_client_and_the_phone_accept_each_others_signatures() {
        let (phone, (state, identity)) = (phone(), companion(2));
        let vouched = phone.sign_device(&identity, &state.adv_secret_key, 7, NOW);
        let (answer, key_index) = PairUtils::do_pair_crypto(&state, &vouched).unwrap();
        assert_eq!(key_index, 7);
        let answer = without_account_key(&answer);
        assert_eq!(phone.check_device_signature(&answer, &identity), Ok(7));
        let others = validate_adv_with_identity_key(&answer, &identity, Some(&phone.identity()));
        assert_eq!(others, AdvValidation::Valid, "as other clients check a fetched bundle");
    }

    #[test]
    fn a_client_refuses_a_signature_made_with_another_secret() {
        let (phone, (state, identity)) = (phone(), companion(2));
        let vouched = phone.sign_device(&identity, &[9; 32], 7, NOW);
        assert_eq!(PairUtils::do_pair_crypto(&state, &vouched).unwrap_err().text, "hmac-mismatch");
    }

    #[test]
    fn the_phone_refuses_an_identity_that_it_did_not_sign() {
        let (phone, (state, identity)) = (phone(), companion(2));
        let other = Phone::generate(&mut StdRng::seed_from_u64(3));
        let vouched = other.sign_device(&identity, &state.adv_secret_key, 7, NOW);
        let (answer, _) = PairUtils::do_pair_crypto(&state, &vouched).unwrap();
        assert_eq!(phone.check_device_signature(&answer, &identity), Err(AdvError::AccountSignature));
    }

    #[test]
    fn the_phone_refuses_an_identity_without_the_devices_signature() {
        let (phone, (state, identity)) = (phone(), companion(2));
        let vouched = phone.sign_device(&identity, &state.adv_secret_key, 7, NOW);
        let (answer, _) = PairUtils::do_pair_crypto(&state, &vouched).unwrap();
        let mut forged = wa::ADVSignedDeviceIdentity::decode_from_slice(&answer).unwrap();
        forged.device_signature = Some(vec![0; 64]);
        let forged = forged.encode_to_vec();
        assert_eq!(phone.check_device_signature(&forged, &identity), Err(AdvError::DeviceSignature));
        assert_eq!(phone.check_device_signature(&vouched[..9], &identity), Err(AdvError::Malformed));
    }

    #[test]
    fn the_key_index_list_is_signed_and_names_the_linked_devices() {
        let phone = phone();
        let list = phone.key_index_list(&[3, 5], NOW);
        let decoded = decode_key_index_list(&list).unwrap();
        assert_eq!((decoded.valid_indexes, decoded.current_index, decoded.timestamp), (vec![3, 5], 5, NOW));
        let signed = wa::ADVSignedKeyIndexList::decode_from_slice(&list).unwrap();
        let message = [&KEY_INDEX_LIST[..], &signed.details.unwrap()].concat();
        let key = PublicKey::from_djb_public_key_bytes(&phone.identity()).unwrap();
        assert!(key.verify_signature(&message, &signed.account_signature.unwrap()));
    }
}
