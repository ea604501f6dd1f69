//! The rows of files: encrypted with the account's key, found when they are due to be fetched or deleted, and
//! deleted together with their account.

use linekeeper_model::id::{ContactId, MediaId};
use linekeeper_model::message::MediaState;
use linekeeper_storage::testing::Databases;
use linekeeper_storage::{FileKey, MediaDetail, MediaRow, MediaSource, PrunedMessages};

use crate::repositories::{an_account_of, at, with_owner};

fn file(second: i64) -> MediaRow {
    MediaRow {
        id: MediaId::generate(at(second), &mut rand::rng()),
        message_id: None,
        source: MediaSource::Upload,
        state: MediaState::Ready,
        attempts: 0,
        fetch_at: None,
        expires_at: Some(at(second + 100)),
        created_at: at(second),
        detail: MediaDetail {
            key: Some(FileKey::generate()),
            mime_type: Some("application/pdf".to_owned()),
            file_name: Some("secret words.pdf".to_owned()),
            size: Some(7),
            sha256: Some("00".to_owned()),
            ..MediaDetail::default()
        },
    }
}

#[tokio::test]
async fn files_are_found_by_account_and_by_time() {
    for database in Databases::each().await {
        let storage = database.open().await;
        let (workspace, owner) = with_owner(&storage).await;
        let account = an_account_of(&workspace, &owner, "Shop");
        let other = an_account_of(&workspace, &owner, "Other");
        let mut tx = storage.begin().await.unwrap();
        tx.accounts().insert(&account).await.unwrap();
        tx.accounts().insert(&other).await.unwrap();
        tx.commit().await.unwrap();
        let key = storage.account_key(account.id).await.unwrap();
        let others = storage.account_key(other.id).await.unwrap();
        let (old, mut waits) = (file(1), file(2));
        (waits.state, waits.fetch_at, waits.expires_at) = (MediaState::Pending, Some(at(50)), None);
        waits.source = MediaSource::Url;
        let mut tx = storage.begin().await.unwrap();
        tx.media(&key).insert(&old).await.unwrap();
        tx.media(&key).insert(&waits).await.unwrap();

        let read = tx.media(&key).get(old.id).await.unwrap().unwrap();
        assert_eq!(
            (read.state, read.detail.size, read.expires_at),
            (MediaState::Ready, Some(7), Some(at(101)))
        );
        assert_eq!(read.detail.file_name, old.detail.file_name);
        assert!(tx.media(&others).get(old.id).await.unwrap().is_none());
        assert!(!tx.media(&others).update(&old).await.unwrap());
        let url = MediaSource::Url;
        assert_eq!(tx.media(&key).to_fetch(url, at(49), 10).await.unwrap(), []);
        assert_eq!(tx.media(&key).next_fetch(url, at(49)).await.unwrap(), Some(at(50)));
        assert_eq!(tx.media(&key).to_fetch(url, at(50), 10).await.unwrap(), [waits.id]);
        assert_eq!(tx.media(&key).next_fetch(url, at(50)).await.unwrap(), None);
        assert_eq!(tx.media(&key).to_fetch(MediaSource::Whatsapp, at(50), 10).await.unwrap(), []);
        assert_eq!(tx.media(&others).to_fetch(url, at(50), 10).await.unwrap(), []);
        assert_eq!(tx.accounts_with_files_to_fetch().await.unwrap(), [account.id]);
        let unknown = MediaId::generate(at(3), &mut rand::rng());
        let states = tx.media(&key).states(&[old.id, waits.id, unknown]).await.unwrap();
        assert_eq!(
            (states.len(), states[&old.id], states[&waits.id]),
            (2, MediaState::Ready, MediaState::Pending)
        );
        let nobody = ContactId::generate(at(3), &mut rand::rng());
        assert_eq!(tx.media(&key).of_person(nobody).await.unwrap(), []);
        assert_eq!(tx.media(&key).hold(old.id).await.unwrap().unwrap().source, MediaSource::Upload);
        let none = PrunedMessages::default();
        assert_eq!(tx.prune_messages(account.id, at(1_000), 10).await.unwrap(), none);
        assert_eq!(tx.media_too_old(at(100), 10).await.unwrap(), []);
        assert_eq!(tx.media_too_old(at(101), 10).await.unwrap(), [(account.id, old.id)]);
        assert_eq!(tx.media_of(account.id).await.unwrap(), [old.id].into());
        waits.state = MediaState::Ready;
        assert!(tx.media(&key).update(&waits).await.unwrap());
        assert_eq!(tx.media_of(account.id).await.unwrap(), [old.id, waits.id].into());
        tx.media(&key).remove(waits.id).await.unwrap();
        assert!(tx.media(&key).get(waits.id).await.unwrap().is_none());
        tx.commit().await.unwrap();

        assert_ne!(key.sign_link(old.id, 1), key.sign_link(old.id, 2));
        assert_ne!(key.sign_link(old.id, 1), others.sign_link(old.id, 1));

        let inspector = database.inspect_product().await;
        let mut tx = storage.begin().await.unwrap();
        tx.accounts().delete(account.id).await.unwrap();
        tx.commit().await.unwrap();
        assert_eq!(inspector.count("media").await, 0);
    }
}
