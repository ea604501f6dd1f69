//! LID mappings, device lists and base keys.

use wacore::store::traits::{Backend, DeviceInfo, DeviceListRecord, LidPnMappingEntry};

use super::Answer;

pub(super) async fn check(store: &dyn Backend) {
    a_lid_moves_with_its_reverse_entry(store).await;
    the_newest_lid_of_a_phone(store).await;
    device_lists(store).await;
    base_keys(store).await;
}

fn mapping(lid: &str, phone: &str, at: i64) -> LidPnMappingEntry {
    LidPnMappingEntry {
        lid: lid.to_owned(),
        phone_number: phone.to_owned(),
        created_at: 1,
        updated_at: at,
        learning_source: "usync".to_owned(),
    }
}

async fn lid_of(store: &dyn Backend, phone: &str) -> Option<String> {
    store.get_pn_mapping(phone).await.answer().map(|entry| entry.lid)
}

async fn a_lid_moves_with_its_reverse_entry(store: &dyn Backend) {
    assert!(store.get_lid_mapping("1000").await.answer().is_none());
    store.put_lid_mapping(&mapping("1000", "15551111111", 10)).await.answer();
    assert_eq!(lid_of(store, "15551111111").await.as_deref(), Some("1000"));
    store.put_lid_mapping(&mapping("1000", "15552222222", 20)).await.answer();
    assert_eq!(lid_of(store, "15551111111").await, None, "the old number has no LID any more");
    assert_eq!(lid_of(store, "15552222222").await.as_deref(), Some("1000"));
    let entry = store.get_lid_mapping("1000").await.answer().expect("it was stored");
    assert_eq!((entry.phone_number.as_str(), entry.updated_at), ("15552222222", 20));
    assert_eq!((entry.created_at, entry.learning_source.as_str()), (1, "usync"));
}

async fn the_newest_lid_of_a_phone(store: &dyn Backend) {
    let batch = [mapping("2000", "15553333333", 30), mapping("3000", "15553333333", 40)];
    store.put_lid_mappings(&batch).await.answer();
    assert_eq!(lid_of(store, "15553333333").await.as_deref(), Some("3000"));
    // If two mappings have the same time in seconds, the one that was written later is used.
    store.put_lid_mapping(&mapping("2000", "15553333333", 40)).await.answer();
    assert_eq!(lid_of(store, "15553333333").await.as_deref(), Some("2000"));
    let mut all: Vec<_> =
        store.get_all_lid_mappings().await.answer().into_iter().map(|entry| entry.lid).collect();
    all.sort();
    assert_eq!(all, ["1000", "2000", "3000"]);
}

async fn device_lists(store: &dyn Backend) {
    assert!(store.get_devices("15551111111").await.answer().is_none());
    let list = |user: &str, timestamp| DeviceListRecord {
        user: user.to_owned(),
        devices: vec![DeviceInfo::new(0, None), DeviceInfo::new(7, Some(3)).with_hosting(true)],
        timestamp,
        phash: Some("2:abc".to_owned()),
        raw_id: Some(5),
    };
    store.update_device_list(list("15551111111", 1)).await.answer();
    store.update_device_lists(vec![list("15551111111", 2), list("15552222222", 3)]).await.answer();
    let stored = store.get_devices("15551111111").await.answer().expect("it was stored");
    assert_eq!(format!("{stored:?}"), format!("{:?}", list("15551111111", 2)));
    store.delete_devices("15551111111").await.answer();
    assert!(store.get_devices("15551111111").await.answer().is_none());
    assert!(store.get_devices("15552222222").await.answer().is_some());
}

async fn base_keys(store: &dyn Backend) {
    assert!(!store.has_same_base_key("a", "1", b"key").await.answer());
    store.save_base_key("a", "1", b"key").await.answer();
    assert!(store.has_same_base_key("a", "1", b"key").await.answer());
    assert!(!store.has_same_base_key("a", "1", b"other").await.answer());
    assert!(!store.has_same_base_key("a1", "", b"key").await.answer(), "address and id are two parts");
    store.delete_base_key("a", "1").await.answer();
    assert!(!store.has_same_base_key("a", "1", b"key").await.answer());
}
