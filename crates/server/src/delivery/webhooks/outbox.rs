//! The outbox: what one endpoint has to write to the database. It has rows of deliveries, the cursor, the
//! endpoint's health, and figures. All this is written in one transaction, which several endpoints share. Only one
//! write at a time is in progress. Changes in the meantime belong to the next write.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use futures_util::FutureExt as _;
use futures_util::future::BoxFuture;
use linekeeper_model::Timestamp;
use linekeeper_model::analytics::{Counted, Figure};
use linekeeper_model::event::Seq;
use linekeeper_model::id::WebhookId;
use linekeeper_model::webhook::{Delivery, DisabledFor, EndpointHealth};
use linekeeper_storage::{CountedFrom, Storage, StorageError, Written};

use super::lanes::Lane;
use crate::events::{Mover, ReaderError};

/// How long to wait before trying again if the database cannot be used.
const REST: Duration = Duration::from_secs(1);

/// What one endpoint has to write to the database: rows of deliveries, and counts of requests.
#[derive(Default)]
pub(super) struct Outbox {
    rows: BTreeMap<Seq, Delivery>,
    counted: Counted,
    writing: Option<Writing>,
}

/// A write in progress.
struct Writing {
    rows: Arc<Vec<Delivery>>,
    counted: Arc<Counted>,
    cursor: Seq,
    end: BoxFuture<'static, Result<bool, StorageError>>,
}

/// What is written together with the rows of deliveries: the cursor, the endpoint's health, and whether the endpoint
/// was disabled.
pub(super) struct Beside {
    pub webhook: WebhookId,
    pub mover: Mover,
    pub cursor: Seq,
    pub health: Option<EndpointHealth>,
    pub disabled: Option<DisabledFor>,
}

impl Outbox {
    /// Adds a database row that must be written. If a row of the same event is not written yet, the new row replaces
    /// it.
    pub(super) fn put(&mut self, row: Delivery) {
        self.rows.insert(row.seq, row);
    }

    /// Counts the result of a request. The next write stores the count. Events without an account are not counted.
    pub(super) fn count(&mut self, lane: Lane, at: Timestamp, figure: Figure) {
        if let Some(account) = lane {
            self.counted.add(account, at, figure, 1);
        }
    }

    /// Whether no write is in progress and there are database rows to write.
    pub(super) fn has_work(&self) -> bool {
        self.writing.is_none() && !self.rows.is_empty()
    }

    pub(super) const fn is_writing(&self) -> bool {
        self.writing.is_some()
    }

    /// The number of deliveries whose rows are not in the database yet.
    pub(super) fn len(&self) -> usize {
        self.rows.len() + self.writing.as_ref().map_or(0, |writing| writing.rows.len())
    }

    /// Whether a row of this lane (account) is not in the database yet. Then the lane's rows in the database are
    /// outdated.
    pub(super) fn has_lane(&self, lane: Lane) -> bool {
        let written = self.writing.iter().flat_map(|writing| writing.rows.iter());
        self.rows.values().chain(written).any(|row| row.account_id == lane && !row.is_replay)
    }

    /// Whether the row of this event is not in the database yet.
    pub(super) fn has(&self, seq: Seq) -> bool {
        let written = self.writing.iter().flat_map(|writing| writing.rows.iter());
        self.rows.contains_key(&seq) || written.into_iter().any(|row| row.seq == seq)
    }

    /// Begins to write.
    pub(super) fn write(&mut self, storage: &Storage, beside: Beside) {
        let rows = Arc::new(Vec::from_iter(std::mem::take(&mut self.rows).into_values()));
        let counted = Arc::new(std::mem::take(&mut self.counted));
        let (cursor, storage) = (beside.cursor, storage.clone());
        let (written, figures) = (Arc::clone(&rows), Arc::clone(&counted));
        let end = async move {
            let done = commit(&storage, beside, written, figures).await;
            if done.is_err() {
                tokio::time::sleep(REST).await;
            }
            done
        };
        self.writing = Some(Writing { rows, counted, cursor, end: end.boxed() });
    }

    /// Waits until the write in progress has ended, and returns the written cursor. Returns `None` if the write failed:
    /// the next write includes the same rows. If no write is in progress, this never returns.
    pub(super) async fn written(&mut self) -> Result<Option<Seq>, ReaderError> {
        let Some(writing) = &mut self.writing else { return std::future::pending().await };
        let done = (&mut writing.end).await;
        let Some(Writing { rows, counted, cursor, .. }) = self.writing.take() else { return Ok(None) };
        match done {
            Ok(true) => Ok(Some(cursor)),
            Ok(false) => Err(ReaderError::Lost),
            Err(error) => {
                tracing::warn!(%error, "could not write what became of deliveries; trying again");
                for row in rows.iter() {
                    self.rows.entry(row.seq).or_insert_with(|| row.clone());
                }
                self.counted.merge(&counted);
                Ok(None)
            }
        }
    }
}

/// Writes everything. If another server holds the reader now, writes nothing and returns false.
async fn commit(
    storage: &Storage,
    beside: Beside,
    rows: Arc<Vec<Delivery>>,
    counted: Arc<Counted>,
) -> Result<bool, StorageError> {
    let written = storage.group().write(beside.webhook.as_uuid(), move |tx| {
        Box::pin(async move {
            match beside.mover.advance(tx, beside.cursor).await {
                Ok(()) => {}
                Err(ReaderError::Lost) => return Ok(Written::undone(false)),
                Err(ReaderError::Storage(error)) => return Err(error),
            }
            tx.deliveries().put_all(&rows).await?;
            for (account, day, figures) in counted.days() {
                tx.analytics().add(CountedFrom::Webhook(beside.webhook), account, day, figures).await?;
            }
            if let Some(health) = &beside.health {
                tx.webhooks().set_health(beside.webhook, health).await?;
            }
            if let Some(reason) = beside.disabled {
                tx.webhooks().disable(beside.webhook, reason).await?;
            }
            Ok(Written::silent(true))
        })
    });
    Ok(written.await?.0)
}
