//! Retry requests of devices that could not decrypt a message. They are kept until they are settled, even if
//! somebody else takes the session.

use linekeeper_storage::AskedAgain;
use linekeeper_storage::testing::Databases;

use crate::session::an_account;

fn question(id: &str, device: &str, count: u8) -> AskedAgain {
    AskedAgain {
        id: id.to_owned(),
        chat: "15550001@s.whatsapp.net".to_owned(),
        device: device.to_owned(),
        recipient: None,
        count,
    }
}

#[tokio::test]
async fn a_retry_request_is_kept_until_it_is_settled() {
    for database in Databases::each().await {
        let (storage, account) = (database.open().await, an_account());
        let store = storage.vault().take(account).await.unwrap();
        store.keep_question(&question("A", "phone", 1)).await.unwrap();
        store.keep_question(&question("A", "desktop", 1)).await.unwrap();
        store.keep_question(&question("B", "phone", 1)).await.unwrap();
        store.answered(&question("B", "phone", 1), 2).await.unwrap();
        store.settle_question("A", "desktop").await.unwrap();
        store.settle_question("never asked", "phone").await.unwrap();

        let later = storage.vault().take(account).await.unwrap();
        let mut open = later.questions().await.unwrap();
        open.sort_by(|(one, _), (other, _)| one.id.cmp(&other.id));
        assert_eq!(open, [(question("A", "phone", 1), 0), (question("B", "phone", 1), 2)]);

        later.keep_question(&question("B", "phone", 2)).await.unwrap();
        later.settle_question("A", "phone").await.unwrap();
        assert_eq!(later.questions().await.unwrap(), [(question("B", "phone", 2), 0)], "it asked anew");
        store.keep_question(&question("C", "phone", 1)).await.unwrap_err();

        let other = storage.vault().take(an_account()).await.unwrap();
        assert_eq!(other.questions().await.unwrap(), [], "another account's session");
    }
}
