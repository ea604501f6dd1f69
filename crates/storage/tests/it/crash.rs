//! Kills a process while it writes. After that, every write that was acknowledged must be stored, and no write may
//! be stored in part.

use std::io::{BufRead, BufReader, Write as _};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::Arc;

use bytes::Bytes;
use linekeeper_model::clock::SystemClock;
use linekeeper_model::event::{NewEvent, Payload};
use linekeeper_model::id::{AccountId, EventId};
use linekeeper_storage::{Database, EventFilter, MasterKey, Reach, SessionStore, Storage, StorageOptions};
use wacore::store::traits::SignalStore;

const DIRECTORY: &str = "LINEKEEPER_TEST_CRASH_DIRECTORY";
const KILLS: u64 = 60;
/// The number of kills in the test that compares the counter with the events.
const FEWER_KILLS: u64 = 12;
/// The name of the counter that the child process increases.
const COUNT: &str = "count";
/// The addresses that each batch writes.
const ADDRESSES: [&str; 3] = ["a@c.us.0", "b@c.us.0", "c@c.us.0"];

async fn take(directory: &Path) -> (Storage, SessionStore) {
    let options = StorageOptions {
        database: Database::Sqlite { path: directory.join("linekeeper.db") },
        sessions_dir: directory.join("sessions"),
        keys: MasterKey::read_or_create(&directory.join("master.key")).unwrap().into(),
        holder: format!("test:{}", std::process::id()),
    };
    let storage = Storage::open(options, Arc::new(SystemClock)).await.unwrap();
    let store = storage.vault().take(AccountId::from(uuid::Uuid::from_u128(7))).await.unwrap();
    (storage, store)
}

/// The number in the last batch. All rows of a batch must have the same number.
async fn last_batch(store: &SessionStore) -> u64 {
    let mut numbers = Vec::new();
    for address in ADDRESSES {
        let record = store.get_session(address).await.unwrap();
        let number = record.map_or(0, |record| u64::from_be_bytes(record[..8].try_into().unwrap()));
        numbers.push(number);
    }
    numbers.dedup();
    assert_eq!(numbers.len(), 1, "a batch is there in part: {numbers:?}");
    numbers[0]
}

#[tokio::test]
#[ignore = "the process that `acknowledged_writes_survive_if_the_process_is_killed` starts and kills"]
async fn child_process_writes_until_it_is_killed() {
    let directory = PathBuf::from(std::env::var_os(DIRECTORY).unwrap());
    let (_storage, store) = take(&directory).await;
    for number in last_batch(&store).await + 1.. {
        let record = Bytes::from([&number.to_be_bytes()[..], &[7; 6_000]].concat());
        let batch = ADDRESSES.map(|address| (Arc::from(address), record.clone()));
        store.put_sessions_batch(&batch).await.unwrap();
        acknowledge(number);
    }
}

/// Runs the ignored test `test` as a child process, and kills it after it has acknowledged write number `target`.
/// Returns the last number that it acknowledged.
fn run_and_kill(test: &str, directory: &Path, target: u64) -> u64 {
    let mut child = Command::new(std::env::current_exe().unwrap())
        .args([test, "--exact", "--ignored", "--nocapture"])
        .env(DIRECTORY, directory)
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .unwrap();
    let mut lines = BufReader::new(child.stdout.take().unwrap()).lines();
    let mut acknowledged = 0;
    let mut hear = |line: String| {
        if let Some(number) = line.strip_prefix("wrote ") {
            acknowledged = number.parse().unwrap();
        }
        acknowledged
    };
    while hear(lines.next().expect("the child writes").unwrap()) < target {}
    child.kill().unwrap();
    child.wait().unwrap();
    for line in lines {
        hear(line.unwrap_or_default());
    }
    acknowledged
}

fn acknowledge(number: u64) {
    let mut output = std::io::stdout().lock();
    writeln!(output, "\nwrote {number}").unwrap();
    output.flush().unwrap();
}

#[tokio::test]
async fn acknowledged_writes_survive_if_the_process_is_killed() {
    let directory = tempfile::tempdir().unwrap();
    let mut total = 0;
    for kill in 0..KILLS {
        // Each round kills the process after a different number of writes.
        let acknowledged = run_and_kill(
            "crash::child_process_writes_until_it_is_killed",
            directory.path(),
            total + 1 + kill % 5,
        );
        let (storage, store) = take(directory.path()).await;
        total = last_batch(&store).await;
        assert!(
            total == acknowledged || total == acknowledged + 1,
            "{acknowledged} acknowledged, {total} there"
        );
        storage.close().await;
    }
}

/// The counter, and the number of the last event. Each transaction increases both by one.
async fn state_and_events(storage: &Storage) -> (u64, u64) {
    let mut tx = storage.read().await.unwrap();
    let count = tx.settings().get(COUNT).await.unwrap().map_or(0, |count| count.parse().unwrap());
    let Some(workspace) = tx.workspaces().all().await.unwrap().pop() else {
        return (count, 0);
    };
    let filter = EventFilter { limit: u32::MAX, ..EventFilter::default() };
    let events = tx.events().after(Reach::all_of(workspace.id), &filter).await.unwrap();
    let last = tx.events().last().await.unwrap().get();
    assert!(events.iter().map(|event| event.seq.get()).eq(1..=last), "no place is empty");
    (count, last)
}

#[tokio::test]
#[ignore = "the process that `a_change_and_its_event_are_stored_together_despite_a_kill` starts and kills"]
async fn child_process_counts_and_logs_until_it_is_killed() {
    let directory = PathBuf::from(std::env::var_os(DIRECTORY).unwrap());
    let (storage, _store) = take(&directory).await;
    let mut tx = storage.begin().await.unwrap();
    let workspace = match tx.workspaces().all().await.unwrap().pop() {
        Some(workspace) => workspace,
        None => {
            let workspace = crate::repositories::an_owner().0;
            tx.workspaces().insert(&workspace).await.unwrap();
            workspace
        }
    };
    tx.commit().await.unwrap();
    for number in state_and_events(&storage).await.0 + 1.. {
        let event = NewEvent {
            id: EventId::generate(workspace.created_at, &mut rand::rng()),
            workspace_id: workspace.id,
            account_id: None,
            occurred_at: workspace.created_at,
            payload: Payload::AccountUpdated { fields: vec!["x".repeat(3_000)] },
        };
        let mut tx = storage.begin().await.unwrap();
        tx.settings().put(COUNT, &number.to_string()).await.unwrap();
        tx.events().append(&event).await.unwrap();
        tx.commit().await.unwrap();
        acknowledge(number);
    }
}

#[tokio::test]
async fn a_change_and_its_event_are_stored_together_despite_a_kill() {
    let directory = tempfile::tempdir().unwrap();
    let mut total = 0;
    for kill in 0..FEWER_KILLS {
        let acknowledged = run_and_kill(
            "crash::child_process_counts_and_logs_until_it_is_killed",
            directory.path(),
            total + 1 + kill % 5,
        );
        let (storage, _store) = take(directory.path()).await;
        let (count, last) = state_and_events(&storage).await;
        assert_eq!(count, last, "what changed is what was logged");
        assert!(
            count == acknowledged || count == acknowledged + 1,
            "{acknowledged} acknowledged, {count} there"
        );
        total = count;
        storage.close().await;
    }
}
