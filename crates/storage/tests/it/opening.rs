//! Opening the storage: for the first time, again, by several processes at the same time, and with the wrong key.

use std::os::unix::fs::PermissionsExt;

use linekeeper_model::clock::SystemClock;
use linekeeper_storage::testing::Databases;
use linekeeper_storage::{Fault, MasterKey, OpenError, Storage, StorageError};
use tokio::task::JoinSet;
use wacore::store::traits::SignalStore;

use crate::session::{an_account, cause};

fn open(options: linekeeper_storage::StorageOptions) -> impl Future<Output = Result<Storage, OpenError>> {
    Storage::open(options, std::sync::Arc::new(SystemClock))
}

#[tokio::test]
async fn a_session_survives_a_restart_of_the_process() {
    for database in Databases::each().await {
        let account = an_account();
        let storage = database.open().await;
        storage.vault().take(account).await.unwrap().put_session("a", b"kept").await.unwrap();
        storage.close().await;
        let storage = database.open().await;
        let store = storage.vault().take(account).await.unwrap();
        assert_eq!(store.get_session("a").await.unwrap().as_deref(), Some(&b"kept"[..]));
        storage.ping().await.unwrap();
    }
}

#[tokio::test]
async fn with_another_master_key_opening_fails_and_the_error_says_why() {
    for database in Databases::each().await {
        let account = an_account();
        let storage = database.open().await;
        storage.vault().take(account).await.unwrap().put_session("a", b"kept").await.unwrap();
        storage.close().await;

        let other = database.options_with(MasterKey::generate(&mut rand::rng()), "test:2");
        let error = open(other).await.unwrap_err();
        assert!(matches!(error, OpenError::WrongKey), "{error:?}");
        assert!(error.to_string().contains("ENCRYPTION_KEY"), "{error}");

        let storage = database.open().await;
        let store = storage.vault().take(account).await.unwrap();
        assert_eq!(
            store.get_session("a").await.unwrap().as_deref(),
            Some(&b"kept"[..]),
            "nothing was changed"
        );
    }
}

#[tokio::test]
async fn a_vault_whose_database_is_missing_is_not_opened_as_a_new_installation() {
    for emptied in [true, false] {
        let database = Databases::sqlite();
        let file = database.data_dir().join("linekeeper.db");
        let storage = database.open().await;
        storage.close().await;
        std::fs::remove_file(&file).unwrap();
        // Without any session, the storage opens even if the database is missing, because nothing is lost. So create a
        // session.
        let storage = database.open().await;
        let account = an_account();
        storage.vault().take(account).await.unwrap().put_session("a", b"kept").await.unwrap();
        storage.close().await;

        let away = database.data_dir().join("away.db");
        std::fs::rename(&file, &away).unwrap();
        if emptied {
            std::fs::write(&file, "").unwrap();
        }
        let error = open(database.options("test")).await.unwrap_err();
        assert!(matches!(error, OpenError::LostDatabase { .. }), "{error:?}");
        assert!(error.to_string().contains("linekeeper.db is missing or empty"), "{error}");
        assert_eq!(file.exists(), emptied, "nothing was made");

        std::fs::rename(&away, &file).unwrap();
        let storage = database.open().await;
        let store = storage.vault().take(account).await.unwrap();
        assert_eq!(store.get_session("a").await.unwrap().as_deref(), Some(&b"kept"[..]));
    }
}

#[tokio::test]
async fn a_vault_whose_database_has_empty_tables_is_not_opened() {
    for database in Databases::each().await {
        let storage = database.open().await;
        storage.vault().take(an_account()).await.unwrap().put_session("a", b"kept").await.unwrap();
        storage.close().await;
        database.inspect_product().await.execute("DELETE FROM settings").await;
        let error = open(database.options("test")).await.unwrap_err();
        assert!(matches!(error, OpenError::LostDatabase { .. }), "{}: {error:?}", database.name());
    }
}

/// This happens, for example, when an operator runs a command while the server starts with the same new data directory.
#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn many_processes_can_open_a_new_database_at_once() {
    for database in Databases::each().await {
        let mut openers = JoinSet::new();
        for opener in 0..6 {
            openers.spawn(open(database.options(&format!("test:{opener}"))));
        }
        let storages = openers.join_all().await;
        let account = an_account();
        for storage in storages {
            let storage = storage.unwrap();
            storage.vault().take(account).await.unwrap().put_session("a", b"kept").await.unwrap();
            storage.ping().await.unwrap();
        }
        assert_eq!(database.inspect_vault().await.count("data_keys").await, 2);
    }
}

#[tokio::test]
async fn database_files_are_readable_only_by_their_owner() {
    let database = Databases::sqlite();
    let storage = database.open().await;
    storage.vault().take(an_account()).await.unwrap().put_session("a", b"b").await.unwrap();
    let mode = |path: &std::path::Path| path.metadata().unwrap().permissions().mode() & 0o777;
    assert_eq!(mode(&database.sessions_dir()), 0o700);
    let files = [database.data_dir(), &database.sessions_dir()]
        .map(|directory| std::fs::read_dir(directory).unwrap());
    let files: Vec<_> = files
        .into_iter()
        .flatten()
        .map(|entry| entry.unwrap().path())
        .filter(|path| path.is_file())
        .collect();
    assert!(files.iter().any(|file| file.ends_with("vault.db-wal")), "{files:?}");
    for file in files {
        assert_eq!(mode(&file), 0o600, "{}", file.display());
    }
}

#[tokio::test]
async fn a_vault_of_another_installation_is_refused() {
    let (ours, other) = (Databases::sqlite(), Databases::sqlite());
    ours.open().await.close().await;
    other.open().await.close().await;
    std::fs::copy(other.sessions_dir().join("vault.db"), ours.sessions_dir().join("vault.db")).unwrap();
    let other_key = MasterKey::read(&other.data_dir().join("master.key")).unwrap();
    let error = open(ours.options_with(other_key, "test:1")).await.unwrap_err();
    assert!(matches!(error, OpenError::ForeignVault), "{error:?}");

    std::fs::remove_file(ours.sessions_dir().join("vault.db")).unwrap();
    let error = open(ours.options("test:1")).await.unwrap_err();
    assert!(matches!(error, OpenError::ForeignVault), "a lost vault is not quietly made anew: {error:?}");
}

#[tokio::test]
async fn a_database_of_a_newer_version_is_refused_and_not_changed() {
    for database in Databases::each().await {
        database.open().await.close().await;
        let inspector = database.inspect_vault().await;
        let future = "INSERT INTO schema_history (area, version, name) VALUES ('vault', 99, 'future')";
        inspector.execute(future).await;
        let error = open(database.options("test:1")).await.unwrap_err();
        assert!(matches!(error, OpenError::Newer { which: "vault", found: 99, .. }), "{error:?}");
    }
}

#[tokio::test]
async fn a_damaged_installation_key_is_not_reported_as_a_wrong_key() {
    for database in Databases::each().await {
        database.open().await.close().await;
        let inspector = database.inspect_vault().await;
        let moved = "UPDATE data_keys SET id = id + 1";
        inspector.execute(moved).await;
        let error = open(database.options("test:1")).await.unwrap_err();
        assert!(matches!(error, OpenError::Damaged(_)), "{error:?}");
    }
}

#[tokio::test]
async fn a_closed_storage_reports_an_error_instead_of_empty_results() {
    for database in Databases::each().await {
        let storage = database.open().await;
        let store = storage.vault().take(an_account()).await.unwrap();
        store.put_session("a", b"b").await.unwrap();
        storage.close().await;
        cause(store.get_session("a").await);
        cause(store.put_session("a", b"c").await);
        assert_eq!(store.fault(), Some(Fault::Unavailable));
        let error = storage.ping().await.unwrap_err();
        assert!(matches!(error, StorageError::Unavailable(_)) && error.is_retryable(), "{error:?}");
    }
}
