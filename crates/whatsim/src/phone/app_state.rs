//! App state, the encrypted log of settings that a phone shares with its linked devices. A phone has the key that
//! decrypts it, and writes some entries itself. The server stores and numbers the patches, but cannot read them.

use std::collections::HashMap;
use std::sync::Arc;

use buffa::{Message as _, MessageField};
use rand::{CryptoRng, RngExt};
use wacore::appstate::hash::{HashState, generate_patch_mac};
use wacore::appstate::{ExpandedAppStateKeys, encode_record, expand_app_state_keys, process_patch};
use waproto::whatsapp as wa;

use super::Phone;

/// The collection that contains the push name. Clients sync it before they report that they are connected.
pub const CRITICAL_BLOCK: &str = "critical_block";

const PUSH_NAME_INDEX: &[u8] = br#"["setting_pushName"]"#;
/// The version of the push name's schema. WhatsApp Web adds such a version to every action.
const PUSH_NAME_VERSION: i32 = 1;
/// The device index of patches that the phone itself makes.
const PHONE_DEVICE_INDEX: u32 = 0;

/// Why the phone cannot apply a linked device's patch.
#[derive(Debug, thiserror::Error)]
pub enum AppStateError {
    /// The bytes are not a valid `SyncdPatch`.
    #[error("not an app state patch")]
    Malformed,
    /// The MACs or the version of the patch do not match the phone's state.
    #[error("app state patch does not apply")]
    DoesNotApply(#[from] wacore::appstate::AppStateError),
}

/// The sync key, and the state of the one collection that simulated phones write.
pub(super) struct AppState {
    key_id: [u8; 6],
    key: [u8; 32],
    critical_block: Collection,
}

#[derive(Default)]
struct Collection {
    state: HashState,
    /// Maps the index MAC of each entry to its value MAC. When an entry is overwritten, its old value MAC must be
    /// removed from the running hash.
    values: HashMap<Vec<u8>, Vec<u8>>,
}

impl AppState {
    pub(super) fn generate(rng: &mut impl CryptoRng) -> Self {
        // A key id has six bytes: two for the device (0 is the phone) and four for the epoch.
        let epoch = rng.random_range(1..=u32::from(u16::MAX)).to_be_bytes();
        let mut key_id = [0; 6];
        key_id[2..].copy_from_slice(&epoch);
        Self { key_id, key: rng.random(), critical_block: Collection::default() }
    }

    fn keys(&self) -> ExpandedAppStateKeys {
        expand_app_state_keys(&self.key)
    }
}

impl Collection {
    /// Applies a patch to the running hash and checks the MACs of the patch.
    fn follow(&mut self, patch: &wa::SyncdPatch, keys: &ExpandedAppStateKeys) -> Result<(), AppStateError> {
        let keys = Arc::new(keys.clone());
        let mut state = self.state.clone();
        let followed = process_patch(
            patch,
            &mut state,
            |_| Ok(Arc::clone(&keys)),
            |index| Ok(self.values.get(index).cloned()),
            true,
            CRITICAL_BLOCK,
        )?;
        for index in followed.removed_index_macs {
            self.values.remove(&index);
        }
        self.values.extend(followed.added_macs.into_iter().map(|mac| (mac.index_mac, mac.value_mac)));
        self.state = state;
        Ok(())
    }
}

impl Phone {
    /// The message that a phone sends to each new companion. Without it, a companion cannot read any app state.
    pub fn app_state_key_share(&self, now_secs: u64) -> wa::Message {
        let app_state = self.shared.app_state.lock();
        let key = wa::message::AppStateSyncKey {
            key_id: MessageField::some(wa::message::AppStateSyncKeyId {
                key_id: Some(app_state.key_id.to_vec()),
            }),
            key_data: MessageField::some(wa::message::AppStateSyncKeyData {
                key_data: Some(app_state.key.to_vec()),
                fingerprint: MessageField::some(wa::message::AppStateSyncKeyFingerprint {
                    raw_id: Some(self.shared.keys.raw_id),
                    current_index: Some(0),
                    device_indexes: vec![0],
                }),
                timestamp: Some(now_secs.saturating_mul(1000) as i64),
            }),
        };
        wa::Message {
            protocol_message: MessageField::some(wa::message::ProtocolMessage {
                r#type: Some(wa::message::protocol_message::Type::APP_STATE_SYNC_KEY_SHARE),
                app_state_sync_key_share: MessageField::some(wa::message::AppStateSyncKeyShare {
                    keys: vec![key],
                }),
                ..Default::default()
            }),
            ..Default::default()
        }
    }

    /// Writes a patch that sets the push name. Returns the bytes of a `SyncdPatch` for [`CRITICAL_BLOCK`].
    ///
    /// `version` is the version that the server will give to the patch. If a linked device has written patches in
    /// the meantime, the caller must pass them to [`Phone::follow_patch`] first. Otherwise clients refuse the new
    /// patch, because its hash does not match.
    pub fn push_name_patch(&self, name: &str, version: u64, now_ms: i64) -> Vec<u8> {
        let mut app_state = self.shared.app_state.lock();
        let keys = app_state.keys();
        let key_id = app_state.key_id;
        let value = wa::SyncActionValue {
            push_name_setting: MessageField::some(wa::sync_action_value::PushNameSetting {
                name: Some(name.into()),
            }),
            timestamp: Some(now_ms),
            ..Default::default()
        };
        let (mutation, value_mac) = encode_record(
            wa::syncd_mutation::SyncdOperation::SET,
            PUSH_NAME_INDEX,
            &value,
            &keys,
            &key_id,
            &self.shared.entropy.fork().random(),
            PUSH_NAME_VERSION,
        );
        let index_mac = mutation.record.index.blob.clone().unwrap_or_default();
        let mutations = vec![mutation];

        let Collection { state, values } = &mut app_state.critical_block;
        let (_, hashed) = state.update_hash(&mutations, |index, _| Ok(values.get(index).cloned()));
        hashed.expect("a patch of one known operation hashes");
        state.version = version;
        values.insert(index_mac, value_mac.to_vec());

        let mut patch = wa::SyncdPatch {
            version: MessageField::some(wa::SyncdVersion { version: Some(version) }),
            snapshot_mac: Some(state.generate_snapshot_mac(CRITICAL_BLOCK, &keys.snapshot_mac)),
            key_id: MessageField::some(wa::KeyId { id: Some(key_id.to_vec()) }),
            device_index: Some(PHONE_DEVICE_INDEX),
            mutations,
            ..Default::default()
        };
        patch.patch_mac = Some(generate_patch_mac(&patch, CRITICAL_BLOCK, &keys.patch_mac, version));
        patch.encode_to_vec()
    }

    /// Applies a patch that a linked device wrote to [`CRITICAL_BLOCK`]. The patch must contain the version that the
    /// server gave it.
    ///
    /// # Errors
    /// See [`AppStateError`]. If it fails, the phone's own state is unchanged.
    pub fn follow_patch(&self, patch: &[u8]) -> Result<(), AppStateError> {
        let patch = wa::SyncdPatch::decode_from_slice(patch).map_err(|_| AppStateError::Malformed)?;
        let mut app_state = self.shared.app_state.lock();
        let keys = app_state.keys();
        app_state.critical_block.follow(&patch, &keys)
    }
}

#[cfg(test)]
mod tests {
    use rand::SeedableRng;
    use rand::rngs::StdRng;

    use super::*;

    const NOW_MS: i64 = 1_800_000_000_000;

    /// A companion that has the phone's key share and reads patches as clients do.
    struct Reader {
        keys: ExpandedAppStateKeys,
        key_id: Vec<u8>,
        collection: Collection,
    }

    impl Reader {
        fn of(phone: &Phone) -> Self {
            let shared = phone.app_state_key_share(1_800_000_000);
            let key = &shared.protocol_message.app_state_sync_key_share.keys[0];
            Self {
                keys: expand_app_state_keys(key.key_data.key_data.as_deref().unwrap()),
                key_id: key.key_id.key_id.clone().unwrap(),
                collection: Collection::default(),
            }
        }

        fn read_name(&mut self, patch: &[u8]) -> String {
            let patch = wa::SyncdPatch::decode_from_slice(patch).unwrap();
            assert_eq!(patch.key_id.id.as_deref(), Some(&self.key_id[..]));
            let keys = Arc::new(self.keys.clone());
            let decoded = process_patch(
                &patch,
                &mut self.collection.state.clone(),
                |_| Ok(Arc::clone(&keys)),
                |index| Ok(self.collection.values.get(index).cloned()),
                true,
                CRITICAL_BLOCK,
            )
            .unwrap();
            assert!(!decoded.state.mac_mismatch_fatal, "the snapshot MAC must agree");
            self.collection.follow(&patch, &self.keys).unwrap();
            assert_eq!(decoded.mutations[0].index, ["setting_pushName"]);
            decoded.mutations[0].action_value.as_ref().unwrap().push_name_setting.name.clone().unwrap()
        }
    }

    #[test]
    fn a_client_reads_each_new_push_name_of_the_phone() {
        let phone = Phone::generate(&mut StdRng::seed_from_u64(1));
        let mut reader = Reader::of(&phone);
        assert_eq!(reader.read_name(&phone.push_name_patch("Ann", 1, NOW_MS)), "Ann");
        assert_eq!(reader.read_name(&phone.push_name_patch("Ann B.", 2, NOW_MS + 1)), "Ann B.");
        assert_eq!(reader.read_name(&phone.push_name_patch("Ann C.", 3, NOW_MS + 2)), "Ann C.");
    }

    #[test]
    fn the_phone_applies_changes_that_a_linked_device_wrote() {
        let phone = Phone::generate(&mut StdRng::seed_from_u64(1));
        let twin = Phone::generate(&mut StdRng::seed_from_u64(1));
        let mut reader = Reader::of(&phone);
        let first = phone.push_name_patch("Ann", 1, NOW_MS);
        reader.read_name(&first);
        twin.follow_patch(&first).unwrap();

        let by_device = twin.push_name_patch("Written elsewhere", 2, NOW_MS);
        phone.follow_patch(&by_device).unwrap();
        assert_eq!(reader.read_name(&by_device), "Written elsewhere");
        assert_eq!(reader.read_name(&phone.push_name_patch("Back", 3, NOW_MS)), "Back");
    }

    #[test]
    fn a_patch_with_the_key_of_another_phone_is_refused() {
        let phone = Phone::generate(&mut StdRng::seed_from_u64(1));
        let other = Phone::generate(&mut StdRng::seed_from_u64(2));
        assert!(phone.follow_patch(&other.push_name_patch("Eve", 1, NOW_MS)).is_err());
    }
}
