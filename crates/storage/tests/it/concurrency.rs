//! Many tasks use the same session, and many accounts use the same vault. No write may be lost, and no task may
//! wait forever.

use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use linekeeper_storage::testing::Databases;
use linekeeper_storage::{SessionStore, Storage};
use tokio::task::JoinSet;
use wacore::store::traits::{ProtocolStore, SignalStore};

use crate::session::an_account;

async fn stores(storage: &Storage, count: usize) -> Vec<Arc<SessionStore>> {
    let mut stores = Vec::new();
    for _ in 0..count {
        stores.push(Arc::new(storage.vault().take(an_account()).await.unwrap()));
    }
    stores
}

async fn all_end<T: 'static>(tasks: JoinSet<T>) -> Vec<T> {
    tokio::time::timeout(Duration::from_secs(60), tasks.join_all()).await.expect("no task waits for ever")
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn each_concurrent_task_reads_what_it_wrote() {
    for database in Databases::each().await {
        let storage = database.open().await;
        let mut tasks = JoinSet::new();
        for store in stores(&storage, 4).await {
            for task in 0..12 {
                let store = store.clone();
                tasks.spawn(async move {
                    let own = format!("{task}@c.us.0");
                    for count in 0..15 {
                        let value = format!("{task} {count}");
                        store.put_session(&own, value.as_bytes()).await.unwrap();
                        assert_eq!(store.get_session(&own).await.unwrap().as_deref(), Some(value.as_bytes()));
                        store.put_session("shared@c.us.0", value.as_bytes()).await.unwrap();
                        assert!(store.has_session("shared@c.us.0").await.unwrap());
                    }
                    (store, own, format!("{task} 14"))
                });
            }
        }
        for (store, own, last) in all_end(tasks).await {
            assert_eq!(store.get_session(&own).await.unwrap().as_deref(), Some(last.as_bytes()));
        }
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn a_sent_message_can_be_taken_by_only_one_of_many_concurrent_calls() {
    for database in Databases::each().await {
        let storage = database.open().await;
        let store = stores(&storage, 1).await.remove(0);
        for id in ["1", "2", "3"] {
            store.store_sent_message("chat", id, b"payload").await.unwrap();
            let mut tasks = JoinSet::new();
            for _ in 0..8 {
                let store = store.clone();
                tasks.spawn(async move { store.take_sent_message("chat", id).await.unwrap() });
            }
            let taken = all_end(tasks).await;
            assert_eq!(taken.iter().flatten().count(), 1, "{}", database.name());
        }
    }
}

/// The tasks write the same rows in different orders. If the store did not sort the rows, such transactions would
/// deadlock on PostgreSQL.
#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn overlapping_batches_do_not_deadlock() {
    for database in Databases::each().await {
        let storage = database.open().await;
        let store = stores(&storage, 1).await.remove(0);
        let addresses: Vec<Arc<str>> = (0..20).map(|n| format!("{n}@c.us.0").into()).collect();
        let mut tasks = JoinSet::new();
        for task in 0..8 {
            let (store, addresses) = (store.clone(), addresses.clone());
            tasks.spawn(async move {
                for round in 0..10 {
                    let value = Bytes::from(format!("{task} {round}"));
                    let mut batch: Vec<_> =
                        addresses.iter().map(|address| (address.clone(), value.clone())).collect();
                    batch.rotate_left((task * 7 + round) % 20);
                    if task % 2 == 0 {
                        batch.reverse();
                    }
                    store.put_sessions_batch(&batch).await.unwrap();
                }
            });
        }
        all_end(tasks).await;
        let first = store.get_session(&addresses[0]).await.unwrap();
        for address in &addresses {
            assert_eq!(store.get_session(address).await.unwrap(), first, "a batch is written whole");
        }
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn a_reader_sees_a_batch_of_prekeys_completely_or_not_at_all() {
    for database in Databases::each().await {
        let storage = database.open().await;
        let store = stores(&storage, 1).await.remove(0);
        let keys: Vec<_> = (1..=812u32).map(|id| (id, Bytes::from(vec![7; 128]))).collect();
        let ids: Vec<u32> = (1..=812).collect();
        let writer = store.clone();
        let mut writing = JoinSet::new();
        writing.spawn(async move { writer.store_prekeys_batch(&keys, false).await.unwrap() });
        loop {
            match store.load_prekeys_batch(&ids).await.unwrap().len() {
                0 => {}
                812 => break,
                part => panic!("{} shows {part} of 812", database.name()),
            }
        }
        all_end(writing).await;
    }
}

/// A caller may stop waiting for a write at any time.
#[tokio::test]
async fn the_store_still_works_after_a_call_is_cancelled() {
    for database in Databases::each().await {
        let storage = database.open().await;
        let store = stores(&storage, 1).await.remove(0);
        for round in 0..20u8 {
            let value = [round];
            let polled_once = tokio::time::timeout(Duration::ZERO, store.put_session("a", &value)).await;
            drop(polled_once);
            store.put_session("b", &value).await.unwrap();
            assert_eq!(store.get_session("b").await.unwrap().as_deref(), Some(&[round][..]));
        }
    }
}

/// When a client disconnects, its request is dropped wherever it is waiting, even while a transaction begins.
#[tokio::test]
async fn a_caller_that_is_cancelled_during_begin_leaves_no_open_transaction() {
    for database in Databases::each().await {
        let storage = database.open().await;
        for polls in 0..60 {
            let mut beginning = Box::pin(storage.read());
            for _ in 0..polls % 6 {
                if futures_util::poll!(&mut beginning).is_ready() {
                    break;
                }
                tokio::task::yield_now().await;
            }
        }
        // There are as many writes as PostgreSQL's pool has connections. On SQLite, they run one after another.
        let mut writing = JoinSet::new();
        for name in 0..10 {
            let storage = storage.clone();
            writing.spawn(async move {
                let mut tx = storage.begin().await.unwrap();
                tx.settings().put(&format!("test {name}"), "written").await.unwrap();
                tx.commit().await.unwrap();
            });
        }
        assert_eq!(all_end(writing).await.len(), 10);
        let mut tx = storage.read().await.unwrap();
        for name in 0..10 {
            let value = tx.settings().get(&format!("test {name}")).await.unwrap();
            assert_eq!(value.as_deref(), Some("written"), "{name}");
        }
    }
}
