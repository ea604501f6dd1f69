//! Which accounts a caller can reach, on both databases: through an API key that is limited to some accounts, and
//! through shares.

use std::collections::BTreeSet;

use linekeeper_model::access::{Permission, Role};
use linekeeper_model::account::Account;
use linekeeper_model::api_key::ApiKey;
use linekeeper_model::id::{AccountId, ApiKeyId};
use linekeeper_model::user::Member;
use linekeeper_storage::testing::Databases;
use linekeeper_storage::{KeyHash, Reach, Share, Tx};

use crate::repositories::{add_member, an_owner, at, with_owner};

async fn add_account(tx: &mut Tx, of: &Member) -> AccountId {
    let id = AccountId::generate(at(1), &mut rand::rng());
    let account = Account::new(id, of.workspace_id, of.user.id, "Shop".parse().unwrap(), at(1));
    tx.accounts().insert(&account).await.unwrap();
    id
}

fn a_key(of: &Member, n: i64, accounts: Option<Vec<AccountId>>) -> ApiKey {
    ApiKey {
        id: ApiKeyId::generate(at(n), &mut rand::rng()),
        workspace_id: of.workspace_id,
        user_id: of.user.id,
        name: format!("key {n}"),
        scopes: BTreeSet::from([Permission::KeysManage]),
        accounts,
        networks: Vec::new(),
        created_at: at(n),
        expires_at: None,
        used_at: None,
    }
}

async fn add_key(tx: &mut Tx, key: &ApiKey, hash: u8) {
    tx.api_keys().insert(key, KeyHash([hash; 32])).await.unwrap();
}

#[tokio::test]
async fn api_keys_are_changed_listed_and_deleted_only_within_their_workspace() {
    for database in Databases::each().await {
        let storage = database.open().await;
        let (workspace, owner) = with_owner(&storage).await;
        let (_, stranger) = with_owner(&storage).await;
        let here = Reach::all_of(workspace.id);
        let mut tx = storage.begin().await.unwrap();
        let mut keys = [1, 2, 3].map(|n| a_key(&owner, n, None));
        for (key, hash) in keys.iter().zip(1..) {
            add_key(&mut tx, key, hash).await;
        }
        add_key(&mut tx, &a_key(&stranger, 4, None), 4).await;
        assert_eq!(tx.api_keys().list(here, None, 2).await.unwrap(), keys[..2]);
        assert_eq!(tx.api_keys().list(here, Some(keys[1].id), 2).await.unwrap(), keys[2..]);

        let account = add_account(&mut tx, &owner).await;
        let foreign = add_account(&mut tx, &stranger).await;
        keys[0].name = "other".to_owned();
        keys[0].scopes = BTreeSet::from([Permission::WhatsappRead]);
        keys[0].networks = vec!["192.0.2.0/24".parse().unwrap(), "2001:db8::/32".parse().unwrap()];
        keys[0].expires_at = Some(at(9));
        keys[0].accounts = Some(vec![account, foreign]);
        tx.api_keys().update(&keys[0]).await.unwrap();
        keys[0].accounts = Some(vec![account]);
        let elsewhere = Reach::all_of(stranger.workspace_id);
        assert_eq!(
            tx.api_keys().get(here, keys[0].id).await.unwrap().as_ref(),
            Some(&keys[0]),
            "no foreign one"
        );
        assert_eq!(tx.api_keys().get(elsewhere, keys[0].id).await.unwrap(), None);

        tx.api_keys().mark_used(keys[0].id, at(20)).await.unwrap();
        tx.api_keys().mark_used(keys[0].id, at(10)).await.unwrap();
        keys[0].used_at = Some(at(20));
        tx.accounts().delete(account).await.unwrap();
        keys[0].accounts = Some(Vec::new());
        assert_eq!(
            tx.api_keys().by_hash(&KeyHash([1; 32])).await.unwrap().as_ref(),
            Some(&keys[0]),
            "still limited"
        );

        assert!(!tx.api_keys().delete(elsewhere, keys[0].id).await.unwrap());
        assert!(tx.api_keys().delete(here, keys[0].id).await.unwrap());
        assert!(!tx.api_keys().delete(here, keys[0].id).await.unwrap());
        assert_eq!(tx.api_keys().by_hash(&KeyHash([1; 32])).await.unwrap(), None);
    }
}

#[tokio::test]
async fn a_key_limited_to_some_accounts_sees_only_keys_limited_to_these_accounts() {
    for database in Databases::each().await {
        let storage = database.open().await;
        let (workspace, owner) = with_owner(&storage).await;
        let mut tx = storage.begin().await.unwrap();
        let (one, other) = (add_account(&mut tx, &owner).await, add_account(&mut tx, &owner).await);
        let mut both = vec![one, other];
        both.sort();
        let limited = a_key(&owner, 1, Some(vec![one]));
        let same = a_key(&owner, 2, Some(vec![one]));
        let wider = a_key(&owner, 3, Some(both));
        let all = a_key(&owner, 4, None);
        for (key, hash) in [&limited, &same, &wider, &all].into_iter().zip(1..) {
            add_key(&mut tx, key, hash).await;
        }
        let reach = Reach { key: Some(limited.id), ..Reach::all_of(workspace.id) };
        assert_eq!(tx.api_keys().list(reach, None, 9).await.unwrap(), [limited.clone(), same]);
        assert_eq!(tx.api_keys().get(reach, wider.id).await.unwrap(), None);
        assert!(!tx.api_keys().delete(reach, all.id).await.unwrap());
        let wide = Reach { key: Some(wider.id), ..reach };
        assert_eq!(tx.api_keys().list(wide, None, 9).await.unwrap().len(), 3);
        assert!(tx.accounts().is_within(reach, one).await.unwrap());
        assert!(!tx.accounts().is_within(reach, other).await.unwrap());
    }
}

#[tokio::test]
async fn a_share_lets_a_member_reach_one_account() {
    for database in Databases::each().await {
        let storage = database.open().await;
        let (workspace, owner) = with_owner(&storage).await;
        let (_, stranger) = with_owner(&storage).await;
        let agent = Member { workspace_id: workspace.id, role: Role::Agent, ..an_owner().1 };
        let mut tx = storage.begin().await.unwrap();
        add_member(&mut tx, &agent).await;
        let own = add_account(&mut tx, &agent).await;
        let shared = add_account(&mut tx, &owner).await;
        let foreign = add_account(&mut tx, &stranger).await;
        let reach = Reach::of(&agent);
        assert!(tx.accounts().is_within(reach, own).await.unwrap());
        assert!(!tx.accounts().is_within(reach, shared).await.unwrap());

        for _ in 0..2 {
            tx.shares().insert(shared, agent.user.id).await.unwrap();
        }
        // A share of a foreign account, or with a foreign user, must not be stored.
        tx.shares().insert(foreign, agent.user.id).await.unwrap();
        tx.shares().insert(shared, stranger.user.id).await.unwrap();
        let shares = tx.shares().of_account(shared).await.unwrap();
        assert_eq!(shares.iter().map(|share: &Share| share.user_id).collect::<Vec<_>>(), [agent.user.id]);
        assert!(tx.shares().of_account(foreign).await.unwrap().is_empty());
        assert!(tx.accounts().is_within(reach, shared).await.unwrap());
        assert!(!tx.accounts().is_within(reach, foreign).await.unwrap());

        for _ in 0..2 {
            tx.shares().delete(shared, agent.user.id).await.unwrap();
        }
        assert!(!tx.accounts().is_within(reach, shared).await.unwrap());
    }
}
