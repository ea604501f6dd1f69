//! Fills the memory of one endpoint's runner with events to send.

use linekeeper_model::Timestamp;
use linekeeper_model::webhook::Endpoint;
use linekeeper_storage::{StorageError, Tx};
use tokio::time::Instant;

use super::{LANE_PAGE, PAGE, Runner, SLOW};
use crate::delivery::webhooks::lanes::{Job, WINDOW};

impl Runner<'_> {
    /// Reads events to send, as long as there is room in memory. They come from the database rows of lanes that are
    /// due, from the rows of events that a member wants to be sent again, and from the log.
    pub(super) async fn fill(
        &mut self,
        tx: &mut Tx,
        endpoint: &Endpoint,
        now: Timestamp,
    ) -> Result<(), StorageError> {
        // After a crash, the log may contain an event that is older than the events in the database rows of its lane.
        // So no rows are read until the log has been read past all events in `already`.
        let due = if self.already.is_empty() { self.lanes.due(now) } else { Vec::new() };
        for lane in due {
            if self.lanes.held() >= WINDOW || self.outbox.has_lane(lane) {
                continue;
            }
            let rows = tx.deliveries().waiting(self.id, lane, LANE_PAGE).await?;
            let is_all = rows.len() < LANE_PAGE as usize;
            let jobs = rows.into_iter().map(|(row, event)| Job { event, row: Some(row) }).collect();
            self.lanes.load(lane, jobs, is_all);
        }
        if self.replays.is_empty() && self.next_replay.is_some_and(|due| due <= now) {
            let most = LANE_PAGE + u32::try_from(self.replaying.len()).unwrap_or(u32::MAX - LANE_PAGE);
            for (row, event) in tx.deliveries().replays(self.id, now, most).await? {
                if !self.outbox.has(row.seq) && self.replaying.insert(row.seq) {
                    self.replays.push_back(Job { event, row: Some(row) });
                }
            }
            if self.replays.is_empty() && self.replaying.is_empty() {
                self.next_replay = tx.deliveries().next_replay(self.id).await?;
            }
        }
        if self.wants_more() {
            let page = self.reader.events(tx, PAGE).await?;
            if page.gap {
                tracing::warn!(webhook = %self.id, "events were removed for their age before they were sent");
            }
            for event in page.items {
                let is_done = self.already.remove(&event.seq);
                if is_done || !endpoint.filter.passes(&event) {
                    continue;
                }
                if let Some(waits) = self.lanes.admit(Job { event, row: None }) {
                    self.store(waits, now);
                }
            }
            self.reader.read_up_to(page.through);
            self.already.retain(|place| *place > page.through);
            self.more = !page.is_last;
        }
        if self.lanes.held() >= WINDOW {
            for waits in self.lanes.spill(Instant::now(), SLOW) {
                self.store(waits, now);
            }
        }
        Ok(())
    }
}
