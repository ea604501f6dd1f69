//! Batches of any size: an empty batch, a batch that contains a key twice, and the 812 prekeys of a pairing.

use std::sync::Arc;

use bytes::Bytes;
use wacore::store::traits::Backend;

use super::Answer;

/// The number of prekeys that the library creates for a pairing (whatsapp-rust 0.7.0, `src/prekeys.rs`).
const PAIRING: u32 = 812;

pub(super) async fn check(store: &dyn Backend) {
    prekeys_of_a_pairing(store).await;
    the_last_of_a_key_counts(store).await;
    nothing_is_fine(store).await;
}

async fn prekeys_of_a_pairing(store: &dyn Backend) {
    assert_eq!(store.get_max_prekey_id().await.answer(), 0);
    let record = |id: u32| Bytes::from(format!("prekey {id}"));
    let keys: Vec<_> = (1..=PAIRING).map(|id| (id, record(id))).collect();
    store.store_prekeys_batch(&keys, false).await.answer();
    assert_eq!(store.get_max_prekey_id().await.answer(), PAIRING);

    let ids: Vec<_> = (1..=PAIRING + 1).rev().collect();
    let mut found = store.load_prekeys_batch(&ids).await.answer();
    found.sort();
    assert_eq!(found, keys);

    store.remove_prekey(PAIRING).await.answer();
    store.mark_prekeys_uploaded(&ids).await.answer();
    assert_eq!(store.load_prekey(PAIRING).await.answer(), None, "a consumed prekey stays consumed");
    assert_eq!(store.load_prekey(5).await.answer(), Some(record(5)));
    assert_eq!(store.get_max_prekey_id().await.answer(), PAIRING - 1);
    store.store_prekey(u32::MAX, b"last", true).await.answer();
    assert_eq!(store.get_max_prekey_id().await.answer(), u32::MAX);
}

async fn the_last_of_a_key_counts(store: &dyn Backend) {
    let address: Arc<str> = "15551234567@c.us.0".into();
    let twice =
        [(address.clone(), Bytes::from_static(b"first")), (address.clone(), Bytes::from_static(b"last"))];
    store.put_sessions_batch(&twice).await.answer();
    assert_eq!(store.get_session(&address).await.answer().as_deref(), Some(&b"last"[..]));
    store.put_sender_keys_batch(&twice).await.answer();
    assert_eq!(store.get_sender_key(&address).await.answer().as_deref(), Some(&b"last"[..]));
    store.put_identities_batch(&[(address.clone(), [1; 32]), (address.clone(), [2; 32])]).await.answer();
    assert_eq!(store.load_identity(&address).await.answer(), Some([2; 32]));
}

async fn nothing_is_fine(store: &dyn Backend) {
    store.put_sessions_batch(&[]).await.answer();
    store.put_identities_batch(&[]).await.answer();
    store.put_sender_keys_batch(&[]).await.answer();
    store.store_prekeys_batch(&[], true).await.answer();
    store.mark_prekeys_uploaded(&[]).await.answer();
    assert!(store.load_prekeys_batch(&[]).await.answer().is_empty());
    store.put_mutation_macs("regular", 1, &[]).await.answer();
    store.delete_mutation_macs("regular", &[]).await.answer();
    assert!(store.get_mutation_macs("regular", &[]).await.answer().is_empty());
    store.set_sender_key_status("g", &[]).await.answer();
    store.delete_sender_key_device_rows(&[]).await.answer();
    store.put_lid_mappings(&[]).await.answer();
    store.update_device_lists(Vec::new()).await.answer();
    store.store_pending_inbound_batch(&[]).await.answer();
    store.delete_pending_inbound_batch(&[]).await.answer();
    assert_eq!(store.put_msg_secrets(Vec::new()).await.answer(), 0);
}
