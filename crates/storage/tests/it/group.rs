//! Jobs that share a transaction: if one of them fails, the others are not affected, and event numbers follow the
//! order of commits.

use linekeeper_model::event::{NewEvent, Payload, Seq};
use linekeeper_storage::testing::Databases;
use linekeeper_storage::{Conflict, EventFilter, Reach, StorageError, Written};
use tokio::task::JoinSet;
use uuid::Uuid;

use crate::repositories::{an_account_of, at, with_owner};

#[tokio::test]
async fn a_failed_job_in_a_group_is_rolled_back_alone() {
    for database in Databases::each().await {
        let storage = database.open().await;
        let (workspace, owner) = with_owner(&storage).await;
        let account = an_account_of(&workspace, &owner, "Shop");
        let mut tx = storage.begin().await.unwrap();
        tx.accounts().insert(&account).await.unwrap();
        tx.commit().await.unwrap();
        let mut works = JoinSet::new();
        for number in 0..30_i64 {
            let (group, account) = (storage.group().clone(), account.clone());
            works.spawn(async move {
                group
                    .write(account.id.as_uuid(), move |tx| {
                        Box::pin(async move {
                            tx.settings().put(&format!("work {number}"), "done").await?;
                            if number % 3 == 0 {
                                // This insert fails, because the account already exists. On PostgreSQL, a failed
                                // statement aborts the whole transaction, unless the statement runs in a savepoint.
                                tx.accounts().insert(&account).await?;
                            }
                            let payload = Payload::AccountUpdated { fields: vec![number.to_string()] };
                            let event = NewEvent::of_account(
                                account.workspace_id,
                                account.id,
                                payload,
                                at(number),
                                &mut rand::rng(),
                            );
                            Ok(Written::told(number, vec![event]))
                        })
                    })
                    .await
            });
        }
        let (mut done, mut failed) = (0, 0);
        while let Some(outcome) = works.join_next().await {
            match outcome.unwrap() {
                Ok((number, seq)) => {
                    assert!(number % 3 != 0 && seq.is_some());
                    done += 1;
                }
                Err(StorageError::Conflict(Conflict::PhoneNumber)) => failed += 1,
                Err(other) => panic!("{other:?}"),
            }
        }
        assert_eq!((done, failed), (20, 10), "{}", database.name());
        let mut tx = storage.read().await.unwrap();
        let filter = EventFilter { limit: 100, ..EventFilter::default() };
        let events = tx.events().after(Reach::all_of(workspace.id), &filter).await.unwrap();
        let places: Vec<u64> = events.iter().map(|event| event.seq.get()).collect();
        assert_eq!(places, (1..=20).collect::<Vec<_>>());
        assert_eq!(tx.events().last().await.unwrap(), Seq::new(20));
        for number in 0..30 {
            let written = tx.settings().get(&format!("work {number}")).await.unwrap().is_some();
            assert_eq!(written, number % 3 != 0, "{number}");
        }
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn jobs_of_many_accounts_never_deadlock() {
    const ACCOUNTS: usize = 8;
    const WORKS: usize = 400;
    for database in Databases::each().await {
        let storage = database.open().await;
        let (workspace, owner) = with_owner(&storage).await;
        let mut keys = Vec::new();
        for number in 0..ACCOUNTS {
            let account = an_account_of(&workspace, &owner, &format!("Shop {number}"));
            let mut tx = storage.begin().await.unwrap();
            tx.accounts().insert(&account).await.unwrap();
            tx.commit().await.unwrap();
            keys.push(storage.account_key(account.id).await.unwrap());
        }
        let mut works = JoinSet::new();
        for number in 0..WORKS {
            // The accounts are used in a different order each time.
            let key = keys[(number * 5 + number / 7 * 3) % ACCOUNTS].clone();
            let group = storage.group().clone();
            works.spawn(async move {
                let work = group.write(key.account().as_uuid(), move |tx| {
                    Box::pin(async move {
                        // This takes a shared lock first, and then an exclusive lock. Two transactions that do this at
                        // the same time would deadlock.
                        tx.messages(&key).holds(0).await?;
                        tx.messages(&key).take_places(1).await.map(Written::silent)
                    })
                });
                work.await.map(drop)
            });
        }
        for outcome in works.join_all().await {
            outcome.unwrap_or_else(|error| panic!("{}: {error:?}", database.name()));
        }
    }
}

#[tokio::test]
async fn a_closed_writer_finishes_accepted_jobs_and_refuses_new_ones() {
    for database in Databases::each().await {
        let storage = database.open().await;
        let group = storage.group().clone();
        let (answer, _) = group
            .write(Uuid::nil(), |tx| {
                Box::pin(async move {
                    tx.settings().put("before", "yes").await?;
                    Ok(Written::silent(7))
                })
            })
            .await
            .unwrap();
        assert_eq!(answer, 7);
        storage.close().await;
        let late = group.write(Uuid::nil(), |_| Box::pin(async { Ok(Written::silent(())) })).await;
        assert!(matches!(late, Err(StorageError::Unavailable(_))), "{late:?}");
    }
}
