//! Pending messages: each can be taken only once, is found only by all three parts of its key, and is deleted when
//! it is too old.

use wacore::store::traits::{Backend, PendingInboundKey, PendingInboundRow};

use super::Answer;

/// Times that lie before and after the time of any real clock.
const LONG_AGO: i64 = 1_000_000_000;
const FAR_AHEAD: i64 = 100_000_000_000;

pub(super) async fn check(store: &dyn Backend) {
    sent(store).await;
    pending(store).await;
}

async fn sent(store: &dyn Backend) {
    store.store_sent_message("chat", "1", b"first").await.answer();
    store.store_sent_message("chat", "1", b"again").await.answer();
    store.store_sent_message("chat1", "", b"other").await.answer();
    assert_eq!(store.take_sent_message("chat", "1").await.answer().as_deref(), Some(&b"again"[..]));
    assert_eq!(store.take_sent_message("chat", "1").await.answer(), None, "a message is taken once");
    assert_eq!(store.delete_expired_sent_messages(LONG_AGO).await.answer(), 0);
    assert_eq!(store.delete_expired_sent_messages(FAR_AHEAD).await.answer(), 1);
    assert_eq!(store.take_sent_message("chat1", "").await.answer(), None);
}

async fn pending(store: &dyn Backend) {
    let row = |chat, sender, id, message| PendingInboundRow { chat, sender, id, message };
    store.store_pending_inbound("chat", "ana", "1", b"hello").await.answer();
    let batch =
        [row("chat", "ben", "1", b"hi"), row("chat", "ana", "2", b"there"), row("chat", "ana", "1", b"new")];
    store.store_pending_inbound_batch(&batch).await.answer();
    for _ in 0..2 {
        let found = store.get_pending_inbound("chat", "ana", "1").await.answer();
        assert_eq!(found.as_deref(), Some(&b"new"[..]), "reading takes nothing away");
    }
    assert_eq!(store.get_pending_inbound("ana", "chat", "1").await.answer(), None);
    store.delete_pending_inbound("chat", "ana", "1").await.answer();
    assert_eq!(store.get_pending_inbound("chat", "ana", "1").await.answer(), None);
    let keys =
        [("ben", "1"), ("nobody", "1")].map(|(sender, id)| PendingInboundKey { chat: "chat", sender, id });
    store.delete_pending_inbound_batch(&keys).await.answer();
    assert_eq!(store.get_pending_inbound("chat", "ben", "1").await.answer(), None);
    assert_eq!(store.delete_expired_pending_inbound(LONG_AGO).await.answer(), 0);
    assert_eq!(store.delete_expired_pending_inbound(FAR_AHEAD).await.answer(), 1);
}
