//! Requests with an `Idempotency-Key`: a request is carried out once, a repeated request gets the stored response
//! or is told to wait, and keys expire.

use std::sync::{Arc, Mutex};

use linekeeper_model::Timestamp;
use linekeeper_model::clock::Clock;
use linekeeper_storage::testing::{Databases, TestDatabase};
use linekeeper_storage::{Claim, KeyedRequest, Mark, Storage};
use tokio::task::JoinSet;

use crate::repositories::at;

const REQUEST: KeyedRequest<'static> = KeyedRequest { caller: "workspace/user", key: "k-1", hash: [1; 32] };

#[derive(Default)]
struct Hand(Mutex<i64>);

impl Hand {
    fn set(&self, second: i64) {
        *self.0.lock().unwrap() = second;
    }
}

impl Clock for Hand {
    fn now(&self) -> Timestamp {
        at(*self.0.lock().unwrap())
    }
}

/// Each kind of database, with a clock that shows 0.
async fn each() -> Vec<(TestDatabase, Storage, Arc<Hand>)> {
    let mut all = Vec::new();
    for database in Databases::each().await {
        let clock = Arc::new(Hand::default());
        let storage = database.open_at(clock.clone()).await;
        all.push((database, storage, clock));
    }
    all
}

/// Claims the key of a request. The key is reserved for 60 s and kept for 1000 s.
async fn claim(storage: &Storage, clock: &Hand, request: KeyedRequest<'_>) -> Claim {
    let now = *clock.0.lock().unwrap();
    let mut tx = storage.begin().await.unwrap();
    let claim = tx.idempotency_keys().claim(request, at(now + 60), at(now + 1_000)).await.unwrap();
    tx.commit().await.unwrap();
    claim
}

async fn keep(storage: &Storage, mark: &Mark, answer: &[u8]) -> bool {
    let mut tx = storage.begin().await.unwrap();
    let kept = tx.idempotency_keys().keep(mark, 201, answer).await.unwrap();
    tx.commit().await.unwrap();
    kept
}

#[track_caller]
fn begun(claim: Claim) -> Mark {
    match claim {
        Claim::Begun(mark) => mark,
        other => panic!("{other:?}"),
    }
}

#[tokio::test]
async fn a_stored_response_is_returned_only_for_its_own_request() {
    for (_database, storage, clock) in each().await {
        let mark = begun(claim(&storage, &clock, REQUEST).await);
        assert!(
            matches!(claim(&storage, &clock, REQUEST).await, Claim::UnderWay { until } if until == at(60))
        );
        assert!(keep(&storage, &mark, b"lk_planted").await);
        assert!(matches!(claim(&storage, &clock, REQUEST).await, Claim::Answered(a) if a == b"lk_planted"));
        let other = KeyedRequest { hash: [2; 32], ..REQUEST };
        assert!(matches!(claim(&storage, &clock, other).await, Claim::Reused));
        for free in
            [KeyedRequest { key: "k-2", ..REQUEST }, KeyedRequest { caller: "workspace/other", ..REQUEST }]
        {
            begun(claim(&storage, &clock, free).await);
        }
        clock.set(999);
        assert!(matches!(claim(&storage, &clock, REQUEST).await, Claim::Answered(_)));
        clock.set(1_000);
        begun(claim(&storage, &clock, other).await);
    }
}

#[tokio::test]
async fn a_reservation_expires_if_its_request_never_finishes() {
    for (_database, storage, clock) in each().await {
        let dead = begun(claim(&storage, &clock, REQUEST).await);
        clock.set(59);
        assert!(matches!(claim(&storage, &clock, REQUEST).await, Claim::UnderWay { .. }));
        clock.set(60);
        let other = KeyedRequest { hash: [2; 32], ..REQUEST };
        assert!(matches!(claim(&storage, &clock, other).await, Claim::Reused));
        let heir = begun(claim(&storage, &clock, REQUEST).await);
        assert!(!keep(&storage, &dead, b"too late").await);
        assert!(keep(&storage, &heir, b"in time").await);
        assert!(matches!(claim(&storage, &clock, REQUEST).await, Claim::Answered(a) if a == b"in time"));
    }
}

#[tokio::test]
async fn released_and_expired_keys_can_be_claimed_again() {
    for (_database, storage, clock) in each().await {
        let mark = begun(claim(&storage, &clock, REQUEST).await);
        let mut tx = storage.begin().await.unwrap();
        tx.idempotency_keys().free(&mark).await.unwrap();
        tx.commit().await.unwrap();
        let mark = begun(claim(&storage, &clock, REQUEST).await);
        assert!(keep(&storage, &mark, b"x").await);
        clock.set(500);
        begun(claim(&storage, &clock, KeyedRequest { key: "k-2", ..REQUEST }).await);
        clock.set(1_000);
        let mut tx = storage.begin().await.unwrap();
        assert_eq!(tx.idempotency_keys().prune().await.unwrap(), 1);
        assert_eq!(tx.idempotency_keys().prune().await.unwrap(), 0);
        tx.commit().await.unwrap();
    }
}

/// Two storages that are opened on the same database behave like two processes.
#[tokio::test]
async fn only_one_of_many_concurrent_requests_gets_the_key() {
    for (database, storage, clock) in each().await {
        let handles = [storage, database.open_at(clock.clone()).await];
        let mut racing = JoinSet::new();
        for n in 0..20 {
            let (storage, clock) = (handles[n % handles.len()].clone(), clock.clone());
            racing.spawn(async move { matches!(claim(&storage, &clock, REQUEST).await, Claim::Begun(_)) });
        }
        let began = racing.join_all().await.into_iter().filter(|began| *began).count();
        assert_eq!(began, 1);
    }
}
