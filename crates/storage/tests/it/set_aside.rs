//! Sessions that are set aside until their device is logged out at WhatsApp, and the rows of pending logouts.

use linekeeper_model::id::{AccountId, LogoutId};
use linekeeper_storage::testing::{Databases, link};
use linekeeper_storage::{
    KeyFiles, KeyRotation, MasterKey, PendingLogout, SessionStore, Storage, VaultError,
};
use wacore::store::traits::{DeviceStore, SignalStore};

use crate::repositories::at;
use crate::session::{an_account, cause};

const PEER: &str = "15551234567@c.us.0";

fn a_logout() -> LogoutId {
    LogoutId::from(an_account().as_uuid())
}

/// Creates a session that a phone has confirmed.
async fn linked(storage: &Storage, account: AccountId) -> SessionStore {
    let store = link(storage, account, "15551234567").await;
    store.put_session(PEER, b"kept").await.unwrap();
    store
}

async fn peer(store: &SessionStore) -> Option<Vec<u8>> {
    store.get_session(PEER).await.unwrap().map(|bytes| bytes.to_vec())
}

#[tokio::test]
async fn after_a_session_is_set_aside_its_account_can_be_linked_again() {
    for database in Databases::each().await {
        let storage = database.open().await;
        let (vault, account, logout) = (storage.vault(), an_account(), a_logout());
        assert!(!vault.set_aside(account, logout).await.unwrap(), "there is nothing to set aside");
        let older = linked(&storage, account).await;
        assert!(vault.set_aside(account, logout).await.unwrap());
        assert!(matches!(cause(older.put_session(PEER, b"late").await), VaultError::Fenced));
        assert!(!vault.has_session(account).await.unwrap());

        let newer = vault.take(account).await.unwrap();
        assert_eq!(peer(&newer).await, None, "the account's session is a new one");
        newer.put_session(PEER, b"new").await.unwrap();
        let aside = vault.take_aside(logout).await.unwrap().unwrap();
        assert_eq!(aside.account(), account);
        assert_eq!(peer(&aside).await.as_deref(), Some(&b"kept"[..]));
        assert!(aside.load().await.unwrap().unwrap().pn.is_some());
        aside.put_session(PEER, b"while logging out").await.unwrap();

        vault.destroy_aside(logout).await.unwrap();
        vault.destroy_aside(logout).await.unwrap();
        assert!(matches!(cause(aside.put_session(PEER, b"late").await), VaultError::Fenced));
        assert!(vault.take_aside(logout).await.unwrap().is_none(), "none is made");
        assert_eq!(peer(&newer).await.as_deref(), Some(&b"new"[..]), "the account's own session stays");
    }
}

#[tokio::test]
async fn an_unlinked_session_is_destroyed_but_a_linked_or_unreadable_session_is_kept() {
    for database in Databases::each().await {
        let storage = database.open().await;
        let (vault, account) = (storage.vault(), an_account());
        assert!(vault.destroy_unlinked(account).await.unwrap(), "there is none");
        let unlinked = vault.take(account).await.unwrap();
        unlinked.create().await.unwrap();
        assert!(vault.destroy_unlinked(account).await.unwrap());
        assert!(matches!(cause(unlinked.put_session(PEER, b"late").await), VaultError::Fenced));

        let kept = linked(&storage, account).await;
        assert!(!vault.destroy_unlinked(account).await.unwrap());
        assert_eq!(peer(&kept).await.as_deref(), Some(&b"kept"[..]), "it goes on");

        let inspector = database.inspect_vault().await;
        let damaged = match database.name() {
            "sqlite" => "UPDATE data_keys SET wrapped = zeroblob(60) WHERE session > 0",
            _ => "UPDATE data_keys SET wrapped = decode(repeat('00', 60), 'hex') WHERE session > 0",
        };
        inspector.execute(damaged).await;
        assert!(!vault.destroy_unlinked(account).await.unwrap(), "what cannot be read is kept");
        assert!(vault.set_aside(account, a_logout()).await.unwrap(), "and can be set aside");
    }
}

/// The data key of a session that was set aside stays bound to its account.
#[tokio::test]
async fn a_session_that_is_set_aside_survives_a_key_rotation() {
    for database in Databases::each().await {
        let storage = database.open().await;
        let (account, logout) = (an_account(), a_logout());
        let store = linked(&storage, account).await;
        storage.vault().set_aside(account, logout).await.unwrap();
        let mut rotation = KeyRotation::begin(&storage, None).await.unwrap();
        while rotation.step().await.unwrap().is_some() {}
        drop((rotation, store));
        storage.close().await;

        let key = MasterKey::read(KeyFiles::at(database.data_dir().join("master.key")).current()).unwrap();
        let options = database.options_with(key, "test:2");
        let clock = std::sync::Arc::new(linekeeper_model::clock::SystemClock);
        let storage = Storage::open(options, clock).await.unwrap();
        let aside = storage.vault().take_aside(logout).await.unwrap().unwrap();
        assert_eq!(peer(&aside).await.as_deref(), Some(&b"kept"[..]));
    }
}

#[tokio::test]
async fn a_pending_logout_is_stored_with_its_proxy() {
    for database in Databases::each().await {
        let storage = database.open().await;
        let account_id = an_account();
        let proxy = |url: &str| Some(url.parse().unwrap());
        let secret = "socks5://user:hunter2@proxy.example:1080";
        let first = PendingLogout { id: a_logout(), account_id, proxy: proxy(secret), since: at(1) };
        let second = PendingLogout { id: a_logout(), account_id: an_account(), proxy: None, since: at(2) };
        let mut tx = storage.begin().await.unwrap();
        for logout in [&second, &first, &first] {
            tx.pending_logouts().insert(logout).await.unwrap();
        }
        tx.commit().await.unwrap();
        assert!(!database.inspect_product().await.dump().await.contains("hunter2"), "the proxy is sealed");
        let all = storage.read().await.unwrap().pending_logouts().all().await.unwrap();
        assert_eq!(all, [first.clone(), second.clone()]);

        let mut tx = storage.begin().await.unwrap();
        tx.pending_logouts().reroute(account_id, None).await.unwrap();
        tx.pending_logouts().delete(second.id).await.unwrap();
        tx.commit().await.unwrap();
        let all = storage.read().await.unwrap().pending_logouts().all().await.unwrap();
        assert_eq!(all, [PendingLogout { proxy: None, ..first }]);
    }
}
