//! App state: the key that was stored last is the latest key, and each collection has its own MACs.

use std::collections::HashMap;

use wacore::appstate::hash::HashState;
use wacore::appstate::processor::AppStateMutationMAC;
use wacore::store::traits::{AppStateSyncKey, Backend};

use super::Answer;

pub(super) async fn check(store: &dyn Backend) {
    keys(store).await;
    versions(store).await;
    mutations(store).await;
}

async fn keys(store: &dyn Backend) {
    assert_eq!(store.get_latest_sync_key_id().await.answer(), None);
    assert!(store.get_sync_key(b"a").await.answer().is_none());
    for (id, data) in [(b"a", 1), (b"b", 2), (b"a", 3)] {
        let key = AppStateSyncKey { key_data: vec![data; 32], fingerprint: vec![9], timestamp: -1 };
        store.set_sync_key(id, key).await.answer();
        assert_eq!(store.get_latest_sync_key_id().await.answer().as_deref(), Some(&id[..]));
    }
    let key = store.get_sync_key(b"a").await.answer().expect("it was stored");
    assert_eq!((key.key_data, key.fingerprint, key.timestamp), (vec![3; 32], vec![9], -1));
}

async fn versions(store: &dyn Backend) {
    let fresh = store.get_version("regular").await.answer();
    assert_eq!((fresh.version, fresh.hash), (0, [0; 128]), "an unknown collection begins at nothing");
    let index_value_map = HashMap::from([("index".to_owned(), vec![1, 2])]);
    let state = HashState {
        version: u64::MAX,
        hash: [7; 128],
        index_value_map: index_value_map.clone(),
        ..HashState::default()
    };
    store.set_version("regular", state).await.answer();
    let stored = store.get_version("regular").await.answer();
    assert_eq!((stored.version, stored.hash), (u64::MAX, [7; 128]));
    assert_eq!(stored.index_value_map, index_value_map);
    assert_eq!(store.get_version("critical").await.answer().version, 0);
}

async fn mutations(store: &dyn Backend) {
    let mac =
        |index: u8, value: u8| AppStateMutationMAC { index_mac: vec![index; 32], value_mac: vec![value; 32] };
    let many: Vec<_> = (0..200).map(|index| mac(index, index)).collect();
    store.put_mutation_macs("regular", 1, &many).await.answer();
    store.put_mutation_macs("critical", 1, &[mac(1, 99)]).await.answer();
    store.put_mutation_macs("regular", 2, &[mac(1, 42)]).await.answer();
    assert_eq!(store.get_mutation_mac("regular", &[1; 32]).await.answer(), Some(vec![42; 32]));

    let asked: Vec<[u8; 32]> = (100..=255).map(|index| [index; 32]).collect();
    let found = store.get_mutation_macs("regular", &asked).await.answer();
    let expected: HashMap<_, _> = (100..200).map(|index| ([index; 32], vec![index; 32])).collect();
    assert_eq!(found, expected);

    store.delete_mutation_macs("regular", &[vec![1; 32], vec![250; 32]]).await.answer();
    assert_eq!(store.get_mutation_mac("regular", &[1; 32]).await.answer(), None);
    store.clear_mutation_macs("regular").await.answer();
    assert!(store.get_mutation_macs("regular", &asked).await.answer().is_empty());
    assert_eq!(store.get_mutation_mac("critical", &[1; 32]).await.answer(), Some(vec![99; 32]));
}
