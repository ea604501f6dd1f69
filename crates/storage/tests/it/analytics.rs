//! Figures of accounts: they are added up and read back, and they are deleted together with their account.

use linekeeper_model::Timestamp;
use linekeeper_model::analytics::{
    About, Counted, Figure, KEPT, Mark, MarkKey, Marks, Outages, Quarter, Run, Runs,
};
use linekeeper_model::id::{AccountId, WebhookId};
use linekeeper_model::status::{ConnectionStatus, Reason, Status};
use linekeeper_storage::testing::Databases;
use linekeeper_storage::{CountedFrom, Reach, Storage};

use crate::repositories::{an_account_of, at, with_owner};

const NOON: i64 = 1_780_315_200_000;

async fn an_account(storage: &Storage) -> (Reach, AccountId) {
    let (workspace, user) = with_owner(storage).await;
    let account = an_account_of(&workspace, &user, "Shop");
    let mut tx = storage.begin().await.unwrap();
    tx.accounts().insert(&account).await.unwrap();
    tx.commit().await.unwrap();
    (Reach::all_of(workspace.id), account.id)
}

fn links(account: AccountId, number: u64) -> Counted {
    let mut counted = Counted::default();
    counted.add(account, at(NOON), Figure::Linked, number);
    counted
}

async fn add(storage: &Storage, source: CountedFrom, counted: &Counted) {
    let mut tx = storage.begin().await.unwrap();
    for (account, day, figures) in counted.days() {
        tx.analytics().add(source, account, day, figures).await.unwrap();
    }
    tx.commit().await.unwrap();
}

async fn runs(storage: &Storage, account: AccountId, from: Timestamp, to: Timestamp) -> Vec<Run> {
    let (from, to) = (Quarter::of(from).day(), Quarter::of(to).day());
    let stored: Vec<(i64, Runs)> =
        storage.read().await.unwrap().analytics().days(account, from, to).await.unwrap();
    stored.iter().flat_map(|(day, runs)| runs.of_day(*day).unwrap()).collect()
}

#[tokio::test]
async fn figures_from_the_event_log_and_from_webhooks_are_stored_in_separate_rows() {
    for database in Databases::each().await {
        let storage = database.open().await;
        let (_, account) = an_account(&storage).await;
        let webhook = CountedFrom::Webhook(WebhookId::generate(at(1), &mut rand::rng()));
        add(&storage, CountedFrom::Log, &links(account, 2)).await;
        add(&storage, CountedFrom::Log, &links(account, 3)).await;
        add(&storage, webhook, &links(account, 4)).await;
        let found = runs(&storage, account, at(NOON), at(NOON)).await;
        let from = Quarter::of(at(NOON));
        let expected = [5, 4].map(|number| Run { figure: Figure::Linked, from, to: from.next(), number });
        assert_eq!(found, expected, "{}", database.name());
        let day = 86_400_000;
        assert_eq!(runs(&storage, account, at(NOON - 9 * day), at(NOON - day)).await, []);
        assert_eq!(runs(&storage, account, at(NOON + day), at(NOON + 9 * day)).await, []);
    }
}

#[tokio::test]
async fn figures_are_deleted_with_their_account_and_are_not_added_again() {
    for database in Databases::each().await {
        let storage = database.open().await;
        let (reach, account) = an_account(&storage).await;
        add(&storage, CountedFrom::Log, &links(account, 1)).await;
        let key = (About::Account, account.as_uuid());
        let mut marks = Marks::default();
        marks.set(key, Mark { account, label: "connected".to_owned(), at: at(NOON) });
        let mut tx = storage.begin().await.unwrap();
        tx.analytics().put_marks(&marks).await.unwrap();
        assert_eq!(tx.analytics().states(reach).await.unwrap()[&account].label, "connected");
        tx.accounts().delete(account).await.unwrap();
        tx.commit().await.unwrap();
        // The log's reader may have read an event before the account was deleted. It may add the event's figures after
        // the deletion.
        add(&storage, CountedFrom::Log, &links(account, 1)).await;
        let mut tx = storage.begin().await.unwrap();
        tx.analytics().put_marks(&marks).await.unwrap();
        assert!(tx.analytics().states(reach).await.unwrap().is_empty());
        tx.commit().await.unwrap();
        assert_eq!(runs(&storage, account, at(NOON), at(NOON)).await, []);
        let rows = database.inspect_product().await;
        let left = rows.count("analytics_marks").await;
        assert_eq!(left, 0, "{}", database.name());
    }
}

#[tokio::test]
async fn start_times_for_measuring_durations_are_stored_read_back_and_deleted() {
    for database in Databases::each().await {
        let storage = database.open().await;
        let (_, account) = an_account(&storage).await;
        // There are more marks than one statement can read.
        let keys: Vec<MarkKey> =
            (0..70_u128).map(|number| (About::Message, uuid::Uuid::from_u128(number + 1))).collect();
        let mark = |at| Mark { account, label: "text".to_owned(), at };
        let mut marks = Marks::default();
        for key in &keys {
            marks.set(*key, mark(at(NOON)));
        }
        let mut tx = storage.begin().await.unwrap();
        tx.analytics().put_marks(&marks).await.unwrap();
        let mut found = tx.analytics().marks(&keys).await.unwrap();
        assert!(keys.iter().all(|key| found.get(*key) == Some(&mark(at(NOON)))), "{}", database.name());
        assert_eq!(found.changes().count(), 0);
        found.take(keys[0]).unwrap();
        found.set(keys[1], mark(at(NOON + 5)));
        tx.analytics().put_marks(&found).await.unwrap();
        let found = tx.analytics().marks(&keys[..3]).await.unwrap();
        assert_eq!(found.get(keys[0]), None);
        assert_eq!(found.get(keys[1]), Some(&mark(at(NOON + 5))));
        assert_eq!(tx.analytics().marks(&[]).await.unwrap().changes().count(), 0);
        assert_eq!(tx.analytics().prune_marks(at(NOON + 1), 60).await.unwrap(), 60);
        assert_eq!(tx.analytics().prune_marks(at(NOON + 1), 60).await.unwrap(), 8);
        assert_eq!(tx.analytics().prune_marks(at(NOON + 1), 60).await.unwrap(), 0);
        assert!(tx.analytics().marks(&keys[1..2]).await.unwrap().get(keys[1]).is_some());
    }
}

#[tokio::test]
async fn old_days_are_removed_in_small_batches() {
    for database in Databases::each().await {
        let storage = database.open().await;
        let (_, account) = an_account(&storage).await;
        let mut counted = Counted::default();
        let status = Status::of(Reason::Online, at(NOON));
        // This period begins in 1970. The part of it that is older than the longest retention is not stored.
        let stay = (at(0), at(NOON));
        counted.add_stay(account, status.state, stay, &Outages::default());
        add(&storage, CountedFrom::Log, &counted).await;
        let first = Quarter::of(at(NOON).checked_sub(KEPT).unwrap()).day();
        let last = Quarter::of(at(NOON)).day();
        let mut tx = storage.begin().await.unwrap();
        let days = tx.analytics().days(account, 0, last).await.unwrap();
        assert_eq!((days.len() as i64, days[0].0), (last - first + 1, first), "{}", database.name());
        assert_eq!(tx.analytics().prune(first, 500).await.unwrap(), 0);
        assert_eq!(tx.analytics().prune(first + 5, 3).await.unwrap(), 3);
        assert_eq!(tx.analytics().prune(first + 5, 3).await.unwrap(), 2);
        assert_eq!(tx.analytics().days(account, 0, last).await.unwrap()[0].0, first + 5);
        assert!(matches!(status.state, ConnectionStatus::Connected));
    }
}

#[tokio::test]
async fn a_long_gap_between_the_servers_signs_of_life_is_stored_as_an_outage() {
    for database in Databases::each().await {
        let storage = database.open().await;
        let mut tx = storage.begin().await.unwrap();
        assert_eq!(tx.analytics().outages().await.unwrap(), Outages::default());
        for (second, starts) in
            [(0, true), (30, false), (60, true), (149, true), (200, false), (290, true), (280, false)]
        {
            let now = at(NOON + second * 1_000);
            match starts {
                true => tx.analytics().server_started(now).await.unwrap(),
                false => tx.analytics().server_lives(now).await.unwrap(),
            }
        }
        let run = |from: i64, to: i64| (at(NOON + from * 1_000), at(NOON + to * 1_000));
        let expected = Outages::between(&[run(0, 200), run(290, 290)]);
        assert_eq!(tx.analytics().outages().await.unwrap(), expected, "{}", database.name());
        tx.analytics().prune_runs(at(NOON + 201_000)).await.unwrap();
        tx.analytics().prune_runs(at(NOON + 999_000)).await.unwrap();
        assert_eq!(tx.analytics().outages().await.unwrap(), Outages::default());
        tx.analytics().server_lives(at(NOON + 999_000)).await.unwrap();
    }
}

#[tokio::test]
async fn analytics_rows_contain_only_numbers() {
    for database in Databases::each().await {
        let storage = database.open().await;
        let (_, account) = an_account(&storage).await;
        add(&storage, CountedFrom::Log, &links(account, 1)).await;
        let rows = database.inspect_product().await;
        let as_they_are = r#"UPDATE analytics_days SET day = day WHERE figures = '{"linked":[[48,1,1]]}'"#;
        assert_eq!(rows.execute(as_they_are).await, 1, "{}", database.name());
    }
}
