//! The event log: numbers are never reused and follow the order of commits, and events are read back unchanged.

use std::sync::Arc;
use std::time::Duration;

use linekeeper_model::account::Account;
use linekeeper_model::event::{Event, EventType, NewEvent, Payload, Seq};
use linekeeper_model::id::{ChatId, EventId, WorkspaceId};
use linekeeper_model::message::{Chat, ChatType};
use linekeeper_model::status::{Reason, Status};
use linekeeper_model::user::{Member, Workspace};
use linekeeper_storage::testing::Databases;
use linekeeper_storage::{EventFilter, Extent, Reach, Storage, StorageError, Tx};
use tokio::sync::Barrier;
use tokio::task::JoinSet;

use crate::repositories::{an_account_of, at, with_owner};

const ALL: EventFilter<'static> =
    EventFilter { after: Seq::START, types: &[], chat_types: &[], accounts: None, limit: 1000 };

async fn with_account(storage: &Storage) -> (Workspace, Member, Account) {
    let (workspace, user) = with_owner(storage).await;
    let account = add_account(storage, &workspace, &user).await;
    (workspace, user, account)
}

async fn add_account(storage: &Storage, workspace: &Workspace, user: &Member) -> Account {
    let account = an_account_of(workspace, user, "Shop");
    let mut tx = storage.begin().await.unwrap();
    tx.accounts().insert(&account).await.unwrap();
    tx.commit().await.unwrap();
    account
}

fn created(account: &Account, millis: i64) -> NewEvent {
    let payload = Payload::AccountCreated { display_name: account.display_name.clone() };
    NewEvent::of_account(account.workspace_id, account.id, payload, at(millis), &mut rand::rng())
}

fn status(account: &Account, reason: Reason, millis: i64) -> NewEvent {
    let payload = Payload::status(None, &Status::of(reason, at(millis)));
    NewEvent::of_account(account.workspace_id, account.id, payload, at(millis), &mut rand::rng())
}

fn seqs(events: &[Event]) -> Vec<u64> {
    events.iter().map(|event| event.seq.get()).collect()
}

async fn read(tx: &mut Tx, workspace: &Workspace, filter: EventFilter<'_>) -> Vec<u64> {
    seqs(&tx.events().after(Reach::all_of(workspace.id), &filter).await.unwrap())
}

#[tokio::test]
async fn events_are_read_back_unchanged_and_in_order() {
    for database in Databases::each().await {
        let storage = database.open().await;
        let (workspace, _, account) = with_account(&storage).await;
        let mut tx = storage.begin().await.unwrap();
        assert_eq!(tx.events().last().await.unwrap(), Seq::START);
        let first = created(&account, 1_700_000_000_001);
        assert_eq!(tx.events().append(&first).await.unwrap(), Seq::new(1));
        let more = [status(&account, Reason::Connecting, 2), status(&account, Reason::Online, 3)];
        assert_eq!(tx.events().append_all(&more).await.unwrap(), Some(Seq::new(3)));
        assert_eq!(tx.events().append_all(&[]).await.unwrap(), None);
        tx.commit().await.unwrap();

        let mut tx = storage.read().await.unwrap();
        let [second, third] = more;
        let expected = [first.at(Seq::new(1)), second.at(Seq::new(2)), third.at(Seq::new(3))];
        assert_eq!(tx.events().after(Reach::all_of(workspace.id), &ALL).await.unwrap(), expected);
        assert_eq!(tx.events().last().await.unwrap(), Seq::new(3));
        let page = EventFilter { after: Seq::new(1), limit: 1, ..ALL };
        assert_eq!(read(&mut tx, &workspace, page).await, [2]);
        let beyond = EventFilter { after: Seq::new(u64::MAX), ..ALL };
        assert_eq!(read(&mut tx, &workspace, beyond).await, [] as [u64; 0]);
    }
}

#[tokio::test]
async fn filters_select_events_by_type_account_owner_and_workspace() {
    for database in Databases::each().await {
        let storage = database.open().await;
        let (workspace, _, account) = with_account(&storage).await;
        let colleague = Member { workspace_id: workspace.id, ..crate::repositories::an_owner().1 };
        let mut tx = storage.begin().await.unwrap();
        crate::repositories::add_member(&mut tx, &colleague).await;
        tx.commit().await.unwrap();
        let theirs = add_account(&storage, &workspace, &colleague).await;
        let (elsewhere, _, foreign) = with_account(&storage).await;
        let mut tx = storage.begin().await.unwrap();
        let of_nobody = NewEvent { account_id: None, ..created(&account, 5) };
        let log = [
            created(&account, 1),
            created(&theirs, 2),
            created(&foreign, 3),
            status(&account, Reason::Online, 4),
            of_nobody,
            status(&theirs, Reason::Online, 6),
        ];
        tx.events().append_all(&log).await.unwrap();

        assert_eq!(read(&mut tx, &workspace, ALL).await, [1, 2, 4, 5, 6]);
        assert_eq!(read(&mut tx, &elsewhere, ALL).await, [3], "nothing crosses workspaces");
        let accounts = [account.id];
        let of = EventFilter { accounts: Some(&accounts), ..ALL };
        assert_eq!(read(&mut tx, &workspace, of).await, [1, 4]);
        assert_eq!(read(&mut tx, &elsewhere, of).await, [] as [u64; 0]);
        let both = [account.id, theirs.id, foreign.id];
        let of_both = EventFilter { accounts: Some(&both), ..ALL };
        assert_eq!(read(&mut tx, &workspace, of_both).await, [1, 2, 4, 6]);
        let of_none = EventFilter { accounts: Some(&[]), ..ALL };
        assert_eq!(read(&mut tx, &workspace, of_none).await, [] as [u64; 0]);
        let owned = Reach { user: Some(colleague.user.id), ..Reach::all_of(workspace.id) };
        assert_eq!(seqs(&tx.events().after(owned, &ALL).await.unwrap()), [2, 6]);
        assert_eq!(seqs(&tx.events().after(owned, &of).await.unwrap()), [] as [u64; 0]);
        let types = [EventType::AccountStatus, EventType::AccountQr];
        let some = EventFilter { types: &types, ..ALL };
        assert_eq!(seqs(&tx.events().after(owned, &some).await.unwrap()), [6]);
        let from_four = EventFilter { after: Seq::new(4), types: &types, ..ALL };
        assert_eq!(read(&mut tx, &workspace, from_four).await, [6]);
    }
}

#[tokio::test]
async fn filters_select_events_by_the_type_of_the_chat() {
    for database in Databases::each().await {
        let storage = database.open().await;
        let (workspace, _, account) = with_account(&storage).await;
        let mut tx = storage.begin().await.unwrap();
        let mut log = vec![created(&account, 1)];
        for kind in [ChatType::Direct, ChatType::Group, ChatType::Status] {
            let chat = Chat {
                id: ChatId::generate(at(2), &mut rand::rng()),
                kind,
                address: "15551234567@s.whatsapp.net".parse().unwrap(),
                name: None,
                person: None,
            };
            let payload = Payload::ChatUpdated { chat: Box::new(chat), changed: Vec::new() };
            let (workspace, id) = (account.workspace_id, account.id);
            log.push(NewEvent::of_account(workspace, id, payload, at(2), &mut rand::rng()));
        }
        tx.events().append_all(&log).await.unwrap();
        let usual = EventFilter { chat_types: &[ChatType::Direct, ChatType::Group], ..ALL };
        assert_eq!(read(&mut tx, &workspace, usual).await, [1, 2, 3], "what has no chat passes");
        let stories = EventFilter { chat_types: &[ChatType::Status], accounts: Some(&[account.id]), ..ALL };
        assert_eq!(read(&mut tx, &workspace, stories).await, [1, 4]);
    }
}

#[tokio::test]
async fn the_latest_events_of_a_type_are_listed_newest_first() {
    for database in Databases::each().await {
        let storage = database.open().await;
        let (workspace, user, account) = with_account(&storage).await;
        let other = add_account(&storage, &workspace, &user).await;
        let mut tx = storage.begin().await.unwrap();
        for n in 0..5 {
            let log = [
                status(&account, Reason::Online, n),
                created(&account, n),
                status(&other, Reason::Online, n),
            ];
            tx.events().append_all(&log).await.unwrap();
        }
        let mut latest = async |before, limit| {
            seqs(&tx.events().latest(account.id, EventType::AccountStatus, before, limit).await.unwrap())
        };
        assert_eq!(latest(None, 2).await, [13, 10]);
        assert_eq!(latest(Some(Seq::new(10)), 9).await, [7, 4, 1]);
    }
}

#[tokio::test]
async fn a_rolled_back_append_leaves_no_event_and_no_gap() {
    for database in Databases::each().await {
        let storage = database.open().await;
        let (workspace, _, account) = with_account(&storage).await;
        let mut tx = storage.begin().await.unwrap();
        tx.events().append(&created(&account, 1)).await.unwrap();
        drop(tx);
        let mut tx = storage.begin().await.unwrap();
        assert_eq!(tx.events().append(&created(&account, 2)).await.unwrap(), Seq::new(1));
        tx.commit().await.unwrap();
        assert_eq!(read(&mut storage.read().await.unwrap(), &workspace, ALL).await, [1]);
    }
}

#[tokio::test]
async fn an_event_id_cannot_be_logged_twice() {
    for database in Databases::each().await {
        let storage = database.open().await;
        let (_, _, account) = with_account(&storage).await;
        let event = created(&account, 1);
        let mut tx = storage.begin().await.unwrap();
        tx.events().append(&event).await.unwrap();
        let again = tx.events().append(&event).await;
        assert!(matches!(again, Err(StorageError::Conflict(_))), "{again:?}");
    }
}

/// On PostgreSQL, if writers did not wait for each other, an event with a higher number could be committed first.
#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn a_reader_sees_each_event_once_and_in_order_while_many_write() {
    const WRITERS: u64 = 8;
    const ROUNDS: u64 = 25;
    // Each round commits one event, and then three events together.
    const TOTAL: u64 = WRITERS * ROUNDS * 4;
    for database in Databases::each().await {
        let storage = database.open().await;
        let (workspace, _, account) = with_account(&storage).await;
        let begin = Arc::new(Barrier::new(WRITERS as usize));
        let mut writers = JoinSet::new();
        for _ in 0..WRITERS {
            let (storage, account, begin) = (database.open().await, account.clone(), begin.clone());
            writers.spawn(async move {
                begin.wait().await;
                for round in 0..ROUNDS {
                    for count in [1, 3] {
                        let events: Vec<_> = (0..count).map(|_| created(&account, 1)).collect();
                        let mut tx = storage.begin().await.unwrap();
                        tx.events().append_all(&events).await.unwrap();
                        tx.commit().await.unwrap();
                    }
                    let mut regretted = storage.begin().await.unwrap();
                    regretted.events().append(&status(&account, Reason::Online, round as i64)).await.unwrap();
                }
            });
        }
        let mut seen = 0;
        let follow = async {
            while seen < TOTAL {
                let mut tx = storage.read().await.unwrap();
                let filter = EventFilter { after: Seq::new(seen), limit: 37, ..ALL };
                for event in tx.events().after(Reach::all_of(workspace.id), &filter).await.unwrap() {
                    assert_eq!(event.seq.get(), seen + 1, "{}", database.name());
                    assert_eq!(event.payload.event_type(), EventType::AccountCreated);
                    seen += 1;
                }
            }
        };
        tokio::time::timeout(Duration::from_secs(60), follow).await.expect("every event is seen");
        writers.join_all().await;
        assert_eq!(storage.read().await.unwrap().events().last().await.unwrap(), Seq::new(TOTAL));
    }
}

#[tokio::test]
async fn a_payload_can_be_decrypted_only_in_its_own_event() {
    for database in Databases::each().await {
        let storage = database.open().await;
        let (workspace, _, account) = with_account(&storage).await;
        let mut tx = storage.begin().await.unwrap();
        tx.events().append_all(&[created(&account, 1), status(&account, Reason::Online, 2)]).await.unwrap();
        tx.commit().await.unwrap();
        let swap = "UPDATE events SET payload = (SELECT payload FROM events WHERE seq = 2) WHERE seq = 1";
        assert_eq!(database.inspect_product().await.execute(swap).await, 1);
        let mut tx = storage.read().await.unwrap();
        let events = tx.events().after(Reach::all_of(workspace.id), &ALL).await;
        assert!(matches!(events, Err(StorageError::Unreadable { what: "event", .. })), "{events:?}");
    }
}

#[tokio::test]
async fn deleting_an_account_deletes_its_events_except_the_deletion_event() {
    for database in Databases::each().await {
        let storage = database.open().await;
        let (workspace, user, account) = with_account(&storage).await;
        let kept = add_account(&storage, &workspace, &user).await;
        let mut tx = storage.begin().await.unwrap();
        let log = [created(&account, 1), created(&kept, 2), status(&account, Reason::Online, 3)];
        tx.events().append_all(&log).await.unwrap();
        tx.commit().await.unwrap();

        let mut tx = storage.begin().await.unwrap();
        tx.accounts().delete(account.id).await.unwrap();
        let payload = Payload::AccountDeleted { display_name: account.display_name.clone() };
        let epitaph = NewEvent { payload, ..created(&account, 4) };
        tx.events().append(&epitaph).await.unwrap();
        tx.commit().await.unwrap();

        let mut tx = storage.read().await.unwrap();
        let left = tx.events().after(Reach::all_of(workspace.id), &ALL).await.unwrap();
        assert_eq!(seqs(&left), [2, 4]);
        assert_eq!(left[1], epitaph.at(Seq::new(4)), "it says which account it was");
        let mut tx = storage.begin().await.unwrap();
        assert!(tx.events().append(&created(&account, 5)).await.is_err(), "nothing late makes a row again");
        drop(tx);
        let inspector = database.inspect_product().await;
        assert_eq!((inspector.count("accounts").await, inspector.count("events").await), (1, 2));
    }
}

#[tokio::test]
async fn old_events_are_deleted_in_batches_and_readers_can_detect_the_gap() {
    for database in Databases::each().await {
        let storage = database.open().await;
        let (workspace, _, account) = with_account(&storage).await;
        let mut tx = storage.begin().await.unwrap();
        // The fourth event has an earlier time than the third one, because the clock was set back.
        let log = [10, 20, 40, 30, 50].map(|millis| created(&account, millis));
        tx.events().append_all(&log).await.unwrap();
        assert_eq!(tx.events().prune(at(10), 100).await.unwrap(), 0);
        let extent = |pruned| Extent { pruned: Seq::new(pruned), last: Seq::new(5) };
        assert_eq!(tx.events().extent().await.unwrap(), extent(0));
        assert_eq!(tx.events().prune(at(40), 2).await.unwrap(), 2);
        assert_eq!(tx.events().extent().await.unwrap(), extent(2));
        assert_eq!(tx.events().prune(at(40), 2).await.unwrap(), 1);
        assert_eq!(tx.events().extent().await.unwrap(), extent(4));
        assert_eq!(tx.events().prune(at(41), 2).await.unwrap(), 1);
        assert_eq!(tx.events().extent().await.unwrap(), extent(4), "it never goes back");
        assert_eq!(read(&mut tx, &workspace, ALL).await, [5]);
        assert_eq!(tx.events().append(&created(&account, 60)).await.unwrap(), Seq::new(6));
    }
}

#[tokio::test]
async fn a_cursor_never_goes_backwards() {
    for database in Databases::each().await {
        let storage = database.open().await;
        let mut tx = storage.begin().await.unwrap();
        assert_eq!(tx.cursors().get("webhooks").await.unwrap(), Seq::START);
        let (hold, begin) = tx.cursors().take("webhooks").await.unwrap();
        let (mail, _) = tx.cursors().take("mail").await.unwrap();
        assert_eq!(begin, Seq::START);
        for (to, expected) in [(7, 7), (5, 7), (8, 8)] {
            assert!(tx.cursors().put("webhooks", hold, Seq::new(to)).await.unwrap());
            assert_eq!(tx.cursors().get("webhooks").await.unwrap(), Seq::new(expected));
        }
        assert!(tx.cursors().put("mail", mail, Seq::new(1)).await.unwrap());
        assert_eq!(tx.cursors().get("mail").await.unwrap(), Seq::new(1));
        assert_eq!(tx.cursors().get("webhooks").await.unwrap(), Seq::new(8));
        tx.cursors().begin("webhooks", Seq::new(20)).await.unwrap();
        assert_eq!(tx.cursors().get("webhooks").await.unwrap(), Seq::new(8), "it is there");
        tx.cursors().begin("nats", Seq::new(20)).await.unwrap();
        assert_eq!(tx.cursors().get("nats").await.unwrap(), Seq::new(20));
        tx.cursors().delete("nats").await.unwrap();
        assert_eq!(tx.cursors().get("nats").await.unwrap(), Seq::START);
    }
}

#[tokio::test]
async fn only_the_latest_holder_of_a_cursor_can_move_the_cursor() {
    for database in Databases::each().await {
        let storage = database.open().await;
        let mut tx = storage.begin().await.unwrap();
        let (first, _) = tx.cursors().take("webhooks").await.unwrap();
        assert!(tx.cursors().put("webhooks", first, Seq::new(3)).await.unwrap());
        let (second, from) = tx.cursors().take("webhooks").await.unwrap();
        assert_eq!(from, Seq::new(3));
        assert!(!tx.cursors().put("webhooks", first, Seq::new(9)).await.unwrap());
        assert_eq!(tx.cursors().get("webhooks").await.unwrap(), Seq::new(3));
        assert!(tx.cursors().put("webhooks", second, Seq::new(4)).await.unwrap());
        assert_eq!(tx.cursors().take_if_silent("webhooks", 60_000).await.unwrap(), None, "it lives");
        tx.cursors().begin("new", Seq::new(7)).await.unwrap();
        let (_, from) =
            tx.cursors().take_if_silent("new", 60_000).await.unwrap().expect("nobody ever held it");
        assert_eq!(from, Seq::new(7));
        assert_eq!(tx.cursors().take_if_silent("new", 60_000).await.unwrap(), None, "now it lives");
        let (third, from) = tx.cursors().take_if_silent("webhooks", 0).await.unwrap().unwrap();
        assert_eq!(from, Seq::new(4));
        assert!(!tx.cursors().put("webhooks", second, Seq::new(9)).await.unwrap());
        assert!(tx.cursors().put("webhooks", third, Seq::new(5)).await.unwrap());
    }
}

#[tokio::test]
async fn an_event_of_an_unknown_workspace_is_refused() {
    for database in Databases::each().await {
        let storage = database.open().await;
        let (_, _, account) = with_account(&storage).await;
        let stray = NewEvent {
            id: EventId::from(uuid::Uuid::from_u128(1)),
            workspace_id: WorkspaceId::from(uuid::Uuid::from_u128(2)),
            ..created(&account, 1)
        };
        assert!(storage.begin().await.unwrap().events().append(&stray).await.is_err());
    }
}
