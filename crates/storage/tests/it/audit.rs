//! The chains of the audit log: entries are read back unchanged, and changes that are made directly in the
//! database are detected.

use linekeeper_model::audit::{Action, Actor, By, NewEntry, Origin};
use linekeeper_model::id::{AccountId, UserId, WorkspaceId};
use linekeeper_storage::testing::{Databases, Inspector, TestDatabase};
use linekeeper_storage::{AuditFilter, Chain, ChainFlaw, Flaw, NotedHead, Storage};
use uuid::Uuid;

use crate::repositories::at;

fn workspace(number: u128) -> WorkspaceId {
    Uuid::from_u128(number).into()
}

fn user() -> UserId {
    Uuid::from_u128(77).into()
}

fn account(number: u128) -> AccountId {
    Uuid::from_u128(1000 + number).into()
}

fn an_entry(workspace: impl Into<Option<WorkspaceId>>, number: u128) -> NewEntry {
    let origin = Origin { request_id: Some("r-1".to_owned()), address: Some([192, 0, 2, 7].into()) };
    let by = By { actor: Actor::Member(user()), origin };
    by.did(workspace, Action::AccountUpdated).on(account(number)).changing(["displayName"])
}

/// Adds five entries to the chain of workspace 1 and five to the chain of workspace 2, alternating between the two.
/// Then adds two entries to the chain of the installation.
async fn filled(storage: &Storage) {
    for number in 1..=5 {
        for chain in [1, 2] {
            append(storage, &an_entry(workspace(chain), number)).await;
        }
    }
    for _ in 0..2 {
        append(storage, &By::command_line().did(None, Action::KeysRotated)).await;
    }
}

async fn append(storage: &Storage, entry: &NewEntry) {
    let mut tx = storage.begin().await.unwrap();
    tx.audit().append(entry).await.unwrap();
    tx.commit().await.unwrap();
}

async fn verified(storage: &Storage, noted: &[NotedHead]) -> Vec<Chain> {
    storage.read().await.unwrap().audit().verify(noted).await.unwrap()
}

/// The error in the chain of workspace 1. The other chains must be valid.
async fn flaw(storage: &Storage, noted: &[NotedHead]) -> Option<Flaw> {
    let chains = verified(storage, noted).await;
    let (ours, others): (Vec<_>, Vec<_>) =
        chains.into_iter().partition(|chain| chain.name == workspace(1).to_string());
    assert!(others.iter().all(|chain| chain.flaw.is_none()), "{others:?}");
    ours[0].flaw
}

#[tokio::test]
async fn audit_entries_are_read_back_unchanged() {
    for database in Databases::each().await {
        let storage = database.open().await;
        filled(&storage).await;
        let mut tx = storage.read().await.unwrap();
        let all = AuditFilter { limit: 100, ..AuditFilter::default() };
        let page = tx.audit().page(Some(workspace(1)), &all).await.unwrap();
        let seqs: Vec<u64> = page.iter().map(|entry| entry.seq).collect();
        assert_eq!(seqs, [5, 4, 3, 2, 1]);
        let expected = an_entry(workspace(1), 5);
        let first = &page[0];
        assert_eq!(
            (first.actor, first.action, first.target, &first.details),
            (expected.actor, expected.action, expected.target, &expected.details)
        );
        let count = async |tx: &mut linekeeper_storage::Tx, filter| {
            tx.audit().page(Some(workspace(1)), &filter).await.unwrap().len()
        };
        for (filter, expected) in [
            (AuditFilter { before: Some(3), ..all }, 2),
            (AuditFilter { limit: 2, ..all }, 2),
            (AuditFilter { actor: Some(user().as_uuid()), ..all }, 5),
            (AuditFilter { actor: Some(Uuid::nil()), ..all }, 0),
            (AuditFilter { action: Some(Action::AccountUpdated), ..all }, 5),
            (AuditFilter { action: Some(Action::SignedIn), ..all }, 0),
            (AuditFilter { target: Some(account(3).as_uuid()), ..all }, 1),
            (AuditFilter { from: Some(page[2].at), to: Some(at(i64::from(i32::MAX) * 1000)), ..all }, 3),
            (AuditFilter { to: Some(at(0)), ..all }, 0),
        ] {
            // Entries of the same millisecond as `from` are found, too, so there may be more entries than expected.
            let found = count(&mut tx, filter).await;
            assert!(found == expected || (filter.from.is_some() && found >= expected), "{filter:?}: {found}");
        }
        assert_eq!(tx.audit().page(None, &all).await.unwrap().len(), 2);
        assert_eq!(tx.audit().page(Some(workspace(3)), &all).await.unwrap(), []);
    }
}

#[tokio::test]
async fn an_entry_is_rolled_back_with_its_transaction_and_its_details_are_encrypted() {
    for database in Databases::each().await {
        let storage = database.open().await;
        let mut tx = storage.begin().await.unwrap();
        tx.audit().append(&an_entry(None, 1)).await.unwrap();
        drop(tx);
        assert_eq!(verified(&storage, &[]).await, []);
        append(&storage, &an_entry(None, 1)).await;
        assert_eq!(verified(&storage, &[]).await[0].head.unwrap().seq, 1);
        let inspector = database.inspect_product().await;
        assert!(!inspector.dump().await.contains("192.0.2.7"));
        storage.close().await;
        if let Ok(file) = std::fs::read(database.data_dir().join("linekeeper.db")) {
            assert!(!file.windows(9).any(|bytes| bytes == b"192.0.2.7"));
        }
    }
}

#[tokio::test]
async fn concurrent_writers_make_one_chain() {
    for database in Databases::each().await {
        let storage = database.open().await;
        let mut writers = tokio::task::JoinSet::new();
        for number in 0..20 {
            let storage = storage.clone();
            writers.spawn(async move { append(&storage, &an_entry(workspace(1), number)).await });
        }
        writers.join_all().await;
        let chains = verified(&storage, &[]).await;
        assert_eq!((chains[0].head.unwrap().seq, chains[0].flaw), (20, None), "{}", database.name());
    }
}

/// Changes the chain of workspace 1, as a person with access to the database could.
async fn tampered(tamper: impl AsyncFn(&Inspector), expected: Flaw) {
    for database in Databases::each().await {
        let storage = database.open().await;
        filled(&storage).await;
        assert_eq!(flaw(&storage, &[]).await, None);
        tamper(&database.inspect_product().await).await;
        assert_eq!(flaw(&storage, &[]).await, Some(expected), "{}", database.name());
    }
}

/// The SQL condition for an entry of workspace 1.
fn row(seq: i64) -> String {
    format!("workspace_id = '{}' AND seq = {seq}", workspace(1))
}

async fn change(inspector: &Inspector, sql: String) {
    assert_eq!(inspector.execute(&sql).await, 1, "{sql}");
}

const fn altered(seq: i64) -> Flaw {
    Flaw { seq, what: ChainFlaw::Altered }
}

const fn missing(seq: i64) -> Flaw {
    Flaw { seq, what: ChainFlaw::Missing }
}

#[tokio::test]
async fn a_change_in_any_column_is_detected() {
    // The two databases write byte strings differently in SQL, so the test copies the bytes from another row.
    let other =
        "SELECT {} FROM audit_log WHERE workspace_id = '00000000-0000-0000-0000-000000000002' AND seq = 4";
    let changes = [
        "id = 'f0000000-0000-7000-8000-000000000001'".to_owned(),
        "at = at + 1".to_owned(),
        "actor_kind = 'system'".to_owned(),
        "actor_id = NULL".to_owned(),
        "action = 'account.deleted'".to_owned(),
        "target_kind = 'user'".to_owned(),
        "target_id = ''".to_owned(),
        format!("details = ({})", other.replace("{}", "details")),
        format!("mac = ({})", other.replace("{}", "mac")),
    ];
    for database in Databases::each().await {
        let storage = database.open().await;
        filled(&storage).await;
        let inspector = database.inspect_product().await;
        inspector.execute("CREATE TABLE kept AS SELECT * FROM audit_log").await;
        for set in &changes {
            change(&inspector, format!("UPDATE audit_log SET {set} WHERE {}", row(3))).await;
            assert_eq!(flaw(&storage, &[]).await, Some(altered(3)), "{} {set}", database.name());
            inspector.execute(&format!("DELETE FROM audit_log WHERE {}", row(3))).await;
            change(&inspector, format!("INSERT INTO audit_log SELECT * FROM kept WHERE {}", row(3))).await;
            assert_eq!(flaw(&storage, &[]).await, None, "{} {set}", database.name());
        }
    }
}

#[tokio::test]
async fn a_removed_entry_is_detected() {
    tampered(async |rows| change(rows, format!("DELETE FROM audit_log WHERE {}", row(3))).await, missing(3))
        .await;
}

#[tokio::test]
async fn a_removed_entry_is_detected_even_if_later_ones_are_renumbered() {
    let tamper = async |rows: &Inspector| {
        change(rows, format!("DELETE FROM audit_log WHERE {}", row(3))).await;
        for seq in [4, 5] {
            change(rows, format!("UPDATE audit_log SET seq = {} WHERE {}", seq - 1, row(seq))).await;
        }
        change(rows, format!("UPDATE audit_heads SET seq = 4 WHERE workspace_id = '{}'", workspace(1))).await;
    };
    tampered(tamper, altered(3)).await;
}

#[tokio::test]
async fn an_inserted_entry_is_detected() {
    let copy = |seq: i64| {
        format!(
            "INSERT INTO audit_log SELECT workspace_id, {seq}, 'f0000000-0000-7000-8000-000000000001', at, actor_kind,
             actor_id, action, target_kind, target_id, details, mac FROM audit_log WHERE {}",
            row(2)
        )
    };
    tampered(async |rows| change(rows, copy(6)).await, altered(6)).await;
    tampered(async |rows| change(rows, copy(0)).await, altered(0)).await;
    let between = async |rows: &Inspector| {
        for seq in [5, 4, 3] {
            change(rows, format!("UPDATE audit_log SET seq = {} WHERE {}", seq + 1, row(seq))).await;
        }
        change(rows, copy(3)).await;
        change(rows, format!("UPDATE audit_heads SET seq = 6 WHERE workspace_id = '{}'", workspace(1))).await;
    };
    tampered(between, altered(3)).await;
}

#[tokio::test]
async fn reordered_entries_are_detected() {
    let tamper = async |rows: &Inspector| {
        for (from, to) in [(2, 99), (4, 2), (99, 4)] {
            change(rows, format!("UPDATE audit_log SET seq = {to} WHERE {}", row(from))).await;
        }
    };
    tampered(tamper, altered(2)).await;
}

#[tokio::test]
async fn entries_moved_between_workspaces_are_detected() {
    let tamper = async |rows: &Inspector| {
        let (one, two) = (workspace(1), workspace(2));
        for (from, to) in [(one, workspace(9)), (two, one), (workspace(9), two)] {
            let sql = format!(
                "UPDATE audit_log SET workspace_id = '{to}' WHERE workspace_id = '{from}' AND seq = 3"
            );
            change(rows, sql).await;
        }
    };
    for database in Databases::each().await {
        let storage = database.open().await;
        filled(&storage).await;
        tamper(&database.inspect_product().await).await;
        let flaws: Vec<_> = verified(&storage, &[]).await.iter().map(|chain| chain.flaw).collect();
        assert_eq!(flaws, [None, Some(altered(3)), Some(altered(3))], "{}", database.name());
    }
}

#[tokio::test]
async fn a_whole_chain_that_is_moved_to_another_workspace_is_detected() {
    for database in Databases::each().await {
        let storage = database.open().await;
        filled(&storage).await;
        let rows = database.inspect_product().await;
        for table in ["audit_log", "audit_heads"] {
            let sql = format!(
                "UPDATE {table} SET workspace_id = '{}' WHERE workspace_id = '{}'",
                workspace(9),
                workspace(1)
            );
            rows.execute(&sql).await;
        }
        let flaws: Vec<_> = verified(&storage, &[]).await.iter().map(|chain| chain.flaw).collect();
        assert_eq!(flaws, [None, None, Some(altered(1))], "{}", database.name());
    }
}

#[tokio::test]
async fn a_removed_beginning_or_end_of_an_audit_chain_is_detected() {
    tampered(async |rows| change(rows, format!("DELETE FROM audit_log WHERE {}", row(1))).await, missing(1))
        .await;
    tampered(async |rows| change(rows, format!("DELETE FROM audit_log WHERE {}", row(5))).await, missing(5))
        .await;
    let name = workspace(1);
    let end = format!("DELETE FROM audit_heads WHERE workspace_id = '{name}'");
    tampered(async |rows| change(rows, end.clone()).await, Flaw { seq: 5, what: ChainFlaw::EndAltered })
        .await;
    let earlier = format!("UPDATE audit_heads SET seq = 3 WHERE workspace_id = '{name}'");
    tampered(async |rows| change(rows, earlier.clone()).await, Flaw { seq: 4, what: ChainFlaw::BehindEnd })
        .await;
    let other = format!(
        "UPDATE audit_heads SET mac = (SELECT mac FROM audit_log WHERE {}) WHERE workspace_id = '{name}'",
        row(4)
    );
    tampered(async |rows| change(rows, other.clone()).await, Flaw { seq: 5, what: ChainFlaw::EndAltered })
        .await;
}

/// Deletes the last entries of a chain, and writes the new end of the chain to the row that stores the end. The rows
/// alone do not show this deletion. A head that was noted before the deletion shows it.
#[tokio::test]
async fn a_noted_head_reveals_a_later_cut_of_the_chain_despite_a_forged_end() {
    for database in Databases::each().await {
        let storage = database.open().await;
        filled(&storage).await;
        let noted = noted(&storage).await;
        assert_eq!(flaw(&storage, &noted).await, None);
        append(&storage, &an_entry(workspace(1), 6)).await;
        assert_eq!(flaw(&storage, &noted).await, None, "it grew");

        cut_after(&database, 4).await;
        assert_eq!(flaw(&storage, &[]).await, None, "the rows agree with each other");
        assert_eq!(flaw(&storage, &noted).await, Some(missing(5)));
        append(&storage, &an_entry(workspace(1), 7)).await;
        let other = Flaw { seq: 5, what: ChainFlaw::NotAsNoted };
        assert_eq!(flaw(&storage, &noted).await, Some(other), "another entry grew in its place");

        let rows = database.inspect_product().await;
        for table in ["audit_log", "audit_heads"] {
            rows.execute(&format!("DELETE FROM {table} WHERE workspace_id = '{}'", workspace(1))).await;
        }
        assert_eq!(flaw(&storage, &noted).await, Some(missing(1)), "the whole chain is gone");
    }
}

async fn noted(storage: &Storage) -> Vec<NotedHead> {
    let chains = verified(storage, &[]).await;
    let noted = chains.into_iter().map(|chain| NotedHead { chain: chain.name, head: chain.head.unwrap() });
    // Convert the heads to text and back, because people note them as text.
    noted.map(|noted| noted.to_string().parse().unwrap()).collect()
}

async fn cut_after(database: &TestDatabase, last: i64) {
    let rows = database.inspect_product().await;
    let name = workspace(1);
    rows.execute(&format!("DELETE FROM audit_log WHERE workspace_id = '{name}' AND seq > {last}")).await;
    let end = format!(
        "UPDATE audit_heads SET seq = {last}, mac = (SELECT mac FROM audit_log WHERE {}) WHERE workspace_id = '{name}'",
        row(last)
    );
    change(&rows, end).await;
}

/// The chain has more entries than one page.
#[tokio::test]
async fn long_chains_are_verified_to_their_end() {
    let database = Databases::sqlite();
    let storage = database.open().await;
    let mut tx = storage.begin().await.unwrap();
    for number in 0..1_200 {
        tx.audit().append(&an_entry(workspace(1), number)).await.unwrap();
    }
    tx.commit().await.unwrap();
    assert_eq!(verified(&storage, &[]).await[0].head.unwrap().seq, 1_200);
    let rows = database.inspect_product().await;
    change(&rows, format!("UPDATE audit_log SET at = at + 1 WHERE {}", row(1_100))).await;
    assert_eq!(flaw(&storage, &[]).await, Some(altered(1_100)));
}
