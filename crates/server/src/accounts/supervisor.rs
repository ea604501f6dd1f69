//! Keeps one account's actor running. A panic interrupts only that account, for a moment.

use std::panic::AssertUnwindSafe;
use std::sync::Arc;
use std::time::Duration;

use futures_util::FutureExt;
use linekeeper_model::Timestamp;
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

/// An account as it was read from the database.
pub(super) struct Loaded {
    pub(super) account: Account,
    /// The account's usage is the count of the day that it was at this moment.
    pub(super) at: Timestamp,
}

/// Runs the account's actor until the server stops, and restarts it after each panic.
pub(super) async fn supervise(
    loaded: Loaded,
    zone: Zone,
    dependencies: Arc<Dependencies>,
    logouts: Arc<Logouts>,
    live: watch::Sender<Live>,
    mut commands: mpsc::Receiver<Command>,
    look: Arc<Look>,
) {
    let id = loaded.account.id;
    let mut loaded = Some(loaded);
    for panics in 0usize.. {
        let started = match loaded.take() {
            Some(loaded) => Some(loaded),
            None => match reload(id, &zone, &dependencies).await {
                // The account was deleted.
                Ok(None) => return,
                Ok(found) => found,
                Err(_) => None,
            },
        };
        if let Some(Loaded { account, at }) = started {
            let counters = Counters::new(zone.clone(), at, account.usage);
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
) -> Result<Option<Loaded>, StorageError> {
    let at = dependencies.clock.now();
    let mut tx = dependencies.storage.read().await?;
    let found = tx.accounts().get_any(id, &zone.day_of(at)).await?;
    Ok(found.map(|account| Loaded { account, at }))
}
