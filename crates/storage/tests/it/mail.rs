//! The queue of mails: a mail is kept until it is delivered, only one process makes each attempt, and the database
//! contains no readable mail.

use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};

use linekeeper_model::Timestamp;
use linekeeper_model::clock::Clock;
use linekeeper_model::id::MailId;
use linekeeper_model::mail::{Mail, Subject};
use linekeeper_storage::testing::Databases;
use linekeeper_storage::{QueuedMail, Storage, StorageError};
use tokio::task::JoinSet;

use crate::repositories::at;

/// A clock that moves on by a millisecond each time it is read.
#[derive(Default)]
struct Ticking(AtomicI64);

impl Clock for Ticking {
    fn now(&self) -> Timestamp {
        at(self.0.fetch_add(1, Ordering::Relaxed))
    }
}

fn a_mail(to: &str) -> Mail {
    let text = "https://example.org/join#token=planted\n".to_owned();
    Mail { to: to.parse().unwrap(), subject: Subject::new("Join us"), text }
}

async fn queued(storage: &Storage, mail: &Mail) -> MailId {
    let id = MailId::generate(at(1), &mut rand::rng());
    let mut tx = storage.begin().await.unwrap();
    tx.mail().insert(id, mail).await.unwrap();
    tx.commit().await.unwrap();
    id
}

async fn next(storage: &Storage) -> Option<QueuedMail> {
    storage.read().await.unwrap().mail().next().await.unwrap()
}

#[tokio::test]
async fn a_mail_is_due_again_after_each_attempt_until_the_mail_is_deleted() {
    for database in Databases::each().await {
        let storage = database.open_at(Arc::new(Ticking::default())).await;
        assert_eq!(next(&storage).await, None);
        let (first, second) = (a_mail("ana@example.org"), a_mail("ben@example.org"));
        let ids = [queued(&storage, &first).await, queued(&storage, &second).await];
        let mut tx = storage.begin().await.unwrap();
        tx.mail()
            .insert(MailId::generate(at(1), &mut rand::rng()), &a_mail("eve@example.org"))
            .await
            .unwrap();
        drop(tx);

        let due = next(&storage).await.unwrap();
        assert_eq!((due.id, due.attempts, due.next_try_at), (ids[0], 0, due.created_at));
        let mut tx = storage.begin().await.unwrap();
        assert!(tx.mail().claim(&due, at(60_000)).await.unwrap());
        assert_eq!(tx.mail().message(due.id).await.unwrap(), Some(first));
        tx.commit().await.unwrap();
        let due = next(&storage).await.unwrap();
        assert_eq!(due.id, ids[1]);
        let mut tx = storage.begin().await.unwrap();
        tx.mail().delete(due.id).await.unwrap();
        assert_eq!(tx.mail().message(due.id).await.unwrap(), None);
        tx.commit().await.unwrap();
        let last = next(&storage).await.unwrap();
        assert_eq!((last.id, last.attempts, last.next_try_at), (ids[0], 1, at(60_000)));
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn only_one_of_many_concurrent_workers_claims_a_mail() {
    for database in Databases::each().await {
        let storage = database.open().await;
        queued(&storage, &a_mail("ana@example.org")).await;
        let due = next(&storage).await.unwrap();
        let mut servers = JoinSet::new();
        for _ in 0..8 {
            let storage = storage.clone();
            servers.spawn(async move {
                let mut tx = storage.begin().await.unwrap();
                let ours = tx.mail().claim(&due, at(60_000)).await.unwrap();
                tx.commit().await.unwrap();
                ours
            });
        }
        let ours = servers.join_all().await.into_iter().filter(|ours| *ours).count();
        assert_eq!(ours, 1, "{}", database.name());
    }
}

#[tokio::test]
async fn a_mail_can_be_decrypted_only_in_its_own_row() {
    for database in Databases::each().await {
        let storage = database.open().await;
        let ids = [
            queued(&storage, &a_mail("ana@example.org")).await,
            queued(&storage, &a_mail("ben@example.org")).await,
        ];
        let swap = format!("UPDATE mail SET message = (SELECT message FROM mail WHERE id = '{}')", ids[0]);
        database.inspect_product().await.execute(&swap).await;
        let mut tx = storage.read().await.unwrap();
        assert!(tx.mail().message(ids[0]).await.unwrap().is_some());
        let moved = tx.mail().message(ids[1]).await;
        assert!(matches!(moved, Err(StorageError::Unreadable { .. })), "{moved:?}");
    }
}
