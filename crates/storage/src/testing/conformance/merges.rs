//! Rows with two writers: contact tokens and message secrets are merged correctly, in any order and when both
//! write at the same time.

use std::sync::Arc;

use wacore::store::traits::{Backend, MsgSecretEntry, TcTokenEntry};

use super::Answer;

const JID: &str = "100000012345678@lid";

pub(super) async fn check(store: Arc<dyn Backend>) {
    tokens(&*store).await;
    expired_tokens(&*store).await;
    secrets(&*store).await;
    writers_at_once(store).await;
}

async fn token(store: &dyn Backend, jid: &str) -> Option<(Vec<u8>, i64, Option<i64>)> {
    let entry = store.get_tc_token(jid).await.answer()?;
    Some((entry.token, entry.token_timestamp, entry.sender_timestamp))
}

async fn tokens(store: &dyn Backend) {
    assert_eq!(token(store, JID).await, None);
    store.touch_tc_token_sender_timestamp(JID, 50).await.answer();
    assert_eq!(token(store, JID).await, Some((vec![], 50, Some(50))), "a placeholder");
    store.store_received_tc_token(JID, b"old", 40).await.answer();
    assert_eq!(
        token(store, JID).await,
        Some((b"old".to_vec(), 40, Some(50))),
        "no placeholder stands in the way"
    );
    store.store_received_tc_token(JID, b"stale", 39).await.answer();
    store.touch_tc_token_sender_timestamp(JID, 20).await.answer();
    assert_eq!(token(store, JID).await, Some((b"old".to_vec(), 40, Some(50))), "neither time goes back");
    store.store_received_tc_token(JID, b"same second", 40).await.answer();
    store.touch_tc_token_sender_timestamp(JID, 60).await.answer();
    assert_eq!(token(store, JID).await, Some((b"same second".to_vec(), 40, Some(60))));
    let entry = TcTokenEntry { token: b"set".to_vec(), token_timestamp: 1, sender_timestamp: None };
    store.put_tc_token(JID, &entry).await.answer();
    assert_eq!(token(store, JID).await, Some((b"set".to_vec(), 1, None)), "a put replaces all");
    store.touch_tc_token_sender_timestamp(JID, 5).await.answer();
    assert_eq!(token(store, JID).await, Some((b"set".to_vec(), 1, Some(5))));
    assert_eq!(store.get_all_tc_token_jids().await.answer(), [JID]);
    store.delete_tc_token(JID).await.answer();
    assert_eq!(token(store, JID).await, None);
}

async fn expired_tokens(store: &dyn Backend) {
    let rows: [(&str, &[u8], i64, Option<i64>); 6] = [
        ("both live", b"t", 100, Some(100)),
        ("token live", b"t", 100, None),
        ("sender live", b"t", 1, Some(100)),
        ("both stale", b"t", 1, Some(1)),
        ("placeholder, sender stale", b"", 100, Some(1)),
        ("token stale", b"t", 99, None),
    ];
    for (jid, token, token_timestamp, sender_timestamp) in rows {
        let entry = TcTokenEntry { token: token.to_vec(), token_timestamp, sender_timestamp };
        store.put_tc_token(jid, &entry).await.answer();
    }
    assert_eq!(store.delete_expired_tc_tokens(100, 100).await.answer(), 3);
    let mut left = store.get_all_tc_token_jids().await.answer();
    left.sort();
    assert_eq!(left, ["both live", "sender live", "token live"]);
}

fn secret(id: &str, byte: u8, expires_at: i64, message_ts: i64) -> MsgSecretEntry {
    let (chat, sender) = ("chat".into(), "sender".into());
    MsgSecretEntry { chat, sender, msg_id: id.into(), secret: [byte; 32], expires_at, message_ts }
}

async fn secrets(store: &dyn Backend) {
    assert_eq!(store.get_msg_secret("chat", "sender", "1").await.answer(), None);
    store.put_msg_secret("chat", "sender", "1", &[1; 32]).await.answer();
    assert_eq!(store.get_msg_secret_with_ts("chat", "sender", "1").await.answer(), Some((vec![1; 32], 0)));

    // Merging keeps the latest secret, the latest expiry and the latest time of the message, also if a batch contains
    // the same key twice. An expiry of 0 means never, and a time of 0 means unknown.
    let batch =
        vec![secret("2", 1, 100, 7), secret("2", 2, 50, 0), secret("1", 3, 50, 9), secret("3", 4, 50, 0)];
    assert_eq!(store.put_msg_secrets(batch).await.answer(), 4);
    assert_eq!(store.get_msg_secret_with_ts("chat", "sender", "2").await.answer(), Some((vec![2; 32], 7)));
    assert_eq!(store.get_msg_secret_with_ts("chat", "sender", "1").await.answer(), Some((vec![3; 32], 9)));
    assert_eq!(store.delete_expired_msg_secrets(50).await.answer(), 1, "the deadline itself is over");
    assert_eq!(store.get_msg_secret("chat", "sender", "3").await.answer(), None);
    assert_eq!(store.delete_expired_msg_secrets(99).await.answer(), 0);
    assert_eq!(store.delete_expired_msg_secrets(i64::MAX - 1).await.answer(), 1);
    assert_eq!(
        store.get_msg_secret("chat", "sender", "1").await.answer(),
        Some(vec![3; 32]),
        "never means never"
    );
}

async fn writers_at_once(store: Arc<dyn Backend>) {
    let rounds = 20;
    let (touching, receiving, keeping) = (store.clone(), store.clone(), store.clone());
    let touch = async move {
        for at in 1..=rounds {
            touching.touch_tc_token_sender_timestamp("shared", at).await.answer();
        }
    };
    let receive = async move {
        for at in 1..=rounds {
            receiving.store_received_tc_token("shared", &at.to_be_bytes(), at).await.answer();
        }
    };
    let keep = async move {
        for at in 1..=rounds {
            keeping.put_msg_secrets(vec![secret("shared", 1, at, rounds - at + 1)]).await.answer();
        }
    };
    tokio::join!(touch, receive, keep);
    let expected = (rounds.to_be_bytes().to_vec(), rounds, Some(rounds));
    assert_eq!(token(&*store, "shared").await, Some(expected));
    let time = store.get_msg_secret_with_ts("chat", "sender", "shared").await.answer().map(|(_, time)| time);
    assert_eq!(time, Some(rounds));
    assert_eq!(store.delete_expired_msg_secrets(rounds - 1).await.answer(), 0);
}
