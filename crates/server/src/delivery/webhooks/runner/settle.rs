//! What happens to an event after its request has ended, and to an event that is not sent.

use linekeeper_model::Timestamp;
use linekeeper_model::analytics::Figure;
use linekeeper_model::id::DeliveryId;
use linekeeper_model::webhook::{Delivery, DeliveryStatus, DisabledFor, Next, Outcome, next};

use super::{Runner, Sent};
use crate::delivery::webhooks::lanes::Job;

impl Runner<'_> {
    /// Handles the result of a request.
    pub(super) fn settle(&mut self, Sent { job, is_replay, reply }: Sent) {
        let now = self.engine.clock.now();
        let was_down = self.health.is_down();
        let outcome = self.health.meaning_of(&reply.attempt);
        self.health.note(&reply.attempt);
        self.engine.metrics.attempted(&reply.attempt);
        let (lane, seq) = (job.lane(), job.event.seq);
        let mut row = self.row_of(job, now);
        row.is_replay = is_replay;
        row.refusals += u32::from(outcome == Outcome::Refused);
        let taken = reply.attempt.failure.is_none();
        let figure = if taken { Figure::WebhookTaken } else { Figure::WebhookFailed };
        self.outbox.count(lane, now, figure);
        row.add(reply.attempt);
        let chance = rand::random_range(0.0..=1.0);
        let (status, due) = match next(outcome, row.tries, row.refusals, reply.retry_after, chance) {
            Next::Done => (DeliveryStatus::Delivered, None),
            Next::Again(pause) => (DeliveryStatus::Pending, now.checked_add(pause).ok()),
            Next::Dead => {
                self.health.note_dead(now);
                self.outbox.count(lane, now, Figure::WebhookDead);
                (DeliveryStatus::Dead, None)
            }
            Next::Disable => {
                self.disabled = Some(DisabledFor::Gone);
                (DeliveryStatus::Pending, None)
            }
        };
        (row.status, row.next_try_at, row.updated_at) = (status, due, now);
        self.outbox.put(row);
        if is_replay {
            self.replaying.remove(&seq);
            self.next_replay = Some(self.next_replay.map_or(now, |known| known.min(due.unwrap_or(now))));
        } else if status == DeliveryStatus::Pending {
            for behind in self.lanes.park(lane, seq, due) {
                self.store(behind, now);
            }
        } else {
            self.lanes.done(lane, seq);
        }
        if was_down && !self.health.is_down() {
            self.lanes.release();
        }
    }

    /// Skips an event that the creator of the endpoint may not read.
    pub(super) fn leave_out(&mut self, job: Job, is_replay: bool, now: Timestamp) {
        let (lane, seq, had_row) = (job.lane(), job.event.seq, job.row.is_some());
        if had_row {
            let row = self.row_of(job, now);
            self.outbox.put(Delivery {
                status: DeliveryStatus::Dead,
                next_try_at: None,
                updated_at: now,
                ..row
            });
        }
        if is_replay {
            self.replaying.remove(&seq);
        } else {
            self.lanes.done(lane, seq);
        }
    }

    /// Stores the event in a database row, where it waits from now on.
    pub(super) fn store(&mut self, job: Job, now: Timestamp) {
        if job.row.is_none() {
            let row = self.row_of(job, now);
            self.outbox.put(row);
        }
    }

    pub(super) fn row_of(&self, job: Job, now: Timestamp) -> Delivery {
        job.row.unwrap_or_else(|| Delivery {
            id: DeliveryId::generate(now, &mut rand::rng()),
            webhook_id: self.id,
            event_id: job.event.id,
            seq: job.event.seq,
            event_type: job.event.payload.event_type(),
            account_id: job.event.account_id,
            status: DeliveryStatus::Pending,
            is_replay: false,
            attempts: Vec::new(),
            tries: 0,
            refusals: 0,
            next_try_at: None,
            created_at: now,
            updated_at: now,
        })
    }
}
