//! Runs all endpoints (the targets of webhooks). Each one has its own task, so that no endpoint waits for another.

use std::collections::{BTreeMap, HashMap};
use std::panic::AssertUnwindSafe;
use std::sync::Arc;
use std::time::Duration;

use futures_util::FutureExt as _;
use linekeeper_model::Timestamp;
use linekeeper_model::access::Permission;
use linekeeper_model::clock::Clock;
use linekeeper_model::id::WebhookId;
use linekeeper_model::webhook::Endpoint;
use linekeeper_storage::{Storage, StorageError};
use tokio::sync::watch;
use tokio::task::JoinSet;
use tokio::time::sleep;
use tokio_util::sync::CancellationToken;
use url::Url;

use super::letter;
use super::runner::{Ended, Runner};
use super::send::Sender;
use crate::delivery::email::Mailer;
use crate::events::{Log, Reader, Turn};
use crate::telemetry::metrics::DeliveryMetrics;

/// How often to check for endpoints that other servers created.
const LOOK: Duration = Duration::from_secs(10);

/// What all endpoints share.
pub(super) struct Engine {
    pub storage: Storage,
    pub log: Log,
    pub clock: Arc<dyn Clock>,
    pub sender: Sender,
    pub mailer: Mailer,
    pub base_url: Url,
    pub metrics: DeliveryMetrics,
}

impl Engine {
    /// Runs all endpoints until `stopping` is cancelled. `told` changes when an endpoint is changed through this
    /// server.
    pub(super) async fn run(self: Arc<Self>, mut told: watch::Receiver<u64>, stopping: CancellationToken) {
        let mut running: JoinSet<WebhookId> = JoinSet::new();
        let mut known: HashMap<WebhookId, CancellationToken> = HashMap::new();
        let mut turn = Turn::Now;
        while !stopping.is_cancelled() {
            match self.ids().await {
                Ok(ids) => {
                    for id in &ids {
                        if !known.contains_key(id) {
                            let ours = stopping.child_token();
                            known.insert(*id, ours.clone());
                            running.spawn(Arc::clone(&self).run_one(*id, turn, told.clone(), ours));
                        }
                    }
                    known.retain(|id, ours| {
                        let is_there = ids.binary_search(id).is_ok();
                        if !is_there {
                            ours.cancel();
                        }
                        is_there
                    });
                    // If an endpoint is created through this server, `told` wakes this loop, and this server takes over
                    // the endpoint at once. Any other new endpoint stays with another server until that server gives no
                    // more signs of life.
                    turn = Turn::WhenSilent;
                }
                Err(error) => tracing::warn!(%error, "could not look for webhooks"),
            }
            tokio::select! {
                changed = told.changed() => {
                    if changed.is_err() { break }
                    turn = Turn::Now;
                }
                Some(ended) = running.join_next(), if !running.is_empty() => {
                    if let Ok(id) = ended { known.remove(&id); }
                }
                () = sleep(LOOK) => {}
                () = stopping.cancelled() => {}
            }
        }
        while running.join_next().await.is_some() {}
    }

    async fn ids(&self) -> Result<Vec<WebhookId>, StorageError> {
        self.storage.read().await?.webhooks().ids().await
    }

    /// Runs one endpoint until it is deleted or the server stops. A panic pauses only this endpoint.
    async fn run_one(
        self: Arc<Self>,
        id: WebhookId,
        mut turn: Turn,
        mut told: watch::Receiver<u64>,
        stopping: CancellationToken,
    ) -> WebhookId {
        while !stopping.is_cancelled() {
            let tended = AssertUnwindSafe(self.tend(id, turn, &mut told, &stopping)).catch_unwind().await;
            match tended {
                Ok(Ok(Ended::Lost)) => turn = Turn::WhenSilent,
                Ok(Ok(Ended::Resting)) => {
                    tokio::select! {
                        _ = told.changed() => {}
                        () = sleep(LOOK) => {}
                        () = stopping.cancelled() => {}
                    }
                }
                Ok(Ok(Ended::Stopping | Ended::Gone)) => break,
                Ok(Err(error)) => {
                    tracing::warn!(webhook = %id, %error, "a webhook could not be run; trying again");
                    stopping.run_until_cancelled(sleep(super::REST)).await;
                }
                Err(_panicked) => {
                    tracing::error!(webhook = %id, "a webhook's task panicked; starting it again");
                    stopping.run_until_cancelled(sleep(super::REST)).await;
                }
            }
        }
        self.metrics.forget(id);
        id
    }

    async fn tend(
        &self,
        id: WebhookId,
        turn: Turn,
        told: &mut watch::Receiver<u64>,
        stopping: &CancellationToken,
    ) -> Result<Ended, StorageError> {
        told.mark_unchanged();
        let Some(endpoint) = self.storage.read().await?.webhooks().by_id(id).await? else {
            return Ok(Ended::Gone);
        };
        if !endpoint.sends() {
            return Ok(Ended::Resting);
        }
        let opening = Runner::open(self, &endpoint, turn);
        let Some(runner) = stopping.run_until_cancelled(opening).await else { return Ok(Ended::Stopping) };
        Ok(runner?.run(told, stopping).await)
    }

    /// Sends an email about a failing endpoint to each member who manages webhooks and wants notifications.
    pub(super) async fn tell_of_failing(
        &self,
        endpoint: &Endpoint,
        now: Timestamp,
    ) -> Result<(), StorageError> {
        let mut tx = self.storage.begin().await?;
        if self.mailer.is_configured()
            && let Some(workspace) = tx.workspaces().get(endpoint.workspace_id).await?
        {
            let mut told = BTreeMap::new();
            for member in tx.members().of_workspace(workspace.id).await? {
                let email = member.user.login.email().filter(|_| member.notify);
                if let Some(email) = email.filter(|_| member.role.allows(Permission::WebhooksManage)) {
                    told.insert(email.as_str().to_owned(), email.clone());
                }
            }
            for to in told.values() {
                let mail = letter::failing(to, &workspace, endpoint, &self.base_url);
                self.mailer.put(&mut tx, now, &mail).await?;
            }
        }
        tx.webhooks().set_health(endpoint.id, &endpoint.health).await?;
        tx.commit().await?;
        self.mailer.wake();
        tracing::warn!(webhook = %endpoint.id, "a webhook has not worked for a day");
        Ok(())
    }

    pub(super) fn note_lag(&self, id: WebhookId, reader: &Reader, oldest: Option<Timestamp>) {
        let now = self.clock.now();
        let waits = oldest.map(|oldest| now.duration_since(oldest));
        self.metrics.webhook_lags(id, reader.behind(), waits);
    }
}
