//! The last notification about each account. Notifications are sent by a reader of the event log. These tests also
//! check how that reader finds the accounts that it must check.

use linekeeper_model::event::{EventType, NewEvent, Payload, Seq};
use linekeeper_model::health::FindingCode;
use linekeeper_model::status::{Reason, Status};
use linekeeper_storage::testing::Databases;
use linekeeper_storage::{Interest, Reach, Told};

use crate::repositories::{an_account_of, at, with_owner};

#[tokio::test]
async fn the_last_notification_about_an_account_is_deleted_with_the_account() {
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
async fn accounts_with_unread_events_are_found_in_all_workspaces() {
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
        let types = vec![EventType::AccountStatus, EventType::AccountHealth];
        let all = Interest { types, ..Interest::default() };
        let mut tx = storage.read().await.unwrap();
        let mut after = async |interest: &Interest, after, limit| {
            tx.events().accounts_wanted(interest, after, limit).await.unwrap()
        };
        assert_eq!(after(&all, Seq::START, 10).await, expected);
        assert_eq!(after(&all, Seq::START, 1).await, expected[..1]);
        assert_eq!(after(&all, expected[0].0, 10).await, expected[1..]);
        let of_second = Interest { workspace: Some(expected[1].1), ..all.clone() };
        assert_eq!(after(&of_second, Seq::START, 10).await, expected[1..]);
        let about_first = Interest { accounts: Some(vec![expected[0].2]), ..all.clone() };
        assert_eq!(after(&about_first, Seq::START, 10).await, expected[..1]);
        let about_none = Interest { accounts: Some(Vec::new()), ..all.clone() };
        assert_eq!(after(&about_none, Seq::START, 10).await, []);
        assert_eq!(after(&Interest::default(), Seq::START, 10).await, []);
        assert_eq!(tx.events().count_wanted(&all, Seq::START, 10).await.unwrap(), 2);
        assert_eq!(tx.events().count_wanted(&all, Seq::START, 1).await.unwrap(), 1);
        let events = tx.events().wanted(&all, Seq::START, 10).await.unwrap();
        let found: Vec<_> =
            events.iter().map(|event| (event.seq, event.workspace_id, event.account_id.unwrap())).collect();
        assert_eq!(found, expected);
    }
}
