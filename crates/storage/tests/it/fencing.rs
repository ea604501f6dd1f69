//! Two processes that use the same database can never both write the same session, or the status of the same account.

use std::collections::BTreeSet;
use std::time::Duration;

use linekeeper_model::status::{Reason, Status};
use linekeeper_storage::testing::Databases;
use linekeeper_storage::{Fault, RuntimeEpoch, VaultError};
use tokio::task::JoinSet;
use wacore::store::traits::{DeviceStore, ProtocolStore, SignalStore};

use crate::repositories::{an_account_of, at, with_owner};
use crate::session::{an_account, cause};

const PEER: &str = "15551234567@c.us.0";

#[tokio::test]
async fn a_write_by_an_older_holder_of_the_session_is_fenced_and_not_stored() {
    for database in Databases::each().await {
        let (first, second) = (database.open().await, database.open().await);
        let account = an_account();
        let older = first.vault().take(account).await.unwrap();
        older.put_session(PEER, b"older").await.unwrap();

        let newer = second.vault().take(account).await.unwrap();
        assert!(newer.epoch() > older.epoch());
        assert_eq!(
            newer.get_session(PEER).await.unwrap().as_deref(),
            Some(&b"older"[..]),
            "the session goes on"
        );

        assert_eq!(older.fault(), None);
        assert!(matches!(cause(older.put_session(PEER, b"too late").await), VaultError::Fenced));
        assert!(matches!(cause(older.take_sent_message("chat", "id").await), VaultError::Fenced));
        assert!(matches!(
            cause(older.store_prekeys_batch(&[(1, "key".into())], true).await),
            VaultError::Fenced
        ));
        assert!(matches!(cause(older.delete_session(PEER).await), VaultError::Fenced));
        assert_eq!(older.fault(), Some(Fault::Fenced));

        assert_eq!(newer.get_session(PEER).await.unwrap().as_deref(), Some(&b"older"[..]));
        assert_eq!(newer.load_prekey(1).await.unwrap(), None);
        newer.put_session(PEER, b"newer").await.unwrap();
        assert_eq!(
            older.get_session(PEER).await.unwrap().as_deref(),
            Some(&b"newer"[..]),
            "it may still look"
        );
        assert_eq!(older.fault(), Some(Fault::Fenced), "a read heals nothing");
        assert_eq!(newer.fault(), None);
    }
}

#[tokio::test]
async fn taking_the_session_of_one_account_does_not_fence_other_accounts() {
    for database in Databases::each().await {
        let storage = database.open().await;
        let store = storage.vault().take(an_account()).await.unwrap();
        storage.vault().take(an_account()).await.unwrap();
        storage.vault().destroy(an_account()).await.unwrap();
        store.put_session(PEER, b"fine").await.unwrap();
    }
}

#[tokio::test]
async fn destroying_a_session_fences_all_older_holders() {
    for database in Databases::each().await {
        let storage = database.open().await;
        let account = an_account();
        let older = storage.vault().take(account).await.unwrap();
        older.put_session(PEER, b"older").await.unwrap();
        storage.vault().destroy(account).await.unwrap();
        storage.vault().destroy(account).await.unwrap();
        assert!(matches!(cause(older.put_session(PEER, b"too late").await), VaultError::Fenced));
        assert!(matches!(cause(older.create().await), VaultError::Fenced));

        let newer = storage.vault().take(account).await.unwrap();
        assert!(newer.epoch() > older.epoch(), "epochs never come back");
        assert_eq!(newer.get_session(PEER).await.unwrap(), None);
        assert!(matches!(cause(older.put_session(PEER, b"too late").await), VaultError::Fenced));
        assert_eq!(newer.get_session(PEER).await.unwrap(), None);
    }
}

/// A session may be taken at any moment while its old holder writes. What the new holder reads first must not
/// change afterwards.
#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn no_write_of_an_older_holder_is_stored_after_a_takeover() {
    for database in Databases::each().await {
        let (first, second) = (database.open().await, database.open().await);
        for round in 0..25u64 {
            let account = an_account();
            let older = std::sync::Arc::new(first.vault().take(account).await.unwrap());
            let mut writers = JoinSet::new();
            let (started, mut wrote) = tokio::sync::mpsc::channel(64);
            for writer in 0..4u64 {
                let (store, started) = (older.clone(), started.clone());
                writers.spawn(async move {
                    for count in 0u64.. {
                        let value = format!("{writer} {count}");
                        match store.put_session(PEER, value.as_bytes()).await {
                            Ok(()) => drop(started.try_send(())),
                            Err(error) => return (count, cause::<()>(Err(error))),
                        }
                    }
                    unreachable!("it is fenced long before")
                });
            }
            // In each round, a different number of writes is in progress.
            for _ in 0..=round % 7 {
                wrote.recv().await.unwrap();
            }
            let newer = second.vault().take(account).await.unwrap();
            let seen = newer.get_session(PEER).await.unwrap();
            let ended = tokio::time::timeout(Duration::from_secs(30), writers.join_all()).await.unwrap();
            assert!(ended.iter().all(|(_, error)| matches!(error, VaultError::Fenced)), "{ended:?}");
            assert_eq!(newer.get_session(PEER).await.unwrap(), seen, "{} round {round}", database.name());
        }
    }
}

/// If many processes take a session at the same time, each gets a different epoch, and only the one with the
/// greatest epoch can write.
#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn if_many_processes_take_a_session_only_one_process_can_write() {
    for database in Databases::each().await {
        let storages = [database.open().await, database.open().await];
        let account = an_account();
        let mut takers = JoinSet::new();
        for taker in 0..16 {
            let storage = storages[taker % 2].clone();
            takers.spawn(async move { storage.vault().take(account).await.unwrap() });
        }
        let mut stores = takers.join_all().await;
        stores.sort_by_key(|store| store.epoch());
        stores.dedup_by_key(|store| store.epoch());
        assert_eq!(stores.len(), 16);
        let holder = stores.pop().unwrap();
        for store in &stores {
            assert!(matches!(cause(store.put_session(PEER, b"no").await), VaultError::Fenced));
        }
        holder.put_session(PEER, b"yes").await.unwrap();
        assert_eq!(
            stores[0].get_session(PEER).await.unwrap().as_deref(),
            Some(&b"yes"[..]),
            "one data key for all"
        );
    }
}

#[tokio::test]
async fn an_earlier_actor_cannot_write_the_status_of_an_account_that_was_taken_over() {
    for database in Databases::each().await {
        let (first, second) = (database.open().await, database.open().await);
        let (workspace, owner) = with_owner(&first).await;
        let [mut account, other] = ["Shop", "Other"].map(|name| an_account_of(&workspace, &owner, name));
        let mut tx = first.begin().await.unwrap();
        tx.accounts().insert(&account).await.unwrap();
        tx.accounts().insert(&other).await.unwrap();
        tx.commit().await.unwrap();
        let created = RuntimeEpoch::default();

        let mut tx = second.begin().await.unwrap();
        let all = tx.accounts().take_over_all().await.unwrap();
        assert_eq!(all.keys().copied().collect::<BTreeSet<_>>(), [account.id, other.id].into());
        tx.commit().await.unwrap();
        let mut tx = second.begin().await.unwrap();
        let again = tx.accounts().take_over(account.id).await.unwrap().unwrap();
        assert_eq!(tx.accounts().take_over(an_account()).await.unwrap(), None);
        tx.commit().await.unwrap();

        account.status = Status::of(Reason::Replaced, at(7));
        for (epoch, is_current) in [(created, false), (all[&account.id], false), (again, true)] {
            let mut tx = first.begin().await.unwrap();
            assert_eq!(tx.accounts().holds(account.id, epoch).await.unwrap(), is_current);
            assert_eq!(tx.accounts().update_runtime(&account, epoch).await.unwrap(), is_current);
            let stored = tx.accounts().get_any(account.id, "").await.unwrap().unwrap();
            assert_eq!(stored.status.reason == Reason::Replaced, is_current);
            tx.commit().await.unwrap();
        }
        let mut tx = first.begin().await.unwrap();
        assert!(tx.accounts().holds(other.id, all[&other.id]).await.unwrap(), "it has its own epoch");
    }
}
