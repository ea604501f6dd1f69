//! A database of an earlier version is migrated, and all its data is kept.

use linekeeper_model::access::Role;
use linekeeper_model::clock::SystemClock;
use linekeeper_model::id::{AccountId, UserId, WorkspaceId};
use linekeeper_storage::testing::{Databases, TestDatabase};
use linekeeper_storage::{Reach, RuntimeEpoch, Storage};

use crate::repositories::{an_account_of, with_owner};

const WORKSPACE: &str = "01890a5d-ac96-774b-bcce-b302099a8000";
const ANA: &str = "01890a5d-ac96-774b-bcce-b302099a8001";
const BEN: &str = "01890a5d-ac96-774b-bcce-b302099a8002";
const SHOP: &str = "01890a5d-ac96-774b-bcce-b302099a8003";

/// The migrations up to version 2: one script for SQLite, and one for PostgreSQL.
const SCRIPTS: [&str; 2] = [
    concat!(
        include_str!("../../migrations/sqlite/product/0001_first.sql"),
        include_str!("../../migrations/sqlite/product/0002_connection_manager.sql"),
    ),
    concat!(
        include_str!("../../migrations/postgres/product/0001_first.sql"),
        include_str!("../../migrations/postgres/product/0002_connection_manager.sql"),
    ),
];
const ROWS: &str = "
    CREATE TABLE schema_history (
        area TEXT NOT NULL, version BIGINT NOT NULL, name TEXT NOT NULL, PRIMARY KEY (area, version));
    INSERT INTO schema_history VALUES ('product', 1, '0001_first'), ('product', 2, '0002_connection_manager');
    INSERT INTO workspaces VALUES ('01890a5d-ac96-774b-bcce-b302099a8000', 'Example', 'UTC', 1);
    INSERT INTO users (id, workspace_id, email, role, password_hash, created_at) VALUES
        ('01890a5d-ac96-774b-bcce-b302099a8001', '01890a5d-ac96-774b-bcce-b302099a8000', 'ana@planted.example',
         'owner', '$argon2id$a', 2),
        ('01890a5d-ac96-774b-bcce-b302099a8002', '01890a5d-ac96-774b-bcce-b302099a8000', 'ben@planted.example',
         'viewer', '$argon2id$b', 3);
    INSERT INTO accounts
        (id, workspace_id, user_id, kind, display_name, push_name, desired, linked, status_reason, status_message,
         status_since, status_attempt, daily_limit, usage_day, usage_sent, usage_received, created_at, updated_at)
        VALUES ('01890a5d-ac96-774b-bcce-b302099a8003', '01890a5d-ac96-774b-bcce-b302099a8000',
         '01890a5d-ac96-774b-bcce-b302099a8002', 'linked_device', 'Planted shop', 'Planted Ana', 'online', 0,
         'not_linked', '', 4, 0, 1000, '', 0, 0, 4, 4);";
const SIGN_INS: [&str; 2] = [
    "INSERT INTO sign_ins VALUES
        ('01890a5d-ac96-774b-bcce-b302099a8004', '01890a5d-ac96-774b-bcce-b302099a8001', x'00', 5, 6);",
    "INSERT INTO sign_ins VALUES
        ('01890a5d-ac96-774b-bcce-b302099a8004', '01890a5d-ac96-774b-bcce-b302099a8001', '\\x00', 5, 6);",
];

async fn of_version_two(database: &TestDatabase) {
    let dialect = usize::from(database.name() == "postgres");
    let inspector = database.inspect_product().await;
    for script in [SCRIPTS[dialect], ROWS, SIGN_INS[dialect]] {
        inspector.run_script(script).await;
    }
}

#[tokio::test]
async fn data_of_schema_version_two_is_kept_and_encrypted() {
    for database in Databases::each().await {
        of_version_two(&database).await;
        let storage = database.open().await;
        let workspace: WorkspaceId = WORKSPACE.parse().unwrap();
        let [ana, ben] = [ANA, BEN].map(|id| id.parse::<UserId>().unwrap());
        let shop: AccountId = SHOP.parse().unwrap();
        let mut tx = storage.read().await.unwrap();
        let (user, hash) =
            tx.users().by_email(&"ana@planted.example".parse().unwrap()).await.unwrap().unwrap();
        assert_eq!((user.id, hash.expose()), (ana, "$argon2id$a"));
        let roles: Vec<_> = tx
            .members()
            .of_workspace(workspace)
            .await
            .unwrap()
            .into_iter()
            .map(|member| (member.user.id, member.role, member.notify))
            .collect();
        assert_eq!(roles, [(ana, Role::Owner, true), (ben, Role::Viewer, false)]);
        let account = tx.accounts().get(Reach::all_of(workspace), shop, "").await.unwrap().unwrap();
        assert_eq!(account.display_name.as_str(), "Planted shop");
        assert_eq!(account.push_name.as_deref(), Some("Planted Ana"));
        assert_eq!(account.user_id, ben);
        drop(tx);
        storage.close().await;
        assert_eq!(database.inspect_product().await.count("sign_ins").await, 1);
        let again = Storage::open(database.options("again"), std::sync::Arc::new(SystemClock)).await;
        again.unwrap().close().await;
    }
}

/// Earlier versions stored a different tag for each spelling of a number, so two accounts could have the same
/// number.
#[tokio::test]
async fn if_two_accounts_have_the_same_number_the_linked_account_keeps_the_number() {
    for database in Databases::each().await {
        let storage = database.open().await;
        let (workspace, owner) = with_owner(&storage).await;
        let [mut unlinked, mut linked, mut other] =
            ["Unlinked", "Linked", "Other"].map(|name| an_account_of(&workspace, &owner, name));
        unlinked.identity.phone = Some("+5215512345678".parse().unwrap());
        linked.linked = true;
        other.identity.phone = Some("+15551234567".parse().unwrap());
        let mut tx = storage.begin().await.unwrap();
        for account in [&unlinked, &linked, &other] {
            tx.accounts().insert(account).await.unwrap();
        }
        tx.commit().await.unwrap();
        let inspector = database.inspect_product().await;
        inspector.execute("UPDATE accounts SET phone_tag = NULL").await;
        linked.identity.phone = Some("+525512345678".parse().unwrap());
        let mut tx = storage.begin().await.unwrap();
        tx.accounts().update_runtime(&linked, RuntimeEpoch::default()).await.unwrap();
        tx.commit().await.unwrap();
        storage.close().await;
        inspector.execute("DELETE FROM schema_history WHERE area = 'product' AND version = 18").await;

        let storage = database.open().await;
        let mut tx = storage.read().await.unwrap();
        let found = tx.accounts().id_of_phone(&"+5215512345678".parse().unwrap()).await.unwrap();
        assert_eq!(found, Some(linked.id), "the linked one keeps it");
        let found = tx.accounts().id_of_phone(&"+15551234567".parse().unwrap()).await.unwrap();
        assert_eq!(found, Some(other.id));
        let unlinked = tx.accounts().get_any(unlinked.id, "").await.unwrap().unwrap();
        assert_eq!(unlinked.identity.phone, None);
    }
}
