//! Pairing links: they are found only by their token, opened only once, and deleted together with their account.

use std::sync::Arc;

use linekeeper_model::Timestamp;
use linekeeper_model::account::Account;
use linekeeper_model::clock::Clock;
use linekeeper_model::id::PairingLinkId;
use linekeeper_storage::testing::Databases;
use linekeeper_storage::{LinkHash, PairingLink, Storage};
use tokio::task::JoinSet;

use crate::repositories::{an_account_of, at, with_owner};

struct AtFifty;

impl Clock for AtFifty {
    fn now(&self) -> Timestamp {
        at(50)
    }
}

async fn with_account(storage: &Storage) -> Account {
    let (workspace, user) = with_owner(storage).await;
    let account = an_account_of(&workspace, &user, "Shop");
    let mut tx = storage.begin().await.unwrap();
    tx.accounts().insert(&account).await.unwrap();
    tx.commit().await.unwrap();
    account
}

/// A link to the account. `expires` is its expiry, and also determines its token.
fn link_to(account: &Account, expires: u8) -> PairingLink {
    PairingLink {
        id: PairingLinkId::generate(at(i64::from(expires)), &mut rand::rng()),
        workspace_id: account.workspace_id,
        account_id: account.id,
        created_by: account.user_id,
        made_with: None,
        token: LinkHash([expires; 32]),
        created_at: at(1),
        expires_at: at(i64::from(expires)),
        opened_at: None,
        revoked_at: None,
    }
}

#[tokio::test]
async fn a_link_works_until_it_is_opened_revoked_or_expired() {
    for database in Databases::each().await {
        let storage = database.open_at(Arc::new(AtFifty)).await;
        let account = with_account(&storage).await;
        let [expired, good, revoked] = [50, 51, 52].map(|expires| link_to(&account, expires));
        let mut tx = storage.begin().await.unwrap();
        for link in [&expired, &good, &revoked] {
            tx.pairing_links().insert(link).await.unwrap();
        }
        assert_eq!(tx.pairing_links().by_token(&good.token).await.unwrap(), Some(good.clone()));
        assert_eq!(tx.pairing_links().by_token(&LinkHash([1; 32])).await.unwrap(), None);
        let elsewhere = linekeeper_model::id::AccountId::from(uuid::Uuid::from_u128(1));
        assert!(!tx.pairing_links().revoke(elsewhere, revoked.id).await.unwrap());
        assert!(tx.pairing_links().revoke(account.id, revoked.id).await.unwrap());
        assert!(!tx.pairing_links().revoke(account.id, revoked.id).await.unwrap());

        assert!(!tx.pairing_links().open(expired.id).await.unwrap());
        assert!(!tx.pairing_links().open(revoked.id).await.unwrap());
        assert!(tx.pairing_links().open(good.id).await.unwrap());
        assert!(!tx.pairing_links().open(good.id).await.unwrap());
        let good = PairingLink { opened_at: Some(at(50)), ..good };
        let revoked = PairingLink { revoked_at: Some(at(50)), ..revoked };
        let all = tx.pairing_links().of_account(account.id).await.unwrap();
        assert_eq!(all, [expired, good.clone(), revoked.clone()]);
        assert_eq!(tx.pairing_links().delete_expired().await.unwrap(), 1);
        assert_eq!(tx.pairing_links().of_account(account.id).await.unwrap(), [good, revoked]);
        tx.accounts().delete(account.id).await.unwrap();
        assert_eq!(tx.pairing_links().of_account(account.id).await.unwrap(), []);
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn only_one_of_many_concurrent_openings_of_a_pairing_link_succeeds() {
    for database in Databases::each().await {
        let storage = database.open_at(Arc::new(AtFifty)).await;
        let link = link_to(&with_account(&storage).await, 60);
        let mut tx = storage.begin().await.unwrap();
        tx.pairing_links().insert(&link).await.unwrap();
        tx.commit().await.unwrap();
        let mut openers = JoinSet::new();
        for _ in 0..8 {
            let storage = storage.clone();
            openers.spawn(async move {
                let mut tx = storage.begin().await.unwrap();
                let first = tx.pairing_links().open(link.id).await.unwrap();
                tx.commit().await.unwrap();
                first
            });
        }
        let firsts = openers.join_all().await.into_iter().filter(|first| *first).count();
        assert_eq!(firsts, 1, "{}", database.name());
    }
}
