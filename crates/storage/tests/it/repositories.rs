//! The product's tables: rows are read back unchanged, unique values stay unique, and nobody sees a part of a
//! transaction.

use std::collections::BTreeSet;
use std::sync::Arc;

use linekeeper_model::Timestamp;
use linekeeper_model::access::{Permission, Role};
use linekeeper_model::account::{
    Account, Capping, Desired, DeviceIcon, DeviceProfile, Metadata, Restriction, Tags,
};
use linekeeper_model::api_key::ApiKey;
use linekeeper_model::clock::Clock;
use linekeeper_model::failure::Failure;
use linekeeper_model::id::{AccountId, ApiKeyId, SignInId, UserId, WorkspaceId};
use linekeeper_model::limits::{DailyLimit, Usage};
use linekeeper_model::phone::Lid;
use linekeeper_model::status::Status;
use linekeeper_model::user::{Login, Member, User, Workspace};
use linekeeper_storage::testing::Databases;
use linekeeper_storage::{
    AccountFilter, Conflict, KeyHash, PasswordHash, Reach, Rotation, RuntimeEpoch, SignIn, Storage,
    StorageError, TokenHash, Tx,
};

const TODAY: &str = "2026-11-22";

pub fn at(millis: i64) -> Timestamp {
    Timestamp::from_millisecond(millis).unwrap()
}

pub fn an_owner() -> (Workspace, Member) {
    let mut rng = rand::rng();
    let workspace = Workspace {
        id: WorkspaceId::generate(at(1), &mut rng),
        name: "Example Ltd".to_owned(),
        time_zone: "Europe/Madrid".to_owned(),
        external_id: None,
        created_at: at(1_700_000_000_001),
    };
    let user = User {
        id: UserId::generate(at(1), &mut rng),
        login: Login::Email(format!("{}@example.org", workspace.id).parse().unwrap()),
        has_totp: false,
        created_at: at(1_700_000_000_002),
    };
    let joined_at = user.created_at;
    let owner = Member {
        user,
        workspace_id: workspace.id,
        role: Role::Owner,
        notify: true,
        reported_until: None,
        joined_at,
    };
    (workspace, owner)
}

/// Adds a user who signs in with an e-mail address, and makes the user a member.
pub async fn add_member(tx: &mut Tx, member: &Member) {
    let email = member.user.login.email().unwrap();
    tx.users().insert(member.user.id, email, &a_password()).await.unwrap();
    tx.members().insert(member.workspace_id, member.user.id, member.role, member.notify).await.unwrap();
}

pub fn a_password() -> PasswordHash {
    PasswordHash::new("$argon2id$v=19$m=8,t=1,p=1$c2FsdHNhbHQ$aGFzaA".to_owned())
}

pub fn an_account_of(workspace: &Workspace, owner: &Member, name: &str) -> Account {
    let id = AccountId::from(uuid::Uuid::from_u128(rand::random()));
    Account::new(id, workspace.id, owner.user.id, name.parse().unwrap(), at(1_700_000_000_003))
}

pub async fn with_owner(storage: &Storage) -> (Workspace, Member) {
    let (workspace, owner) = an_owner();
    let mut tx = storage.begin().await.unwrap();
    tx.workspaces().insert(&workspace).await.unwrap();
    add_member(&mut tx, &owner).await;
    // Read the rows back, because the storage sets the times.
    let owner = tx.members().get(workspace.id, owner.user.id).await.unwrap().unwrap();
    tx.commit().await.unwrap();
    (workspace, owner)
}

#[tokio::test]
async fn workspaces_and_users_are_stored_and_read_back() {
    for database in Databases::each().await {
        let storage = database.open().await;
        assert!(!storage.begin().await.unwrap().members().owner_exists().await.unwrap());
        let (workspace, owner) = with_owner(&storage).await;

        let mut tx = storage.read().await.unwrap();
        assert_eq!(tx.workspaces().get(workspace.id).await.unwrap(), Some(workspace.clone()));
        assert_eq!(tx.workspaces().all().await.unwrap(), [workspace]);
        let user = &owner.user;
        assert_eq!(tx.users().get(user.id).await.unwrap(), Some(user.clone()));
        let email = user.login.email().unwrap();
        let (found, password) = tx.users().by_email(email).await.unwrap().unwrap();
        assert_eq!((&found, password.expose()), (user, a_password().expose()));
        assert!(tx.users().by_email(&"other@example.org".parse().unwrap()).await.unwrap().is_none());
        assert!(tx.members().owner_exists().await.unwrap());
        drop(tx);

        let twin = UserId::from(uuid::Uuid::from_u128(rand::random()));
        let mut tx = storage.begin().await.unwrap();
        let error = tx.users().insert(twin, email, &a_password()).await.unwrap_err();
        assert!(matches!(error, StorageError::Conflict(Conflict::Email)), "{error:?}");
    }
}

/// Two tasks check whether there is an Owner, and then add one. One of the tasks must wait for the other.
#[tokio::test(flavor = "multi_thread")]
async fn the_first_owner_is_created_only_once() {
    for database in Databases::each().await {
        let mut racers = tokio::task::JoinSet::new();
        for _ in 0..4 {
            let storage = database.open().await;
            racers.spawn(async move {
                let (workspace, owner) = an_owner();
                let mut tx = storage.begin().await.unwrap();
                if tx.members().owner_exists().await.unwrap() {
                    return 0;
                }
                tx.workspaces().insert(&workspace).await.unwrap();
                add_member(&mut tx, &owner).await;
                tx.commit().await.unwrap();
                1
            });
        }
        assert_eq!(racers.join_all().await.iter().sum::<i32>(), 1, "{}", database.name());
    }
}

#[tokio::test]
async fn api_keys_are_stored_and_read_back() {
    for database in Databases::each().await {
        let storage = database.open().await;
        let (workspace, owner) = with_owner(&storage).await;
        let key = ApiKey {
            id: ApiKeyId::generate(at(1), &mut rand::rng()),
            workspace_id: workspace.id,
            user_id: owner.user.id,
            name: "CRM".to_owned(),
            scopes: BTreeSet::from([Permission::WhatsappRead, Permission::MessagesSend]),
            accounts: Some(Vec::new()),
            networks: vec!["192.0.2.0/24".parse().unwrap()],
            created_at: at(5),
            expires_at: Some(at(6)),
            used_at: None,
        };
        let mut tx = storage.begin().await.unwrap();
        tx.api_keys().insert(&key, KeyHash([1; 32])).await.unwrap();
        assert_eq!(tx.api_keys().by_hash(&KeyHash([1; 32])).await.unwrap(), Some(key));
        assert_eq!(tx.api_keys().by_hash(&KeyHash([2; 32])).await.unwrap(), None);
    }
}

#[tokio::test]
async fn a_refresh_token_is_replaced_at_its_first_use() {
    struct At(Timestamp);
    impl Clock for At {
        fn now(&self) -> Timestamp {
            self.0
        }
    }
    for database in Databases::each().await {
        let storage = database.open_at(Arc::new(At(at(50)))).await;
        let (workspace, owner) = with_owner(&storage).await;
        let id = SignInId::generate(at(1), &mut rand::rng());
        let [first, second, third] = [1, 2, 3].map(|byte| TokenHash([byte; 32]));
        let chain = SignIn {
            id,
            user_id: owner.user.id,
            workspace_id: workspace.id,
            agent: Some("A browser".to_owned()),
            token: first,
            created_at: at(1),
            used_at: None,
            expires_at: at(100),
        };
        let mut tx = storage.begin().await.unwrap();
        tx.sign_ins().insert(&chain).await.unwrap();
        assert_eq!(tx.sign_ins().rotate(id, &first, second, at(200)).await.unwrap(), Rotation::Rotated);
        let expected = SignIn { token: second, used_at: Some(at(50)), expires_at: at(200), ..chain.clone() };
        assert_eq!(tx.sign_ins().by_id(id).await.unwrap(), Some(expected));
        assert_eq!(tx.sign_ins().rotate(id, &first, second, at(200)).await.unwrap(), Rotation::Repeated);
        assert_eq!(tx.sign_ins().rotate(id, &first, third, at(200)).await.unwrap(), Rotation::Replaced);
        assert_eq!(tx.sign_ins().rotate(id, &second, third, at(200)).await.unwrap(), Rotation::Rotated);
        assert_eq!(tx.sign_ins().rotate(id, &first, second, at(200)).await.unwrap(), Rotation::Replaced);
        tx.sign_ins().delete(id).await.unwrap();
        assert_eq!(tx.sign_ins().rotate(id, &third, first, at(200)).await.unwrap(), Rotation::Unknown);

        let expired = SignIn { expires_at: at(50), ..chain };
        tx.sign_ins().insert(&expired).await.unwrap();
        assert_eq!(tx.sign_ins().rotate(id, &first, second, at(200)).await.unwrap(), Rotation::Unknown);
        tx.sign_ins().delete(id).await.unwrap();
        assert_eq!(tx.sign_ins().by_id(id).await.unwrap(), None);
    }
}

#[tokio::test]
async fn an_account_is_read_back_unchanged() {
    for database in Databases::each().await {
        let storage = database.open().await;
        let (workspace, owner) = with_owner(&storage).await;
        let mut account = an_account_of(&workspace, &owner, "Shop");
        let mut tx = storage.begin().await.unwrap();
        tx.accounts().insert(&account).await.unwrap();
        assert_eq!(
            tx.accounts().get(Reach::all_of(workspace.id), account.id, TODAY).await.unwrap(),
            Some(account.clone())
        );

        account.display_name = "Café ☕".parse().unwrap();
        account.identity.phone = Some("+15551234567".parse().unwrap());
        account.identity.lid = Some(Lid("100000012345678".to_owned()));
        account.push_name = Some("Ana".to_owned());
        account.desired = Desired::Paused;
        account.linked = true;
        let banned = Failure::TemporarilyBanned { until: Some(at(1_900_000_000_000)) };
        account.status = Status {
            next_retry_at: Some(at(1_800_000_000_000)),
            attempt: 3,
            ..Status::of_failure(banned, at(1_700_000_000_009))
        };
        account.daily_limit = DailyLimit::new(42).unwrap();
        account.device = DeviceProfile { name: "Front desk".parse().unwrap(), icon: DeviceIcon::Desktop };
        account.proxy = Some("socks5://ana:hunter2@proxy.example:1080".parse().unwrap());
        account.tags = Tags::new(["vip".to_owned(), "Málaga".to_owned()]).unwrap();
        account.metadata = Metadata::new([("crm.id".to_owned(), "\"42\"".to_owned())].into()).unwrap();
        account.picture_id = Some("1700000000".to_owned());
        account.restriction = Restriction {
            capping: Capping::SecondWarning,
            capped_until: Some(at(1_900_000_000_000)),
            time_locked_until: None,
        };
        account.phone_seen_at = Some(at(9));
        account.last_connected_at = Some(at(10));
        account.last_disconnected_at = Some(at(11));
        account.updated_at = at(2_000_000_000_000);
        tx.accounts().update_settings(&account).await.unwrap();
        tx.accounts().update_runtime(&account, RuntimeEpoch::default()).await.unwrap();
        assert_eq!(
            tx.accounts().get(Reach::all_of(workspace.id), account.id, TODAY).await.unwrap(),
            Some(account.clone())
        );
        assert_eq!(tx.accounts().get_any(account.id, TODAY).await.unwrap(), Some(account.clone()));

        let elsewhere = WorkspaceId::generate(at(2), &mut rand::rng());
        assert_eq!(
            tx.accounts().get(Reach::all_of(elsewhere), account.id, TODAY).await.unwrap(),
            None,
            "nothing crosses workspaces"
        );
        tx.accounts().delete(account.id).await.unwrap();
        tx.accounts().delete(account.id).await.unwrap();
        assert_eq!(tx.accounts().get_any(account.id, TODAY).await.unwrap(), None);
        tx.accounts().update_settings(&account).await.unwrap();
        assert!(!tx.accounts().update_runtime(&account, RuntimeEpoch::default()).await.unwrap());
        assert_eq!(tx.accounts().count().await.unwrap(), 0, "an update makes no account");
    }
}

#[tokio::test]
async fn a_phone_number_belongs_to_one_account() {
    for database in Databases::each().await {
        let storage = database.open().await;
        let (workspace, owner) = with_owner(&storage).await;
        let phone = "+15551234567".parse().unwrap();
        let mut first = an_account_of(&workspace, &owner, "First");
        first.identity.phone = Some("+15551234567".parse().unwrap());
        let mut second = an_account_of(&workspace, &owner, "Second");
        let mut tx = storage.begin().await.unwrap();
        assert_eq!(tx.accounts().id_of_phone(&phone).await.unwrap(), None);
        tx.accounts().insert(&first).await.unwrap();
        tx.accounts().insert(&second).await.unwrap();
        tx.accounts().insert(&an_account_of(&workspace, &owner, "Also without")).await.unwrap();
        assert_eq!(tx.accounts().id_of_phone(&phone).await.unwrap(), Some(first.id));
        tx.commit().await.unwrap();

        second.identity.phone = first.identity.phone;
        let error = storage
            .begin()
            .await
            .unwrap()
            .accounts()
            .update_runtime(&second, RuntimeEpoch::default())
            .await
            .unwrap_err();
        assert!(matches!(error, StorageError::Conflict(Conflict::PhoneNumber)), "{error:?}");
        first.identity.phone = None;
        let mut tx = storage.begin().await.unwrap();
        tx.accounts().update_runtime(&first, RuntimeEpoch::default()).await.unwrap();
        tx.accounts().update_runtime(&second, RuntimeEpoch::default()).await.unwrap();
        assert_eq!(tx.accounts().id_of_phone(&phone).await.unwrap(), Some(second.id));
    }
}

#[tokio::test]
async fn all_national_spellings_of_a_number_belong_to_the_same_account() {
    for database in Databases::each().await {
        let storage = database.open().await;
        let (workspace, owner) = with_owner(&storage).await;
        let mut first = an_account_of(&workspace, &owner, "First");
        first.identity.phone = Some("+5531999990000".parse().unwrap());
        let mut second = an_account_of(&workspace, &owner, "Second");
        second.identity.phone = Some("+553199990000".parse().unwrap());
        let mut tx = storage.begin().await.unwrap();
        tx.accounts().insert(&first).await.unwrap();
        let found = tx.accounts().id_of_phone(&"+553199990000".parse().unwrap()).await.unwrap();
        assert_eq!(found, Some(first.id));
        let stored = tx.accounts().get_any(first.id, TODAY).await.unwrap().unwrap();
        assert_eq!(
            stored.identity.phone.unwrap().to_string(),
            "+5531999990000",
            "it is shown as it was given"
        );
        let error = tx.accounts().insert(&second).await.unwrap_err();
        assert!(matches!(error, StorageError::Conflict(Conflict::PhoneNumber)), "{error:?}");
    }
}

#[tokio::test]
async fn account_lists_are_sorted_and_paged_and_can_be_limited_to_one_member() {
    for database in Databases::each().await {
        let storage = database.open().await;
        let (workspace, owner) = with_owner(&storage).await;
        let (_, colleague) = an_owner();
        let colleague = Member { workspace_id: workspace.id, role: Role::Agent, ..colleague };
        let mut tx = storage.begin().await.unwrap();
        add_member(&mut tx, &colleague).await;
        let mut accounts: Vec<Account> = (0..7)
            .map(|n| {
                an_account_of(
                    &workspace,
                    if n % 2 == 0 { &owner } else { &colleague },
                    &format!("Number {n}"),
                )
            })
            .collect();
        for account in &accounts {
            tx.accounts().insert(account).await.unwrap();
        }
        accounts.sort_by_key(|account| account.id);
        assert_eq!(tx.accounts().all(workspace.id, TODAY).await.unwrap(), accounts);
        assert_eq!(tx.accounts().count().await.unwrap(), 7);

        let all = Reach::all_of(workspace.id);
        let filter = AccountFilter { limit: 3, ..AccountFilter::default() };
        assert_eq!(tx.accounts().list(all, filter, TODAY).await.unwrap(), accounts[..3]);
        let next = AccountFilter { after: Some(accounts[2].id), limit: 100 };
        assert_eq!(tx.accounts().list(all, next, TODAY).await.unwrap(), accounts[3..]);
        let theirs = Reach { user: Some(colleague.user.id), ..all };
        let every = AccountFilter { limit: 100, after: None };
        accounts.retain(|account| account.user_id == colleague.user.id);
        assert_eq!(tx.accounts().list(theirs, every, TODAY).await.unwrap(), accounts);
    }
}

#[tokio::test]
async fn usage_counts_belong_to_one_day() {
    for database in Databases::each().await {
        let storage = database.open().await;
        let (workspace, owner) = with_owner(&storage).await;
        let account = an_account_of(&workspace, &owner, "Shop");
        let mut tx = storage.begin().await.unwrap();
        tx.accounts().insert(&account).await.unwrap();
        for (sent, received) in [(0, 3), (2, 0), (0, 1)] {
            tx.accounts().add_usage(account.id, TODAY, Usage { sent, received }).await.unwrap();
        }
        tx.accounts().update_runtime(&account, RuntimeEpoch::default()).await.unwrap();
        let usage = async |tx: &mut linekeeper_storage::Tx, day| {
            tx.accounts().get_any(account.id, day).await.unwrap().unwrap().usage
        };
        assert_eq!(usage(&mut tx, TODAY).await, Usage { sent: 2, received: 4 });
        assert_eq!(usage(&mut tx, "2026-11-23").await, Usage::default());
        let one = Usage { sent: 1, received: 0 };
        tx.accounts().add_usage(account.id, "2026-11-23", one).await.unwrap();
        assert_eq!(usage(&mut tx, "2026-11-23").await, one);
        assert_eq!(usage(&mut tx, TODAY).await, Usage { sent: 2, received: 4 }, "the day before is kept");
        tx.accounts().delete(account.id).await.unwrap();
        tx.accounts().add_usage(account.id, TODAY, one).await.unwrap();
        assert_eq!(tx.accounts().get_any(account.id, TODAY).await.unwrap(), None, "it makes no account");
    }
}

#[tokio::test]
async fn settings_and_secrets_are_stored_and_read_back() {
    for database in Databases::each().await {
        let storage = database.open().await;
        let mut tx = storage.begin().await.unwrap();
        assert_eq!(tx.settings().get("version").await.unwrap(), None);
        tx.settings().put("version", "2.3000").await.unwrap();
        tx.settings().put("version", "2.3001").await.unwrap();
        tx.settings().put_secret("version", b"sealed").await.unwrap();
        assert_eq!(tx.settings().get("version").await.unwrap().as_deref(), Some("2.3001"));
        assert_eq!(tx.settings().get_secret("version").await.unwrap().as_deref(), Some(&b"sealed"[..]));
        tx.settings().delete("version").await.unwrap();
        assert_eq!(tx.settings().get("version").await.unwrap(), None);
        assert_eq!(tx.settings().get_secret("version").await.unwrap(), None);
    }
}

#[tokio::test]
async fn uncommitted_changes_are_not_stored() {
    for database in Databases::each().await {
        let storage = database.open().await;
        let mut writing = storage.begin().await.unwrap();
        writing.settings().put("name", "value").await.unwrap();
        let mut reading = storage.read().await.unwrap();
        assert_eq!(reading.settings().get("name").await.unwrap(), None, "a reader waits for nobody");
        drop(writing);
        let mut writing = storage.begin().await.unwrap();
        assert_eq!(writing.settings().get("name").await.unwrap(), None, "dropping rolls back");
        writing.settings().put("name", "value").await.unwrap();
        writing.commit().await.unwrap();
        assert_eq!(reading.settings().get("name").await.unwrap(), None, "a snapshot stays as it was");
        assert!(reading.settings().put("name", "other").await.is_err(), "a snapshot cannot write");
        let mut reading = storage.read().await.unwrap();
        assert_eq!(reading.settings().get("name").await.unwrap().as_deref(), Some("value"));
    }
}
