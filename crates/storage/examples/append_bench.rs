//! Measures how many events per second 50 writers append: first with one transaction per event, then with shared
//! transactions. `scripts/with-postgres.sh cargo run --release -p linekeeper-storage --features testing --example
//! append_bench`. SQLite writes to the disk of the temporary directory (`TMPDIR`).

use std::time::Instant;

use linekeeper_model::account::Account;
use linekeeper_model::clock::{Clock, SystemClock};
use linekeeper_model::event::{NewEvent, Payload};
use linekeeper_model::id::{AccountId, UserId, WorkspaceId};
use linekeeper_storage::testing::{Databases, Inspector};
use linekeeper_storage::{Storage, Written};
use tokio::task::JoinSet;

const WRITERS: usize = 50;
const EVENTS: usize = 10_000;

#[tokio::main]
#[expect(clippy::print_stdout, reason = "its output is what it is for")]
async fn main() {
    let mut databases = vec![Databases::sqlite()];
    if std::env::var_os("LINEKEEPER_TEST_POSTGRES").is_some() {
        databases.push(Databases::postgres().await);
    }
    for database in databases {
        let storage = database.open().await;
        let account = account(&database.inspect_product().await).await;
        for grouped in [false, true] {
            let per_second = append(&storage, &account, grouped).await;
            let how = if grouped { "in shared transactions" } else { "in a transaction each" };
            println!(
                "{}: {WRITERS} writers, {EVENTS} events {how}: {per_second:.0} a second",
                database.name()
            );
        }
        storage.close().await;
    }
}

/// An account with a workspace and a user.
async fn account(product: &Inspector) -> Account {
    let (mut rng, now) = (rand::rng(), SystemClock.now());
    let workspace = WorkspaceId::generate(now, &mut rng);
    let user = UserId::generate(now, &mut rng);
    product
        .execute(&format!(
            "INSERT INTO workspaces (id, name, time_zone, created_at) VALUES ('{workspace}', 'Bench', 'UTC', 0)"
        ))
        .await;
    let id = AccountId::generate(now, &mut rng);
    Account::new(id, workspace, user, "Bench".parse().expect("a name"), now)
}

async fn append(storage: &Storage, account: &Account, grouped: bool) -> f64 {
    let (mut tasks, begun) = (JoinSet::new(), Instant::now());
    for writer in 0..WRITERS {
        let (storage, workspace) = (storage.clone(), account.workspace_id);
        tasks.spawn(async move {
            for number in 0..EVENTS / WRITERS {
                let payload = Payload::AccountUpdated { fields: vec![format!("{writer}.{number}")] };
                let now = SystemClock.now();
                let id = AccountId::generate(now, &mut rand::rng());
                let event = NewEvent::of_account(workspace, id, payload, now, &mut rand::rng());
                // There is no account row, so that only the log is measured.
                let event = NewEvent { account_id: None, ..event };
                if grouped {
                    let work = storage.group().write(id.as_uuid(), move |_| {
                        Box::pin(async move { Ok(Written::told((), vec![event])) })
                    });
                    work.await.expect("the database takes writes");
                } else {
                    let mut tx = storage.begin().await.expect("the database is open");
                    tx.events().append(&event).await.expect("the database takes writes");
                    tx.commit().await.expect("the database takes writes");
                }
            }
        });
    }
    tasks.join_all().await;
    EVENTS as f64 / begun.elapsed().as_secs_f64()
}
