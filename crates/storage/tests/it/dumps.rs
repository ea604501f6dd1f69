//! Dumps: each kind of database can be restored into each kind, completely or not at all, and a dump contains no
//! readable data.

use std::fs::{self, File};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use linekeeper_model::clock::SystemClock;
use linekeeper_model::event::{NewEvent, Payload};
use linekeeper_model::id::EventId;
use linekeeper_storage::testing::{Databases, TestDatabase};
use linekeeper_storage::{
    KeyRing, Manifest, MasterKey, RestoreError, Storage, StorageOptions, StreamError, restore,
};
use tokio::task::JoinSet;
use wacore::store::traits::SignalStore;

use crate::repositories::with_owner;
use crate::sealing::{fill, insert_account};
use crate::session::an_account;

const COUNT: &str = "count";

/// The path for a dump, in the directory of the database.
fn dump_file(database: &TestDatabase) -> PathBuf {
    database.data_dir().join("dump")
}

async fn dump(storage: &Storage, to: &Path) -> Manifest {
    storage.dump(File::create(to).unwrap(), "1.2.3").await.unwrap()
}

/// Options for the database `target` with the keys of the database `keys`.
fn options(target: &TestDatabase, keys: &TestDatabase) -> StorageOptions {
    target.options_with(MasterKey::read(&keys.data_dir().join("master.key")).unwrap(), "test:2")
}

async fn restored(from: &Path, target: &TestDatabase, keys: &TestDatabase) -> Result<Manifest, RestoreError> {
    restore(File::open(from).unwrap(), options(target, keys), Arc::new(SystemClock)).await
}

/// Asserts that a refused restore has created nothing: no file with SQLite, no table with PostgreSQL.
async fn assert_nothing_in(target: &TestDatabase) {
    for file in ["linekeeper.db", "sessions/vault.db", "restoring", "sessions/restoring"] {
        assert!(!target.data_dir().join(file).exists(), "{file}");
    }
    if target.name() == "postgres" {
        assert_eq!(target.inspect_product().await.tables().await, Vec::<String>::new());
    }
}

#[tokio::test]
async fn a_dump_of_each_kind_of_database_can_be_restored_into_each_kind() {
    for source in Databases::each().await {
        let storage = source.open().await;
        let account = an_account();
        let store = storage.vault().take(account).await.unwrap();
        fill(&store, "15551234567", [7; 32]).await;
        store.put_session("a", b"kept").await.unwrap();
        insert_account(&storage, "15551234567").await;
        let manifest = dump(&storage, &dump_file(&source)).await;
        assert_eq!((manifest.rows_of("accounts"), manifest.rows_of("vault_leases")), (1, 1));
        assert!(manifest.rows_of("vault_rows") > 10);

        for target in Databases::each().await {
            let told = restored(&dump_file(&source), &target, &source).await.unwrap();
            assert_eq!(told, manifest);
            let storage = Storage::open(options(&target, &source), Arc::new(SystemClock)).await.unwrap();
            let store = storage.vault().take(account).await.unwrap();
            assert_eq!(store.get_session("a").await.unwrap().as_deref(), Some(&b"kept"[..]));
            let mut tx = storage.read().await.unwrap();
            let workspace = tx.workspaces().all().await.unwrap().pop().unwrap();
            let accounts = tx.accounts().all(workspace.id, "").await.unwrap();
            assert_eq!(accounts[0].identity.phone, Some("+15551234567".parse().unwrap()));
            drop(tx);
            // A dump of the restored database has the same rows. Only the epoch of one lease is greater.
            let again = dump(&storage, &dump_file(&target)).await;
            assert_eq!(again.tables, manifest.tables, "{} into {}", source.name(), target.name());
            // The restored tables must have their constraints.
            let orphan = "UPDATE accounts SET workspace_id = 'nobody'";
            assert!(target.inspect_product().await.try_execute(orphan).await.is_err(), "{}", target.name());
        }
    }
}

/// The test reads the names of the tables from the database, and not with the code that makes dumps.
#[tokio::test]
async fn every_table_is_in_the_dump() {
    for database in Databases::each().await {
        let storage = database.open().await;
        let manifest = dump(&storage, &dump_file(&database)).await;
        let mut there = database.inspect_product().await.tables().await;
        there.extend(database.inspect_vault().await.tables().await);
        there.sort();
        there.dedup();
        let mut dumped: Vec<String> = manifest.tables.iter().map(|table| table.name.clone()).collect();
        dumped.push("schema_history".to_owned());
        dumped.sort();
        assert_eq!(dumped, there, "{}", database.name());
        assert!(there.len() > 12);
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn a_dump_shows_the_state_of_one_moment() {
    for source in Databases::each().await {
        let storage = source.open().await;
        let (workspace, _) = with_owner(&storage).await;
        let (done, mut tasks) = (Arc::new(AtomicBool::new(false)), JoinSet::new());
        let (writer, stop) = (storage.clone(), done.clone());
        tasks.spawn(async move {
            for number in 1_u64.. {
                let event = NewEvent {
                    id: EventId::generate(workspace.created_at, &mut rand::rng()),
                    workspace_id: workspace.id,
                    account_id: None,
                    occurred_at: workspace.created_at,
                    payload: Payload::AccountUpdated { fields: vec!["x".repeat(2_000)] },
                };
                let mut tx = writer.begin().await.unwrap();
                tx.settings().put(COUNT, &number.to_string()).await.unwrap();
                tx.events().append(&event).await.unwrap();
                tx.commit().await.unwrap();
                if stop.load(Ordering::Acquire) {
                    return;
                }
            }
        });
        let (writer, stop) = (storage.clone(), done.clone());
        tasks.spawn(async move {
            while !stop.load(Ordering::Acquire) {
                let account = an_account();
                let store = writer.vault().take(account).await.unwrap();
                let batch = ["a", "b"].map(|address| (Arc::from(address), bytes::Bytes::from_static(b"x")));
                store.put_sessions_batch(&batch).await.unwrap();
                writer.vault().destroy(account).await.unwrap();
            }
        });
        for round in 0..3 {
            let target = Databases::sqlite();
            let file = source.data_dir().join(round.to_string());
            let manifest = dump(&storage, &file).await;
            restored(&file, &target, &source).await.unwrap();
            let copy = Storage::open(options(&target, &source), Arc::new(SystemClock)).await.unwrap();
            let mut tx = copy.read().await.unwrap();
            let count = tx.settings().get(COUNT).await.unwrap().map_or(0, |count| count.parse().unwrap());
            assert_eq!(manifest.rows_of("events"), count, "what changed is what was logged");
            let sessions = manifest.rows_of("vault_leases");
            assert_eq!(manifest.rows_of("data_keys"), sessions + 1, "no session lacks its key");
        }
        done.store(true, Ordering::Release);
        tasks.join_all().await;
    }
}

/// The reader continued after the backup was made. So it has seen event numbers that the restored log would use
/// again for other events.
#[tokio::test]
async fn after_a_restore_an_event_reader_can_detect_that_events_were_lost() {
    for source in Databases::each().await {
        let storage = source.open().await;
        let (workspace, _) = with_owner(&storage).await;
        let event = || NewEvent {
            id: EventId::generate(workspace.created_at, &mut rand::rng()),
            workspace_id: workspace.id,
            account_id: None,
            occurred_at: workspace.created_at,
            payload: Payload::AccountUpdated { fields: vec!["x".to_owned()] },
        };
        let append = async |storage: &Storage| {
            let mut tx = storage.begin().await.unwrap();
            let seq = tx.events().append(&event()).await.unwrap();
            tx.commit().await.unwrap();
            seq
        };
        append(&storage).await;
        dump(&storage, &dump_file(&source)).await;
        let lost = append(&storage).await;
        for target in Databases::each().await {
            restored(&dump_file(&source), &target, &source).await.unwrap();
            let copy = Storage::open(options(&target, &source), Arc::new(SystemClock)).await.unwrap();
            let extent = copy.read().await.unwrap().events().extent().await.unwrap();
            assert!(extent.pruned > lost, "{extent:?}");
            let next = append(&copy).await;
            assert!(next > extent.last && extent.pruned <= extent.last, "{next:?} {extent:?}");
        }
    }
}

#[tokio::test]
async fn a_damaged_dump_or_a_dump_with_another_key_changes_nothing() {
    let source = Databases::sqlite();
    let storage = source.open().await;
    fill(&storage.vault().take(an_account()).await.unwrap(), "15551234567", [7; 32]).await;
    insert_account(&storage, "15551234567").await;
    let whole = dump_file(&source);
    dump(&storage, &whole).await;
    let bytes = fs::read(&whole).unwrap();
    let damaged = source.data_dir().join("damaged");
    for target in Databases::each().await {
        let lengths = [0, 10, 51, 52, 100, bytes.len() / 2, bytes.len() - 1];
        for length in lengths {
            fs::write(&damaged, &bytes[..length]).unwrap();
            let refused = restored(&damaged, &target, &source).await.unwrap_err();
            assert!(matches!(refused, RestoreError::Sealed(_)), "{length}: {refused:?}");
        }
        for at in [0, 17, 30, 60, bytes.len() / 2, bytes.len() - 1] {
            let mut altered = bytes.clone();
            altered[at] ^= 1;
            fs::write(&damaged, &altered).unwrap();
            let refused = restored(&damaged, &target, &source).await.unwrap_err();
            assert!(matches!(refused, RestoreError::Sealed(_)), "{at}: {refused:?}");
        }
        let other = KeyRing::from(MasterKey::generate(&mut rand::rng()));
        let keys = target.options_with(other, "test:2");
        let refused = restore(File::open(&whole).unwrap(), keys, Arc::new(SystemClock)).await.unwrap_err();
        let ours = MasterKey::read(&source.data_dir().join("master.key")).unwrap().fingerprint();
        let named = matches!(refused, RestoreError::Sealed(StreamError::OtherKey(key)) if key == ours);
        assert!(named, "{refused:?}");
        assert_nothing_in(&target).await;
    }
}

#[tokio::test]
async fn a_dump_of_a_newer_version_is_refused() {
    for (area, source) in ["product", "vault"].into_iter().zip(Databases::each().await) {
        let storage = source.open().await;
        let inspector =
            if area == "vault" { source.inspect_vault().await } else { source.inspect_product().await };
        let future =
            format!("INSERT INTO schema_history (area, version, name) VALUES ('{area}', 99, 'future')");
        inspector.execute(&future).await;
        dump(&storage, &dump_file(&source)).await;
        for target in Databases::each().await {
            let refused = restored(&dump_file(&source), &target, &source).await.unwrap_err();
            let newer = matches!(refused, RestoreError::Newer { what, found: 99, .. } if what == area);
            assert!(newer, "{refused:?}");
            assert!(refused.to_string().contains("1.2.3"), "{refused}");
            assert_nothing_in(&target).await;
        }
    }
}

#[tokio::test]
async fn a_dump_is_restored_only_into_an_unused_installation() {
    let source = Databases::sqlite();
    let storage = source.open().await;
    insert_account(&storage, "15551234567").await;
    let manifest = dump(&storage, &dump_file(&source)).await;
    for target in Databases::each().await {
        // The target was started once, with a different key. It counts as unused, because nobody has stored data
        // in it.
        target.open().await.close().await;
        assert_eq!(restored(&dump_file(&source), &target, &source).await.unwrap(), manifest);
        let refused = restored(&dump_file(&source), &target, &source).await.unwrap_err();
        assert!(matches!(refused, RestoreError::NotEmpty(_)), "{refused:?}");
        assert!(refused.to_string().contains("1 in accounts"), "{refused}");
        let storage = Storage::open(options(&target, &source), Arc::new(SystemClock)).await.unwrap();
        assert_eq!(storage.read().await.unwrap().workspaces().all().await.unwrap().len(), 1);
    }
}

#[tokio::test]
async fn a_restore_is_refused_if_the_database_has_tables_of_another_program() {
    let source = Databases::sqlite();
    dump(&source.open().await, &dump_file(&source)).await;
    let target = Databases::postgres().await;
    let inspector = target.inspect_product().await;
    inspector.execute("CREATE TABLE users (name TEXT)").await;
    let refused = restored(&dump_file(&source), &target, &source).await.unwrap_err();
    assert!(refused.to_string().contains("another program: users"), "{refused}");
    assert_eq!(inspector.tables().await, ["users"]);
}

#[tokio::test]
async fn a_dump_contains_no_plain_text() {
    for database in Databases::each().await {
        let storage = database.open().await;
        fill(&storage.vault().take(an_account()).await.unwrap(), "15551234567", [7; 32]).await;
        insert_account(&storage, "15551234567").await;
        dump(&storage, &dump_file(&database)).await;
        let bytes = fs::read(dump_file(&database)).unwrap();
        let key = fs::read_to_string(database.data_dir().join("master.key")).unwrap();
        let key = hex::decode(key.trim()).unwrap();
        let planted: [&[u8]; 9] = [
            b"15551234567",
            b"100000012345678",
            b"Shop window",
            b"Anastasia",
            b"contact 4711",
            b"hunter2",
            b"accounts",
            b"@example.org",
            &key,
        ];
        for secret in planted {
            let found = bytes.windows(secret.len()).any(|window| window == secret);
            assert!(!found, "{} shows {}", database.name(), String::from_utf8_lossy(secret));
        }
    }
}

/// `/dev/full` is a device of the kernel that behaves like a full disk.
#[tokio::test]
async fn a_dump_to_a_full_disk_fails_with_a_file_error() {
    for database in Databases::each().await {
        let storage = database.open().await;
        fill(&storage.vault().take(an_account()).await.unwrap(), "15551234567", [7; 32]).await;
        let full = fs::OpenOptions::new().write(true).open("/dev/full").unwrap();
        let refused = storage.dump(full, "1.2.3").await.unwrap_err();
        assert!(matches!(refused, linekeeper_storage::DumpError::File(_)), "{refused:?}");
        storage.ping().await.unwrap();
    }
}
