//! What people were told of accounts, and how the reader behind it finds which to look at.

use linekeeper_model::event::{EventType, NewEvent, Payload, Seq};
use linekeeper_model::health::FindingCode;
use linekeeper_model::status::{Reason, Status};
use linekeeper_storage::testing::Databases;
use linekeeper_storage::{Reach, Told};

use crate::repositories::{an_account_of, at, with_owner};

#[tokio::test]
async fn what_was_told_goes_with_its_account() {
    for database in Databases::each().await {
        let storage = database.open().await;
        let (workspace, user) = with_owner(&storage).await;
        let [account, other] = ["Shop", "Bar"].map(|name| an_account_of(&workspace, &user, name));
        let mut tx = storage.begin().await.unwrap();
        for account in [&account, &other] {
            tx.accounts().insert(account).await.unwrap();
        }
        assert_eq!(tx.told_accounts().get(account.id).await.unwrap(), None);
        assert_eq!(tx.told_accounts().last_in(workspace.id).await.unwrap(), None);
        for told in [
            Told::Needs(FindingCode::Connection(Reason::LoggedOut)),
            Told::Needs(FindingCode::PhoneOfflineCritical),
            Told::Well,
        ] {
            tx.told_accounts().put(account.id, told).await.unwrap();
            assert_eq!(tx.told_accounts().get(account.id).await.unwrap(), Some(told));
        }
        assert_eq!(tx.told_accounts().get(other.id).await.unwrap(), None);
        assert!(tx.told_accounts().last_in(workspace.id).await.unwrap().is_some());
        tx.accounts().delete(account.id).await.unwrap();
        assert_eq!(tx.told_accounts().get(account.id).await.unwrap(), None);
        assert_eq!(tx.told_accounts().last_in(workspace.id).await.unwrap(), None);
    }
}

#[tokio::test]
async fn events_say_which_accounts_they_are_about_in_all_workspaces() {
    for database in Databases::each().await {
        let storage = database.open().await;
        let mut expected = Vec::new();
        for _ in 0..2 {
            let (workspace, user) = with_owner(&storage).await;
            let account = an_account_of(&workspace, &user, "Shop");
            let created = Payload::AccountCreated { display_name: account.display_name.clone() };
            let status = Payload::status(None, &Status::of(Reason::Online, at(1)));
            let mut tx = storage.begin().await.unwrap();
            tx.accounts().insert(&account).await.unwrap();
            for payload in [created, status] {
                let event = NewEvent::of_account(workspace.id, account.id, payload, at(1), &mut rand::rng());
                tx.events().append(&event).await.unwrap();
            }
            tx.commit().await.unwrap();
            expected.push((Seq::new(expected.len() as u64 * 2 + 2), workspace.id, account.id));
            let reach = Reach { workspace: workspace.id, user: Some(user.user.id), key: None };
            let mut tx = storage.read().await.unwrap();
            assert_eq!(Vec::from_iter(tx.accounts().ids(reach).await.unwrap()), [account.id]);
        }
        let types = [EventType::AccountStatus, EventType::AccountHealth];
        let mut tx = storage.read().await.unwrap();
        assert_eq!(tx.events().accounts_after(Seq::START, &types, 10).await.unwrap(), expected);
        assert_eq!(tx.events().accounts_after(Seq::START, &types, 1).await.unwrap(), expected[..1]);
        assert_eq!(tx.events().accounts_after(expected[0].0, &types, 10).await.unwrap(), expected[1..]);
    }
}
