//! Inbound messages can be pending, settled or lost. Only a lost message is reported.

use std::sync::{Arc, Mutex};

use linekeeper_model::id::AccountId;
use linekeeper_storage::testing::Databases;
use linekeeper_storage::{InboundKey, SessionStore, Storage};
use wacore::store::traits::ProtocolStore;

use crate::session::an_account;

const FAR_AHEAD: i64 = 100_000_000_000;

#[derive(Clone, Default)]
struct Reports(Arc<Mutex<Vec<String>>>);

impl Reports {
    fn take(&self) -> Vec<String> {
        std::mem::take(&mut self.0.lock().unwrap())
    }
}

async fn session(storage: &Storage, account: AccountId) -> (SessionStore, Reports) {
    let store = storage.vault().take(account).await.unwrap();
    let reports = Reports::default();
    let heard = reports.clone();
    store.report_lost_to(Arc::new(move |InboundKey { chat, sender, id }| {
        heard.0.lock().unwrap().push(format!("{chat} {sender} {id}"));
        Box::pin(async { Ok(()) })
    }));
    (store, reports)
}

#[tokio::test]
async fn only_a_message_that_was_never_stored_is_reported_as_lost() {
    for database in Databases::each().await {
        let (storage, account) = (database.open().await, an_account());
        let (store, reports) = session(&storage, account).await;
        store.store_pending_inbound("chat", "ana", "1", b"hello").await.unwrap();
        let found = store.get_pending_inbound("chat", "ana", "1").await.unwrap();
        assert_eq!(found.as_deref(), Some(&b"hello"[..]), "stored: the library takes it up again");
        store.delete_pending_inbound("chat", "ana", "1").await.unwrap();
        store.delete_pending_inbound("chat", "ana", "1").await.unwrap();
        assert_eq!(store.get_pending_inbound("chat", "ana", "1").await.unwrap(), None);
        assert!(reports.take().is_empty(), "a repeat of what is stored elsewhere");

        assert_eq!(store.get_pending_inbound("chat", "ben", "1").await.unwrap(), None);
        assert_eq!(
            reports.take(),
            ["chat ben 1"],
            "another sender's message with the same id was never stored"
        );

        let (later, reports) = session(&storage, account).await;
        assert_eq!(later.get_pending_inbound("chat", "ana", "1").await.unwrap(), None);
        assert!(reports.take().is_empty(), "also after a restart");
        assert_eq!(later.delete_expired_pending_inbound(FAR_AHEAD).await.unwrap(), 0, "none waits any more");
        assert_eq!(later.get_pending_inbound("chat", "ana", "1").await.unwrap(), None);
        assert_eq!(reports.take(), ["chat ana 1"], "what is remembered is forgotten in the end");
    }
}

#[tokio::test]
async fn a_lost_message_is_not_acknowledged_if_the_report_of_the_loss_fails() {
    let database = Databases::sqlite();
    let storage = database.open().await;
    let store = storage.vault().take(an_account()).await.unwrap();
    store.report_lost_to(Arc::new(|_| Box::pin(async { Err("the database is away".into()) })));
    store.get_pending_inbound("chat", "ana", "1").await.unwrap_err();
}
