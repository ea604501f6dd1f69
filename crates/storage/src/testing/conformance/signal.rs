//! Identities, Signal sessions, signed prekeys and sender keys: each is returned unchanged until it is deleted.

use wacore::store::traits::Backend;

use super::Answer;

const PHONE: &str = "15551234567@c.us.0";
const SECOND: &str = "15551234567:7@c.us.0";

pub(super) async fn check(store: &dyn Backend) {
    identities(store).await;
    sessions(store).await;
    signed_prekeys(store).await;
    sender_keys(store).await;
    state_of_a_user(store).await;
}

async fn identities(store: &dyn Backend) {
    assert_eq!(store.load_identity(PHONE).await.answer(), None);
    store.put_identity(PHONE, [1; 32]).await.answer();
    store.put_identity(SECOND, [2; 32]).await.answer();
    store.put_identity(PHONE, [3; 32]).await.answer();
    assert_eq!(store.load_identity(PHONE).await.answer(), Some([3; 32]));
    store.delete_identity(PHONE).await.answer();
    store.delete_identity(PHONE).await.answer();
    assert_eq!(store.load_identity(PHONE).await.answer(), None);
    assert_eq!(store.load_identity(SECOND).await.answer(), Some([2; 32]));
    store.delete_identity(SECOND).await.answer();
}

async fn sessions(store: &dyn Backend) {
    assert!(!store.has_session(PHONE).await.answer());
    for size in [0, 1, 4096, 100_000] {
        let record = vec![7; size];
        store.put_session(PHONE, &record).await.answer();
        assert_eq!(store.get_session(PHONE).await.answer().as_deref(), Some(&*record));
        assert!(store.has_session(PHONE).await.answer(), "also an empty record is there");
    }
    store.delete_session(PHONE).await.answer();
    assert_eq!(store.get_session(PHONE).await.answer(), None);
}

async fn signed_prekeys(store: &dyn Backend) {
    store.store_signed_prekey(1, b"one").await.answer();
    store.store_signed_prekey(u32::MAX, b"last").await.answer();
    store.store_signed_prekey(1, b"uno").await.answer();
    let mut all = store.load_all_signed_prekeys().await.answer();
    all.sort();
    assert_eq!(all, [(1, b"uno".to_vec()), (u32::MAX, b"last".to_vec())]);
    store.remove_signed_prekey(1).await.answer();
    assert_eq!(store.load_signed_prekey(1).await.answer(), None);
    assert_eq!(store.load_signed_prekey(u32::MAX).await.answer().as_deref(), Some(&b"last"[..]));
}

async fn sender_keys(store: &dyn Backend) {
    let address = "12036302@g.us:15551234567@c.us.0";
    assert_eq!(store.get_sender_key(address).await.answer(), None);
    store.put_sender_key(address, b"chain").await.answer();
    assert_eq!(store.get_sender_key(address).await.answer().as_deref(), Some(&b"chain"[..]));
    store.delete_sender_key(address).await.answer();
    assert_eq!(store.get_sender_key(address).await.answer(), None);
}

/// The state of a user must not be found for another user whose number only begins with the same digits.
async fn state_of_a_user(store: &dyn Backend) {
    assert!(!store.has_signal_state_for_user("15551234567").await.answer());
    store.put_session(SECOND, b"session").await.answer();
    assert!(store.has_signal_state_for_user("15551234567").await.answer());
    assert!(!store.has_signal_state_for_user("1555123456").await.answer());
    assert!(!store.has_signal_state_for_user("155512345678").await.answer());
    store.delete_session(SECOND).await.answer();
    store.put_identity(PHONE, [1; 32]).await.answer();
    assert!(store.has_signal_state_for_user("15551234567").await.answer());
    store.delete_identity(PHONE).await.answer();
    assert!(!store.has_signal_state_for_user("15551234567").await.answer());
}
