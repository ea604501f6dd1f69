//! The rotation from one master key to another: interrupted after every step, under load, and with keys from files
//! and from the environment.

use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use linekeeper_model::clock::SystemClock;
use linekeeper_storage::testing::{Databases, TestDatabase};
use linekeeper_storage::{
    Fingerprint, KeyFiles, KeyRing, KeyRotation, MasterKey, MasterKeyError, OpenError, RotationError,
    RotationStep, Storage, VaultError,
};
use tokio::task::JoinSet;
use wacore::store::traits::SignalStore;

use crate::session::an_account;

/// The path of the key file of a test database.
fn key_file(database: &TestDatabase) -> PathBuf {
    database.data_dir().join("master.key")
}

async fn open_with(database: &TestDatabase, keys: impl Into<KeyRing>) -> Result<Storage, OpenError> {
    Storage::open(database.options_with(keys, "test:2"), Arc::new(SystemClock)).await
}

/// Does all remaining steps.
async fn finish(rotation: &mut KeyRotation) -> Vec<RotationStep> {
    let mut steps = Vec::new();
    while let Some(step) = rotation.step().await.unwrap() {
        steps.push(step);
    }
    steps
}

/// The fingerprints of the master keys that wrapped the data keys, read directly from the database.
async fn names_on_disk(database: &TestDatabase) -> Vec<String> {
    let wrapped = database.inspect_vault().await.data_keys().await;
    let mut names: Vec<String> = wrapped.iter().map(|record| hex::encode(&record[1..5])).collect();
    names.dedup();
    names
}

/// Asserts that the new key alone decrypts all data keys, and that the old key decrypts none.
async fn assert_rotated(database: &TestDatabase, old: &MasterKey, new: Fingerprint) {
    assert_eq!(names_on_disk(database).await, [new.to_string()]);
    let refused = open_with(database, old.clone()).await.unwrap_err();
    assert!(matches!(refused, OpenError::WrongKey), "{refused:?}");
    let files = KeyFiles::at(key_file(database));
    let present = MasterKey::read(files.current()).unwrap();
    assert_eq!(present.fingerprint(), new);
    assert_eq!(MasterKey::read(&files.previous()).unwrap().fingerprint(), old.fingerprint());
    assert!(!files.next().exists());
    open_with(database, present).await.unwrap().close().await;
}

#[tokio::test]
async fn an_interrupted_key_rotation_is_completed_later_with_the_same_new_key() {
    for database in Databases::each().await {
        let storage = database.open().await;
        let account = an_account();
        storage.vault().take(account).await.unwrap().put_session("a", b"kept").await.unwrap();
        let old = MasterKey::read(&key_file(&database)).unwrap();
        let mut new = None;
        // Each round does one step more than the round before, until a round does all of them.
        for steps in 0.. {
            let process = database.open().await;
            let mut rotation = KeyRotation::begin(&process, None).await.unwrap();
            assert_eq!(*new.get_or_insert(rotation.key()), rotation.key(), "after {steps} steps");
            let mut last = None;
            for _ in 0..=steps {
                last = rotation.step().await.unwrap();
            }
            process.close().await;
            // This process was opened before the rotation and has not taken part in it.
            let store = storage.vault().take(account).await.unwrap();
            assert_eq!(store.get_session("a").await.unwrap().as_deref(), Some(&b"kept"[..]));
            if last == Some(RotationStep::Finished) {
                break;
            }
        }
        assert_rotated(&database, &old, new.unwrap()).await;
        storage.close().await;
        // Another rotation would overwrite the old key, which older backups still need.
        let process = database.open().await;
        let refused = KeyRotation::begin(&process, None).await.err().unwrap();
        assert!(
            matches!(refused, RotationError::MasterKey(MasterKeyError::PreviousInTheWay(_))),
            "{refused}"
        );
        std::fs::remove_file(KeyFiles::at(key_file(&database)).previous()).unwrap();
        let mut second = KeyRotation::begin(&process, None).await.unwrap();
        assert_ne!(Some(second.key()), new);
        finish(&mut second).await;
    }
}

#[tokio::test]
async fn a_rotation_interrupted_between_swapping_the_two_files_continues() {
    for database in Databases::each().await {
        let storage = database.open().await;
        let old = MasterKey::read(&key_file(&database)).unwrap();
        let files = KeyFiles::at(key_file(&database));
        let mut rotation = KeyRotation::begin(&storage, None).await.unwrap();
        while !matches!(rotation.step().await.unwrap(), Some(RotationStep::Proven(_))) {}
        std::fs::hard_link(files.current(), files.previous()).unwrap();
        let mut again = KeyRotation::begin(&database.open().await, None).await.unwrap();
        assert_eq!(again.key(), rotation.key());
        finish(&mut again).await;
        assert_rotated(&database, &old, again.key()).await;
    }
}

/// During the whole rotation, 24 sessions read and write, and accounts are created and deleted.
#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn sessions_can_be_used_during_a_rotation() {
    for database in Databases::each().await {
        let server = database.open().await;
        let old = MasterKey::read(&key_file(&database)).unwrap();
        let (rotated, mut tasks) = (Arc::new(AtomicBool::new(false)), JoinSet::new());
        for task in 0..24_u32 {
            let (server, rotated) = (server.clone(), rotated.clone());
            tasks.spawn(async move {
                let account = an_account();
                let mut store = server.vault().take(account).await.unwrap();
                let (mut round, mut last) = (0_u32, false);
                while !last {
                    // Do one more round after the rotation has finished.
                    last = rotated.load(Ordering::Acquire);
                    round += 1;
                    let value = round.to_be_bytes();
                    store.put_session("a", &value).await.unwrap();
                    assert_eq!(store.get_session("a").await.unwrap().as_deref(), Some(&value[..]));
                    if (round + task).is_multiple_of(3) {
                        store = server.vault().take(account).await.unwrap();
                    }
                    if (round + task).is_multiple_of(4) {
                        let guest = an_account();
                        let guests = server.vault().take(guest).await.unwrap();
                        guests.put_session("a", b"guest").await.unwrap();
                        server.vault().destroy(guest).await.unwrap();
                    }
                }
                (account, round)
            });
        }
        let process = database.open().await;
        let mut rotation = KeyRotation::begin(&process, None).await.unwrap();
        finish(&mut rotation).await;
        process.close().await;
        rotated.store(true, Ordering::Release);
        let sessions = tasks.join_all().await;
        server.close().await;
        assert_rotated(&database, &old, rotation.key()).await;
        let server = open_with(&database, MasterKey::read(&key_file(&database)).unwrap()).await.unwrap();
        for (account, round) in sessions {
            let store = server.vault().take(account).await.unwrap();
            assert_eq!(store.get_session("a").await.unwrap().as_deref(), Some(&round.to_be_bytes()[..]));
        }
    }
}

/// A server with its own copy of the key file does not get the new key. It must report this before somebody tries
/// to link a phone.
#[tokio::test]
async fn a_process_with_outdated_keys_notices_the_rotation() {
    for database in Databases::each().await {
        let process = database.open().await;
        let server = open_with(&database, MasterKey::read(&key_file(&database)).unwrap()).await.unwrap();
        server.vault().can_seal().await.unwrap();
        finish(&mut KeyRotation::begin(&process, None).await.unwrap()).await;
        let left_behind = server.vault().can_seal().await.unwrap_err();
        assert!(matches!(left_behind, VaultError::Unreadable { .. }), "{left_behind:?}");
        process.vault().can_seal().await.unwrap();
    }
}

#[tokio::test]
async fn a_process_from_before_the_rotation_wraps_a_data_key_with_the_new_key() {
    for database in Databases::each().await {
        let server = database.open().await;
        let process = database.open().await;
        let mut rotation = KeyRotation::begin(&process, None).await.unwrap();
        assert!(matches!(rotation.step().await.unwrap(), Some(RotationStep::Switched(_))));
        server.vault().take(an_account()).await.unwrap();
        let usage = process.vault().key_use().await.unwrap();
        assert!(usage.rotating && usage.writing == rotation.key());
        assert_eq!(usage.data_keys.get(&rotation.key()), Some(&1), "{usage:?}");
        assert_eq!(usage.data_keys.values().sum::<u64>(), 2, "{usage:?}");
    }
}

#[tokio::test]
async fn keys_from_the_environment_can_be_rotated_if_both_keys_are_given() {
    for database in Databases::each().await {
        let [old, new] = [(); 2].map(|()| MasterKey::generate(&mut rand::rng()));
        let storage = open_with(&database, old.clone()).await.unwrap();
        let account = an_account();
        storage.vault().take(account).await.unwrap().put_session("a", b"kept").await.unwrap();
        let refused = KeyRotation::begin(&storage, None).await.err().unwrap();
        assert!(matches!(refused, RotationError::NoNewKey), "{refused}");
        let refused = KeyRotation::begin(&storage, Some(new.clone())).await.err().unwrap();
        assert!(matches!(refused, RotationError::NotInFiles), "{refused}");
        storage.close().await;

        let both = KeyRing::given(new.clone(), vec![old.clone()]);
        let storage = open_with(&database, both).await.unwrap();
        storage.vault().take(an_account()).await.unwrap();
        assert_eq!(
            names_on_disk(&database).await,
            [old.fingerprint().to_string()],
            "not before it is asked for"
        );
        finish(&mut KeyRotation::begin(&storage, None).await.unwrap()).await;
        storage.close().await;
        assert_eq!(names_on_disk(&database).await, [new.fingerprint().to_string()]);
        assert!(matches!(open_with(&database, old).await, Err(OpenError::WrongKey)));
        let storage = open_with(&database, new).await.unwrap();
        let store = storage.vault().take(account).await.unwrap();
        assert_eq!(store.get_session("a").await.unwrap().as_deref(), Some(&b"kept"[..]));
    }
}

#[tokio::test]
async fn a_process_without_the_new_key_cannot_create_a_session() {
    for database in Databases::each().await {
        let old = MasterKey::read_or_create(&key_file(&database)).unwrap();
        let server = open_with(&database, old).await.unwrap();
        finish(&mut KeyRotation::begin(&database.open().await, None).await.unwrap()).await;
        let refused = server.vault().take(an_account()).await;
        assert!(matches!(refused, Err(VaultError::Unreadable { what: "writing key", .. })), "{refused:?}");
        assert_eq!(database.inspect_vault().await.count("vault_leases").await, 0, "nothing is left of it");
    }
}

#[tokio::test]
async fn a_damaged_data_key_is_not_changed_and_its_account_is_reported() {
    for database in Databases::each().await {
        let storage = database.open().await;
        let (whole, damaged) = (an_account(), an_account());
        storage.vault().take(whole).await.unwrap();
        storage.vault().take(damaged).await.unwrap();
        let inspector = database.inspect_vault().await;
        inspector
            .execute(
                "UPDATE data_keys SET id = id + 1000 WHERE session = (SELECT MAX(session) FROM data_keys)",
            )
            .await;
        let mut rotation = KeyRotation::begin(&storage, None).await.unwrap();
        let refused = loop {
            match rotation.step().await {
                Ok(step) => assert!(step.is_some(), "it must not end"),
                Err(error) => break error,
            }
        };
        assert!(
            matches!(refused, RotationError::Damaged(ref accounts) if *accounts == [Some(damaged)]),
            "{refused}"
        );
        assert!(KeyFiles::at(key_file(&database)).next().exists(), "both keys are kept");
        storage.vault().take(whole).await.unwrap();
        storage.vault().destroy(damaged).await.unwrap();
        let mut again = KeyRotation::begin(&storage, None).await.unwrap();
        assert_eq!(again.key(), rotation.key());
        finish(&mut again).await;
    }
}

#[tokio::test]
async fn a_rotation_without_its_new_key_fails_and_names_the_missing_key() {
    let database = Databases::sqlite();
    let storage = database.open().await;
    let files = KeyFiles::at(key_file(&database));
    let mut rotation = KeyRotation::begin(&storage, None).await.unwrap();
    let other = MasterKey::generate(&mut rand::rng());
    let refused = KeyRotation::begin(&storage, Some(other)).await.err().unwrap();
    assert!(matches!(refused, RotationError::UnderWay(key) if key == rotation.key()), "{refused}");
    rotation.step().await.unwrap();
    let away = database.data_dir().join("away");
    std::fs::rename(files.next(), &away).unwrap();
    let process = database.open().await;
    let refused = KeyRotation::begin(&process, None).await.err().unwrap();
    assert!(matches!(refused, RotationError::KeyGone { name, .. } if name == rotation.key()), "{refused}");
    std::fs::rename(&away, files.next()).unwrap();
    finish(&mut KeyRotation::begin(&process, None).await.unwrap()).await;
}

/// The vault comes from a version that did not store the writing key.
#[tokio::test]
async fn a_vault_from_an_older_version_keeps_its_master_key() {
    for database in Databases::each().await {
        database.open().await.close().await;
        let inspector = database.inspect_vault().await;
        inspector.execute("DELETE FROM vault_writing_key").await;
        let old = MasterKey::read(&key_file(&database)).unwrap();
        let ring = KeyRing::given(MasterKey::generate(&mut rand::rng()), vec![old.clone()]);
        let storage = open_with(&database, ring).await.unwrap();
        assert_eq!(storage.vault().key_use().await.unwrap().writing, old.fingerprint());
    }
}
