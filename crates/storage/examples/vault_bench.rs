//! Measures how long a write to the vault takes on this machine: `cargo run -p linekeeper-storage --example
//! vault_bench --release`. SQLite writes to the disk of the temporary directory (`TMPDIR`). PostgreSQL is measured
//! if `LINEKEEPER_TEST_POSTGRES` names a server.

use std::sync::Arc;
use std::time::{Duration, Instant};

use bytes::Bytes;
use linekeeper_model::id::AccountId;
use linekeeper_storage::testing::Databases;
use linekeeper_storage::{SessionStore, Storage};
use tokio::task::JoinSet;
use wacore::store::traits::SignalStore;

/// About the size of a Signal session.
const RECORD: [u8; 4096] = [7; 4096];
/// The number of writes of all writers together.
const WRITES: u32 = 1_280;

#[tokio::main]
#[expect(clippy::print_stdout, reason = "its output is what it is for")]
async fn main() {
    let mut databases = vec![Databases::sqlite()];
    if std::env::var_os("LINEKEEPER_TEST_POSTGRES").is_some() {
        databases.push(Databases::postgres().await);
    }
    for database in databases {
        let storage = database.open().await;
        for writers in [1, 8, 64] {
            let (latency, per_second) = put_session(&storage, writers).await;
            println!(
                "{}: put_session, {writers:2} accounts: {latency:.2} ms each, {per_second:.0} a second",
                database.name()
            );
        }
        println!("{}: 812 prekeys: {:.1} ms", database.name(), millis(prekeys(&storage).await));
        println!("{}: get_session: {:.3} ms", database.name(), millis(get_session(&storage).await));
        storage.close().await;
    }
}

async fn store(storage: &Storage) -> Arc<SessionStore> {
    let account = AccountId::from(uuid::Uuid::from_u128(rand::random()));
    Arc::new(storage.vault().take(account).await.expect("the vault is open"))
}

/// Returns the milliseconds that one call takes, and the calls per second of all writers together.
async fn put_session(storage: &Storage, writers: u32) -> (f64, f64) {
    let mut stores = Vec::new();
    for _ in 0..writers {
        stores.push(store(storage).await);
    }
    let (mut tasks, begun) = (JoinSet::new(), Instant::now());
    for store in stores {
        tasks.spawn(async move {
            let begun = Instant::now();
            for count in 0..WRITES / writers {
                let address = format!("{count}@c.us.0");
                store.put_session(&address, &RECORD).await.expect("the vault takes writes");
            }
            begun.elapsed() / (WRITES / writers)
        });
    }
    let latencies = tasks.join_all().await;
    let per_second = f64::from(WRITES / writers * writers) / begun.elapsed().as_secs_f64();
    (millis(latencies.iter().sum::<Duration>() / writers), per_second)
}

async fn prekeys(storage: &Storage) -> Duration {
    let store = store(storage).await;
    let keys: Vec<_> = (1..=812).map(|id| (id, Bytes::from(vec![7; 96]))).collect();
    let begun = Instant::now();
    store.store_prekeys_batch(&keys, false).await.expect("the vault takes writes");
    begun.elapsed()
}

async fn get_session(storage: &Storage) -> Duration {
    let store = store(storage).await;
    store.put_session("a@c.us.0", &RECORD).await.expect("the vault takes writes");
    let begun = Instant::now();
    for _ in 0..1_000 {
        store.get_session("a@c.us.0").await.expect("the row is there");
    }
    begun.elapsed() / 1_000
}

fn millis(duration: Duration) -> f64 {
    duration.as_secs_f64() * 1e3
}
