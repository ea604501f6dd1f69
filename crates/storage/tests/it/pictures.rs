//! Profile pictures: an account has at most one. A picture can be decrypted only for its account. It is deleted
//! together with its account.

use linekeeper_storage::testing::Databases;
use linekeeper_storage::{Picture, StorageError};

use crate::repositories::{an_account_of, at, with_owner};

#[tokio::test]
async fn a_picture_is_replaced_and_is_deleted_with_its_account() {
    for database in Databases::each().await {
        let storage = database.open().await;
        let (workspace, user) = with_owner(&storage).await;
        let [shop, desk] = ["Shop", "Desk"].map(|name| an_account_of(&workspace, &user, name));
        let picture = |account: &linekeeper_model::account::Account, id: &str| Picture {
            account_id: account.id,
            picture_id: id.to_owned(),
            media_type: "image/jpeg".to_owned(),
            bytes: id.as_bytes().repeat(1000),
            fetched_at: at(5),
        };
        let mut tx = storage.begin().await.unwrap();
        for account in [&shop, &desk] {
            tx.accounts().insert(account).await.unwrap();
            assert_eq!(tx.pictures().get(account.id).await.unwrap(), None);
            tx.pictures().put(&picture(account, "1")).await.unwrap();
        }
        tx.pictures().put(&picture(&shop, "22")).await.unwrap();
        assert_eq!(tx.pictures().get(shop.id).await.unwrap(), Some(picture(&shop, "22")));
        tx.pictures().delete(shop.id).await.unwrap();
        tx.pictures().delete(shop.id).await.unwrap();
        assert_eq!(tx.pictures().get(shop.id).await.unwrap(), None);
        assert_eq!(tx.pictures().get(desk.id).await.unwrap(), Some(picture(&desk, "1")));
        tx.pictures().put(&picture(&shop, "3")).await.unwrap();
        tx.accounts().delete(desk.id).await.unwrap();
        assert_eq!(tx.pictures().get(desk.id).await.unwrap(), None);
        tx.commit().await.unwrap();

        // Copy only the picture's bytes from the row of another account.
        let inspector = database.inspect_product().await;
        assert_eq!(inspector.count("pictures").await, 1);
        let mut tx = storage.begin().await.unwrap();
        tx.accounts().insert(&desk).await.unwrap();
        tx.commit().await.unwrap();
        let moved = format!("UPDATE pictures SET account_id = '{}'", desk.id);
        assert_eq!(inspector.execute(&moved).await, 1);
        let opened = storage.read().await.unwrap().pictures().get(desk.id).await;
        assert!(matches!(opened, Err(StorageError::Unreadable { what: "picture", .. })), "{opened:?}");
    }
}
