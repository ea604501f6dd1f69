//! The device record: which data must survive storing and loading.

use wacore::store::traits::Backend;

use super::Answer;

pub(super) async fn check(store: &dyn Backend) {
    assert!(!store.exists().await.answer());
    assert!(store.load().await.answer().is_none());
    assert_eq!(store.create().await.answer(), 1);
    assert!(store.exists().await.answer());

    let created = store.load().await.answer().expect("it was created");
    store.create().await.answer();
    let mut device = store.load().await.answer().expect("it was created");
    assert_eq!(device.adv_secret_key, created.adv_secret_key, "a second creation replaces nothing");

    device.pn = Some("15551234567:3@s.whatsapp.net".parse().expect("it is a JID"));
    device.push_name = "Ana ✨".to_owned();
    device.nct_salt = Some(vec![1, 2, 3]);
    store.save(&device).await.answer();
    let loaded = store.load().await.answer().expect("it was saved");
    let json = |device| serde_json::to_value(device).expect("a device record is text and numbers");
    assert_eq!(json(&loaded), json(&device));
    assert!(loaded.is_registered());
    // serde does not store this field. If it were empty after loading, a device would be registered without a name
    // or platform.
    assert_eq!(loaded.device_props, created.device_props);
    assert!(loaded.device_props.os.is_some());
    store.snapshot_db("test", Some(b"extra")).await.answer();
}
