//! Writes the results of requests to the database, and ends the runner.

use futures_util::FutureExt as _;
use futures_util::StreamExt as _;
use linekeeper_model::Timestamp;
use linekeeper_model::event::Seq;
use linekeeper_model::webhook::{Endpoint, EndpointHealth};
use linekeeper_storage::StorageError;
use tokio::time::Instant;

use super::{FAREWELL, NOTE_SUCCESS, Runner, SLACK};
use crate::delivery::webhooks::outbox::Beside;
use crate::events::ReaderError;

impl Runner<'_> {
    /// Begins a write if there is something to write and no write is in progress.
    pub(super) fn flush(&mut self) {
        let changed = self.health != self.noted;
        let matters = changed
            && (self.disabled.is_some()
                || self.health.is_down() != self.noted.is_down()
                || self.noted_at.elapsed() >= NOTE_SUCCESS);
        if self.outbox.has_work() || (!self.outbox.is_writing() && (matters || self.disabled.is_some())) {
            let health = matters.then(|| self.health.clone());
            if let Some(health) = &health {
                (self.noted, self.noted_at) = (health.clone(), Instant::now());
            }
            let cursor = self.lanes.done_up_to(self.reader.read());
            let (webhook, mover, disabled) = (self.id, self.reader.mover(), self.disabled);
            self.outbox.write(&self.engine.storage, Beside { webhook, mover, cursor, health, disabled });
        }
    }

    /// Moves the cursor past events that the endpoint does not want, and confirms that this server still holds the
    /// reader.
    pub(super) async fn keep(&mut self) -> Result<(), ReaderError> {
        if self.outbox.is_writing() {
            return Ok(());
        }
        let done = self.lanes.done_up_to(self.reader.read());
        match self.reader.keep(done, SLACK).await {
            Err(ReaderError::Storage(error)) => {
                tracing::warn!(webhook = %self.id, %error, "could not move a cursor");
                Ok(())
            }
            kept => kept,
        }
    }

    /// Handles the results of all requests that have ended by now, without waiting.
    pub(super) async fn take_ended(&mut self) -> Result<(), ReaderError> {
        // This lets requests make progress between two reads of the log.
        tokio::task::yield_now().await;
        while let Some(Some(sent)) = self.sends.next().now_or_never() {
            self.settle(sent);
        }
        let Some(written) = self.outbox.written().now_or_never() else { return Ok(()) };
        if self.note_written(written) { Err(ReaderError::Lost) } else { Ok(()) }
    }

    /// Handles the result of a write. Returns true if another server holds the reader now.
    pub(super) fn note_written(&mut self, written: Result<Option<Seq>, ReaderError>) -> bool {
        match written {
            Ok(Some(cursor)) => self.reader.moved(cursor),
            // The write failed, so the next write must include the health again.
            Ok(None) => self.noted = EndpointHealth::default(),
            Err(ReaderError::Lost) => return true,
            Err(ReaderError::Storage(error)) => tracing::warn!(%error, "could not write deliveries"),
        }
        false
    }

    /// Waits a little for the requests in progress, then writes everything. Returns false if another server holds
    /// the reader now.
    pub(super) async fn finish(&mut self) -> bool {
        let deadline = Instant::now() + FAREWELL;
        while let Ok(Some(sent)) = tokio::time::timeout_at(deadline, self.sends.next()).await {
            self.settle(sent);
        }
        self.sends.clear();
        loop {
            self.flush();
            if !self.outbox.is_writing() {
                return true;
            }
            let written = self.outbox.written().await;
            if self.note_written(written) {
                return false;
            }
            let is_clean = self.outbox.len() == 0;
            if is_clean || Instant::now() > deadline {
                return true;
            }
        }
    }

    pub(super) async fn tell_of_failing(
        &mut self,
        endpoint: &Endpoint,
        now: Timestamp,
    ) -> Result<(), StorageError> {
        if self.health.is_failing(now) && !self.health.told {
            self.health.told = true;
            let endpoint = Endpoint { health: self.health.clone(), ..endpoint.clone() };
            self.engine.tell_of_failing(&endpoint, now).await?;
            (self.noted, self.noted_at) = (self.health.clone(), Instant::now());
        }
        Ok(())
    }
}
