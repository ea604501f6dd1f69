//! Keeps one account's actor running. A panic interrupts only that account, for a moment.

use std::panic::AssertUnwindSafe;
use std::sync::Arc;
use std::time::Duration;

use futures_util::FutureExt;
use linekeeper_model::Timestamp;
use linekeeper_model::account::Account;
use linekeeper_model::id::AccountId;
use linekeeper_storage::{RuntimeEpoch, StorageError};
use tokio::sync::{mpsc, watch};
use tokio::time::Instant;

use super::actor::Actor;
use super::command::Command;
use super::dependencies::Dependencies;
use super::live::Live;
use super::logouts::Logouts;
use super::settings::Look;
use super::usage::Zone;

/// The pauses after the first five panics of an account's actor. After more panics, the last pause repeats.
const PAUSES: [Duration; 5] = [
    Duration::from_secs(1),
    Duration::from_secs(5),
    Duration::from_secs(15),
    Duration::from_secs(60),
    Duration::from_secs(300),
];

/// If an actor ran at least this long before it panicked, the earlier panics no longer count.
const CALM: Duration = Duration::from_secs(600);

/// An account as it was read from the database.
pub(super) struct Loaded {
    pub(super) account: Account,
    /// The epoch of the account's actor. The actor may write only while the account has this epoch.
    pub(super) epoch: RuntimeEpoch,
    /// When the row was read. `account.usage` is the count of the day that contains this time.
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
    let (id, mut epoch) = (loaded.account.id, loaded.epoch);
    let mut loaded = Some(loaded);
    let mut panics = 0usize;
    loop {
        let started = match loaded.take() {
            Some(loaded) => Some(loaded),
            None => match reload((id, epoch), &zone, &dependencies).await {
                // The account was deleted, or another server took it over.
                Ok(None) => return,
                Ok(found) => found,
                Err(_) => None,
            },
        };
        if let Some(loaded) = started {
            epoch = loaded.epoch;
            let (live, look) = (live.clone(), look.clone());
            let actor = Actor::new(loaded, zone.clone(), dependencies.clone(), logouts.clone(), live, look);
            let began = Instant::now();
            if AssertUnwindSafe(Box::pin(actor.run(&mut commands))).catch_unwind().await.is_ok() {
                return;
            }
            dependencies.metrics.panicked();
            tracing::error!(account = %id, "the account's actor panicked; starting it again");
            if began.elapsed() >= CALM {
                panics = 0;
            }
        }
        let pause = PAUSES[panics.min(PAUSES.len() - 1)];
        tokio::select! {
            () = tokio::time::sleep(pause) => {}
            () = dependencies.lifecycle.stopping().cancelled() => return,
        }
        panics += 1;
    }
}

/// Reads the account for a new actor. Returns `None` if `epoch` is no longer the account's epoch.
async fn reload(
    (id, epoch): (AccountId, RuntimeEpoch),
    zone: &Zone,
    dependencies: &Dependencies,
) -> Result<Option<Loaded>, StorageError> {
    let at = dependencies.clock.now();
    let mut tx = dependencies.storage.begin().await?;
    if !tx.accounts().holds(id, epoch).await? {
        return Ok(None);
    }
    let Some(epoch) = tx.accounts().take_over(id).await? else { return Ok(None) };
    let found = tx.accounts().get_any(id, &zone.day_of(at)).await?;
    tx.commit().await?;
    Ok(found.map(|account| Loaded { account, epoch, at }))
}
