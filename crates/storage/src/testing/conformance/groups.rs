//! Which devices have the account's key for a group, and the cached group.

use wacore::store::traits::Backend;

use super::Answer;

const ANA: &str = "15551111111:1@s.whatsapp.net";
const BEN: &str = "15552222222@s.whatsapp.net";

pub(super) async fn check(store: &dyn Backend) {
    sender_key_status(store).await;
    metadata(store).await;
}

async fn devices(store: &dyn Backend, group: &str) -> Vec<(String, bool)> {
    let mut devices = store.get_sender_key_devices(group).await.answer();
    devices.sort();
    devices
}

async fn sender_key_status(store: &dyn Backend) {
    assert!(devices(store, "one@g.us").await.is_empty());
    store.set_sender_key_status("one@g.us", &[(ANA, true), (BEN, false)]).await.answer();
    store.set_sender_key_status("two@g.us", &[(ANA, true)]).await.answer();
    store.set_sender_key_status("one@g.us", &[(BEN, true), (BEN, false), (ANA, false)]).await.answer();
    let expected = [(ANA.to_owned(), false), (BEN.to_owned(), false)];
    assert_eq!(devices(store, "one@g.us").await, expected);

    store.delete_sender_key_device_rows(&[ANA]).await.answer();
    assert_eq!(devices(store, "one@g.us").await, [(BEN.to_owned(), false)]);
    assert!(devices(store, "two@g.us").await.is_empty(), "a device goes from every group");

    store.set_sender_key_status("two@g.us", &[(BEN, true)]).await.answer();
    store.clear_sender_key_devices("one@g.us").await.answer();
    assert!(devices(store, "one@g.us").await.is_empty());
    assert_eq!(devices(store, "two@g.us").await, [(BEN.to_owned(), true)]);
    store.clear_all_sender_key_devices().await.answer();
    assert!(devices(store, "two@g.us").await.is_empty());
}

async fn metadata(store: &dyn Backend) {
    assert_eq!(store.get_group_metadata("one@g.us").await.answer(), None);
    store.put_group_metadata("one@g.us", b"first").await.answer();
    store.put_group_metadata("one@g.us", b"second").await.answer();
    assert_eq!(store.get_group_metadata("one@g.us").await.answer().as_deref(), Some(&b"second"[..]));
    store.delete_group_metadata("one@g.us").await.answer();
    assert_eq!(store.get_group_metadata("one@g.us").await.answer(), None);
}
