//! Keeps one account's actor running. A panic interrupts only that account, for a moment.

use std::panic::AssertUnwindSafe;
use std::sync::Arc;
use std::time::Duration;

use futures_util::FutureExt;
use linekeeper_model::account::Account;
use linekeeper_model::id::AccountId;
use linekeeper_storage::StorageError;
use tokio::sync::{mpsc, watch};

use super::actor::Actor;
use super::command::Command;
use super::dependencies::Dependencies;
use super::live::Live;
use super::logouts::Logouts;
use super::settings::Look;
use super::usage::{Counters, Zone};

/// The pauses after 1, 2, 3, 4 and 5 panics in a row. After more panics, the last pause repeats.
const PAUSES: [Duration; 5] = [
    Duration::from_secs(1),
    Duration::from_secs(5),
    Duration::from_secs(15),
    Duration::from_secs(60),
    Duration::from_secs(300),
];

/// Runs the account's actor until the server stops, and restarts it after each panic.
pub(super) async fn supervise(
    account: Account,
    zone: Zone,
    dependencies: Arc<Dependencies>,
    logouts: Arc<Logouts>,
    live: watch::Sender<Live>,
    mut commands: mpsc::Receiver<Command>,
    look: Arc<Look>,
) {
    let id = account.id;
    let mut account = Some(account);
    for panics in 0usize.. {
        let started = match account.take() {
            Some(account) => Some(account),
            None => match reload(id, &zone, &dependencies).await {
                // The account was deleted.
                Ok(None) => return,
                Ok(found) => found,
                Err(_) => None,
            },
        };
        if let Some(account) = started {
            let counters = Counters::new(zone.clone(), dependencies.clock.now(), account.usage);
            let (live, look) = (live.clone(), look.clone());
            let actor = Actor::new(account, counters, dependencies.clone(), logouts.clone(), live, look);
            if AssertUnwindSafe(Box::pin(actor.run(&mut commands))).catch_unwind().await.is_ok() {
                return;
            }
            dependencies.metrics.panicked();
            tracing::error!(account = %id, "the account's actor panicked; starting it again");
        }
        let pause = PAUSES[panics.min(PAUSES.len() - 1)];
        tokio::select! {
            () = tokio::time::sleep(pause) => {}
            () = dependencies.lifecycle.stopping().cancelled() => return,
        }
    }
}

async fn reload(
    id: AccountId,
    zone: &Zone,
    dependencies: &Dependencies,
) -> Result<Option<Account>, StorageError> {
    let day = zone.day_of(dependencies.clock.now());
    let mut tx = dependencies.storage.read().await?;
    tx.accounts().get_any(id, &day).await
}
