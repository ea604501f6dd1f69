//! If an encrypted value is damaged or moved, reading it is an error: it is never treated as missing. And no data
//! that names a person is stored unencrypted.

use std::path::Path;
use std::sync::Arc;

use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use linekeeper_model::account::Metadata;
use linekeeper_model::event::{NewEvent, Payload};
use linekeeper_model::failure::Failure;
use linekeeper_model::status::Status;
use linekeeper_storage::testing::{Databases, TestDatabase};
use linekeeper_storage::{Fault, Picture, SessionStore, Storage, VaultError};
use wacore::store::Device;
use wacore::store::device::account_serde;
use wacore::store::traits::{DeviceStore, LidPnMappingEntry, ProtocolStore, SignalStore};

use crate::repositories::{an_account_of, an_owner};
use crate::session::{an_account, cause};

const ANA: &str = "15551234567@c.us.0";
const BEN: &str = "15557654321@c.us.0";
const SESSION: &str = "Signal session";

#[tokio::test]
async fn damaged_and_truncated_and_swapped_values_are_detected() {
    for database in Databases::each().await {
        let storage = database.open().await;
        let inspector = database.inspect_vault().await;
        let store = storage.vault().take(an_account()).await.unwrap();
        store.put_session(ANA, b"ana's ratchet").await.unwrap();
        store.put_session(BEN, b"ben's ratchet").await.unwrap();
        let rows = inspector.values(SESSION).await;
        let [(first, ana), (second, ben)] = rows.as_slice() else { panic!("two rows") };

        let flipped: Vec<u8> =
            ana.iter().enumerate().map(|(i, byte)| if i == 20 { byte ^ 1 } else { *byte }).collect();
        for damaged in [flipped, ana[..ana.len() - 1].to_vec(), ana[..10].to_vec(), Vec::new(), ben.clone()] {
            inspector.replace(SESSION, first, &damaged).await;
            // The first row belongs to Ana or to Ben, depending on the tags of the rows. So either read may fail.
            let answers = [store.get_session(ANA).await, store.get_session(BEN).await];
            let errors: Vec<_> = answers.into_iter().filter(|answer| answer.is_err()).map(cause).collect();
            assert_eq!(errors.len(), 1, "{} with {damaged:02x?}", database.name());
            assert!(matches!(errors[0], VaultError::Unreadable { what: SESSION, .. }), "{errors:?}");
        }
        assert_eq!(store.fault(), Some(Fault::Unreadable));

        inspector.replace(SESSION, first, ben).await;
        inspector.replace(SESSION, second, ana).await;
        for peer in [ANA, BEN] {
            assert!(matches!(cause(store.get_session(peer).await), VaultError::Unreadable { .. }));
            assert!(matches!(cause(store.has_session(peer).await), VaultError::Unreadable { .. }));
        }
    }
}

#[tokio::test]
async fn a_row_moved_from_another_account_cannot_be_decrypted() {
    for database in Databases::each().await {
        let storage = database.open().await;
        let inspector = database.inspect_vault().await;
        let (ours, theirs) = (an_account(), an_account());
        let ours = storage.vault().take(ours).await.unwrap();
        ours.put_session(ANA, b"ours").await.unwrap();
        let (_, stolen) = inspector.values(SESSION).await.remove(0);
        let theirs = storage.vault().take(theirs).await.unwrap();
        theirs.put_session(ANA, b"theirs").await.unwrap();
        for (tag, _) in inspector.values(SESSION).await {
            inspector.replace(SESSION, &tag, &stolen).await;
        }
        assert_eq!(ours.get_session(ANA).await.unwrap().as_deref(), Some(&b"ours"[..]));
        assert!(matches!(cause(theirs.get_session(ANA).await), VaultError::Unreadable { .. }));
    }
}

#[tokio::test]
async fn reading_a_list_with_a_damaged_row_fails_instead_of_skipping_the_row() {
    for database in Databases::each().await {
        let storage = database.open().await;
        let inspector = database.inspect_vault().await;
        let store = storage.vault().take(an_account()).await.unwrap();
        fill(&store, "15551234567", [7; 32]).await;
        for kind in
            ["LID mapping", "prekey", "signed prekey", "sender key status", "contact token", "device record"]
        {
            let (tag, mut value) = inspector.values(kind).await.remove(0);
            *value.last_mut().unwrap() ^= 0x80;
            inspector.replace(kind, &tag, &value).await;
        }
        let errors = [
            cause(store.get_all_lid_mappings().await),
            cause(store.get_pn_mapping("15551234567").await),
            cause(store.load_prekeys_batch(&[1, 2, 3]).await),
            cause(store.load_all_signed_prekeys().await),
            cause(store.get_sender_key_devices("group@g.us").await),
            cause(store.get_all_tc_token_jids().await),
            cause(store.load().await),
            cause(store.exists().await),
        ];
        assert!(errors.iter().all(|error| matches!(error, VaultError::Unreadable { .. })), "{errors:?}");
        let linked = storage.vault().has_session(store.account()).await;
        assert!(matches!(linked, Err(VaultError::Unreadable { .. })), "{linked:?}");
    }
}

#[tokio::test]
async fn a_lost_or_moved_data_key_is_never_replaced() {
    for database in Databases::each().await {
        let storage = database.open().await;
        let inspector = database.inspect_vault().await;
        let (first, second) = (an_account(), an_account());
        storage.vault().take(first).await.unwrap().put_session(ANA, b"first").await.unwrap();
        storage.vault().take(second).await.unwrap();
        let copied = "UPDATE data_keys SET wrapped =
            (SELECT wrapped FROM data_keys WHERE session = (SELECT MAX(session) FROM data_keys))
            WHERE session <> 0";
        assert_eq!(inspector.execute(copied).await, 2);
        let taken = storage.vault().take(first).await;
        assert!(matches!(taken, Err(VaultError::Unreadable { what: "data key", .. })), "{taken:?}");
        assert_eq!(inspector.execute("DELETE FROM data_keys WHERE session <> 0").await, 2);
        let taken = storage.vault().take(first).await;
        assert!(matches!(taken, Err(VaultError::Unreadable { what: "data key", .. })), "{taken:?}");
        assert_eq!(inspector.count("vault_rows").await, 1, "nothing was thrown away");
    }
}

#[tokio::test]
async fn no_personal_data_is_stored_in_plain_text() {
    let (phone, key) = ("15551234567", rand::random::<[u8; 32]>());
    for database in Databases::each().await {
        let storage = database.open().await;
        let store = storage.vault().take(an_account()).await.unwrap();
        fill(&store, phone, key).await;
        insert_account(&storage, phone).await;

        let lying_about = everything(&database).await;
        assert!(lying_about.contains_text("Example Ltd"), "the search itself finds what is in the clear");
        let of_the_account: [&[u8]; 7] = [
            phone.as_bytes(),
            b"hunter2",
            b"contact 4711",
            b"Anastasia",
            b"a private picture",
            b"Shop window",
            b"@example.org",
        ];
        let of_the_session: [&[u8]; 4] = [&key, b"100000012345678", b"a private message", b"3EB0C0FFEE"];
        for secret in of_the_account.into_iter().chain(of_the_session) {
            lying_about.assert_without(secret, database.name());
        }
        // Check the files again after the server has stopped.
        storage.close().await;
        everything(&database).await.assert_without(phone.as_bytes(), database.name());
    }
}

#[tokio::test]
async fn a_destroyed_session_leaves_no_rows() {
    for database in Databases::each().await {
        let storage = database.open().await;
        let inspector = database.inspect_vault().await;
        let (gone, kept) = (an_account(), an_account());
        fill(&storage.vault().take(kept).await.unwrap(), "15557654321", [8; 32]).await;
        let rows = inspector.count("vault_rows").await;
        let store = storage.vault().take(gone).await.unwrap();
        fill(&store, "15551234567", [7; 32]).await;
        let wrapped = inspector.latest_data_key().await;
        assert!(everything(&database).await.contains(&wrapped));

        storage.vault().destroy(gone).await.unwrap();
        assert_eq!(inspector.count("vault_rows").await, rows, "the other session is whole");
        assert_eq!(inspector.count("data_keys").await, 2, "the installation's and the other account's");
        assert_eq!(inspector.count("vault_leases").await, 1);
        assert!(!storage.vault().has_session(gone).await.unwrap());
        assert!(storage.vault().has_session(kept).await.unwrap());
        assert!(
            !everything(&database).await.contains(&wrapped),
            "{}: the key is off the disk",
            database.name()
        );
    }
}

/// Writes a value of each kind that names a person.
pub async fn fill(store: &SessionStore, phone: &str, key: [u8; 32]) {
    let address = format!("{phone}@c.us.0");
    store.put_identity(&address, key).await.unwrap();
    store.put_session(&address, &key).await.unwrap();
    store.store_prekeys_batch(&[(1, key.to_vec().into()), (2, "two".into())], false).await.unwrap();
    store.store_signed_prekey(1, &key).await.unwrap();
    store.set_sender_key_status("group@g.us", &[(&address, true)]).await.unwrap();
    store.store_received_tc_token(&address, &key, 1).await.unwrap();
    store.store_sent_message(&address, "3EB0C0FFEE", b"a private message").await.unwrap();
    store.store_pending_inbound(&address, &address, "3EB0C0FFEE", b"a private message").await.unwrap();
    let mapping = LidPnMappingEntry {
        lid: "100000012345678".to_owned(),
        phone_number: phone.to_owned(),
        created_at: 1,
        updated_at: 1,
        learning_source: "usync".to_owned(),
    };
    store.put_lid_mapping(&mapping).await.unwrap();
    let pn = format!("{phone}:3@s.whatsapp.net").parse().unwrap();
    let account = Some(Arc::new(account_serde::from_bytes(&[]).unwrap()));
    store.save(&Device { pn: Some(pn), account, adv_secret_key: key, ..Device::new() }).await.unwrap();
}

pub async fn insert_account(storage: &Storage, phone: &str) {
    let (workspace, owner) = an_owner();
    let mut account = an_account_of(&workspace, &owner, "Shop window");
    account.identity.phone = Some(format!("+{phone}").parse().unwrap());
    account.identity.lid = Some(linekeeper_model::phone::Lid("100000012345678".to_owned()));
    let mismatch = Failure::PhoneMismatch { came: account.identity.phone, taken: false };
    account.status = Status::of_failure(mismatch, account.created_at);
    account.proxy = Some("socks5://ana:hunter2@proxy.example:1080".parse().unwrap());
    account.metadata = Metadata::new([("crm".to_owned(), "contact 4711".to_owned())].into()).unwrap();
    let mut tx = storage.begin().await.unwrap();
    tx.workspaces().insert(&workspace).await.unwrap();
    crate::repositories::add_member(&mut tx, &owner).await;
    tx.accounts().insert(&account).await.unwrap();
    let linked = Payload::AccountLinked {
        phone_number: account.identity.phone,
        lid: account.identity.lid.clone(),
        push_name: Some("Anastasia".to_owned()),
    };
    let linked = NewEvent::of_account(workspace.id, account.id, linked, account.created_at, &mut rand::rng());
    tx.events().append(&linked).await.unwrap();
    let picture = Picture {
        account_id: account.id,
        picture_id: "1".to_owned(),
        media_type: "image/jpeg".to_owned(),
        bytes: b"a private picture".to_vec(),
        fetched_at: account.created_at,
    };
    tx.pictures().put(&picture).await.unwrap();
    tx.commit().await.unwrap();
}

/// All bytes of a database: its files, or the rows that the server returns.
struct Everything(Vec<u8>);

async fn everything(database: &TestDatabase) -> Everything {
    let mut bytes = Vec::new();
    collect(database.data_dir(), &mut bytes);
    bytes.extend(database.inspect_vault().await.dump().await.into_bytes());
    Everything(bytes)
}

fn collect(directory: &Path, bytes: &mut Vec<u8>) {
    for entry in std::fs::read_dir(directory).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            collect(&path, bytes);
        } else {
            bytes.extend(std::fs::read(path).unwrap());
        }
    }
}

impl Everything {
    /// Whether the database contains these bytes, unchanged or in hexadecimal, as PostgreSQL writes them.
    fn contains(&self, bytes: &[u8]) -> bool {
        self.find(bytes) || self.find(hex::encode(bytes).as_bytes())
    }

    fn contains_text(&self, text: &str) -> bool {
        self.find(text.as_bytes())
    }

    fn assert_without(&self, secret: &[u8], name: &str) {
        let base64 = BASE64_STANDARD.encode(secret);
        let forms = [
            secret.to_vec(),
            hex::encode(secret).into(),
            hex::encode_upper(secret).into(),
            base64.trim_end_matches('=').into(),
        ];
        for form in forms {
            assert!(!self.find(&form), "{name} shows {}", String::from_utf8_lossy(&form));
        }
    }

    fn find(&self, needle: &[u8]) -> bool {
        self.0.windows(needle.len()).any(|window| window == needle)
    }
}
