//! A process that is killed in the middle of writing: what it was told is on disk is there, and nothing is half there.

use std::io::{BufRead, BufReader, Write as _};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::Arc;

use bytes::Bytes;
use linekeeper_model::clock::SystemClock;
use linekeeper_model::id::AccountId;
use linekeeper_storage::{Database, MasterKey, SessionStore, Storage, StorageOptions};
use wacore::store::traits::SignalStore;

const DIRECTORY: &str = "LINEKEEPER_TEST_CRASH_DIRECTORY";
const KILLS: u64 = 60;
/// One batch writes them all.
const ADDRESSES: [&str; 3] = ["a@c.us.0", "b@c.us.0", "c@c.us.0"];

async fn take(directory: &Path) -> (Storage, SessionStore) {
    let options = StorageOptions {
        database: Database::Sqlite { path: directory.join("linekeeper.db") },
        sessions_dir: directory.join("sessions"),
        master_key: MasterKey::read_or_create(&directory.join("master.key")).unwrap(),
        holder: format!("test:{}", std::process::id()),
    };
    let storage = Storage::open(options, Arc::new(SystemClock)).await.unwrap();
    let store = storage.vault().take(AccountId::from(uuid::Uuid::from_u128(7))).await.unwrap();
    (storage, store)
}

/// The number that the last batch wrote. All rows of a batch have the same.
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
#[ignore = "the process that `acknowledged_writes_survive_a_kill` starts and kills"]
async fn writes_until_killed() {
    let directory = PathBuf::from(std::env::var_os(DIRECTORY).unwrap());
    let (_storage, store) = take(&directory).await;
    for number in last_batch(&store).await + 1.. {
        let record = Bytes::from([&number.to_be_bytes()[..], &[7; 6_000]].concat());
        let batch = ADDRESSES.map(|address| (Arc::from(address), record.clone()));
        store.put_sessions_batch(&batch).await.unwrap();
        let mut output = std::io::stdout().lock();
        writeln!(output, "\nwrote {number}").unwrap();
        output.flush().unwrap();
    }
}

#[tokio::test]
async fn acknowledged_writes_survive_a_kill() {
    let directory = tempfile::tempdir().unwrap();
    let mut total = 0;
    for kill in 0..KILLS {
        let mut child = Command::new(std::env::current_exe().unwrap())
            .args(["crash::writes_until_killed", "--exact", "--ignored", "--nocapture"])
            .env(DIRECTORY, directory.path())
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
        // Each time after another number of writes: from the first on, at some point of the next.
        let target = total + 1 + kill % 5;
        while hear(lines.next().expect("the child writes").unwrap()) < target {}
        child.kill().unwrap();
        child.wait().unwrap();
        for line in lines {
            hear(line.unwrap_or_default());
        }
        let (storage, store) = take(directory.path()).await;
        total = last_batch(&store).await;
        assert!(
            total == acknowledged || total == acknowledged + 1,
            "{acknowledged} acknowledged, {total} there"
        );
        storage.close().await;
    }
}
