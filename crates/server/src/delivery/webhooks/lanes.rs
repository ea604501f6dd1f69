//! The events of one endpoint that are in memory, ordered in lanes. There is one lane for each account, and in a
//! lane each event waits for the previous one. If the first event of a lane must be tried again, the events of
//! this lane wait in database rows, so that they use no memory. The functions are pure: time is a parameter.

use std::collections::{BTreeSet, HashMap, VecDeque};
use std::time::Duration;

use jiff::Timestamp;
use linekeeper_model::event::{Event, Seq};
use linekeeper_model::id::AccountId;
use linekeeper_model::webhook::Delivery;
use tokio::time::Instant;

/// The maximum number of events of one endpoint that are in memory.
pub(super) const WINDOW: usize = 512;

/// An event that must be sent.
#[derive(Debug, Clone)]
pub(super) struct Job {
    pub event: Event,
    /// The event's row in the database, if it has one.
    pub row: Option<Delivery>,
}

/// A lane, named by the account that its events are about. Events without an account share one lane.
pub(super) type Lane = Option<AccountId>;

#[derive(Debug, Default)]
struct Held {
    queue: VecDeque<Job>,
    /// Since when the lane's first event is being sent. `None` if no event is being sent.
    sent: Option<Instant>,
    /// Whether events of this lane wait in database rows. If so, later events of the lane must wait in rows too.
    stored: bool,
    /// When the first event in the database rows must be tried again.
    due: Option<Timestamp>,
    /// When the first event of the lane happened, if this is known.
    first: Option<Timestamp>,
}

/// The lanes of one endpoint. A lane has the events of one account, which are sent one after the other.
#[derive(Debug, Default)]
pub(super) struct Lanes {
    lanes: HashMap<Lane, Held>,
    /// The lanes whose first event may be sent now.
    ready: VecDeque<Lane>,
    /// The numbers of the events that are neither done nor stored in database rows.
    open: BTreeSet<Seq>,
    held: usize,
}

impl Job {
    pub(super) const fn lane(&self) -> Lane {
        self.event.account_id
    }
}

impl Lanes {
    /// The number of events in memory.
    pub(super) const fn held(&self) -> usize {
        self.held
    }

    /// Whether no event is waiting or being sent.
    pub(super) fn is_empty(&self) -> bool {
        self.lanes.is_empty()
    }

    /// Returns the number up to which all events are done or stored in database rows. `read` is the number up to which
    /// the log was read.
    pub(super) fn done_up_to(&self, read: Seq) -> Seq {
        self.open.first().map_or(read, |first| Seq::new(first.get() - 1))
    }

    /// When the oldest unfinished event happened, as far as this is known.
    pub(super) fn oldest(&self) -> Option<Timestamp> {
        self.lanes.values().filter_map(|held| held.first).min()
    }

    /// Notes that events of this lane wait in database rows until `due`. The first of these events happened at `since`.
    pub(super) fn store(&mut self, lane: Lane, due: Option<Timestamp>, since: Option<Timestamp>) {
        let held = self.lanes.entry(lane).or_default();
        (held.stored, held.due, held.first) = (true, due, since);
    }

    /// Takes an event from the log. Returns the event if the caller must store it in a database row.
    pub(super) fn admit(&mut self, job: Job) -> Option<Job> {
        let lane = job.lane();
        let held = self.lanes.entry(lane).or_default();
        if held.stored {
            return Some(job);
        }
        self.open.insert(job.event.seq);
        self.push(lane, job);
        None
    }

    /// Returns the next event to send. The other events of its lane wait until this event is done or stored in a
    /// database row.
    pub(super) fn next(&mut self, now: Instant) -> Option<Job> {
        loop {
            let lane = self.ready.pop_front()?;
            let Some(held) = self.lanes.get_mut(&lane) else { continue };
            if let Some(job) = held.queue.pop_front() {
                held.sent = Some(now);
                return Some(job);
            }
        }
    }

    /// Notes that the event is done. The next event of its lane may then be sent.
    pub(super) fn done(&mut self, lane: Lane, seq: Seq) {
        self.settled(seq);
        let Some(held) = self.lanes.get_mut(&lane) else { return };
        held.sent = None;
        // If the next event of the lane is only in a database row, its time becomes known when the row is loaded.
        held.first = held.queue.front().map(|job| job.event.occurred_at);
        match held.queue.is_empty() {
            false => self.ready.push_back(lane),
            true if !held.stored => drop(self.lanes.remove(&lane)),
            true => {}
        }
    }

    /// Notes that the event is stored in a database row and must be tried again at `due`. Returns the later events of
    /// the lane, which must be stored in rows too.
    pub(super) fn park(&mut self, lane: Lane, seq: Seq, due: Option<Timestamp>) -> Vec<Job> {
        self.settled(seq);
        let Some(held) = self.lanes.get_mut(&lane) else { return Vec::new() };
        (held.sent, held.stored, held.due) = (None, true, due);
        let behind: Vec<Job> = held.queue.drain(..).collect();
        self.held -= behind.len();
        for job in &behind {
            self.open.remove(&job.event.seq);
        }
        behind
    }

    /// Frees memory. If a lane has been sending one event for `after` or longer, this returns the other events of the
    /// lane. The caller must store them in database rows.
    pub(super) fn spill(&mut self, now: Instant, after: Duration) -> Vec<Job> {
        let mut behind = Vec::new();
        for held in self.lanes.values_mut() {
            if held.sent.is_some_and(|sent| now - sent >= after) && !held.queue.is_empty() {
                held.stored = true;
                behind.extend(held.queue.drain(..));
            }
        }
        self.held -= behind.len();
        for job in &behind {
            self.open.remove(&job.event.seq);
        }
        behind
    }

    /// The lanes that have no event in memory, and whose first database row is due.
    pub(super) fn due(&self, now: Timestamp) -> Vec<Lane> {
        let is_due = |held: &Held| held.waits_in_rows() && held.due.is_none_or(|due| due <= now);
        self.lanes.iter().filter(|(_, held)| is_due(held)).map(|(lane, _)| *lane).collect()
    }

    /// When the next lane whose events wait in database rows is due. This may be in the past.
    pub(super) fn next_due(&self) -> Option<Timestamp> {
        self.lanes.values().filter(|held| held.waits_in_rows()).filter_map(|held| held.due).min()
    }

    /// Adds the first events of a lane, which were loaded from their database rows. `is_all` says whether these were
    /// the last rows.
    pub(super) fn load(&mut self, lane: Lane, jobs: Vec<Job>, is_all: bool) {
        let held = self.lanes.entry(lane).or_default();
        (held.stored, held.due) = (!is_all, None);
        if is_all && jobs.is_empty() {
            self.lanes.remove(&lane);
        }
        for job in jobs {
            self.push(lane, job);
        }
    }

    /// Makes all waiting events due now, because the endpoint works again or a member asked for it.
    pub(super) fn release(&mut self) {
        for held in self.lanes.values_mut() {
            held.due = None;
        }
    }

    fn push(&mut self, lane: Lane, job: Job) {
        let held = self.lanes.entry(lane).or_default();
        if held.queue.is_empty() && held.sent.is_none() {
            held.first = Some(job.event.occurred_at);
            self.ready.push_back(lane);
        }
        held.queue.push_back(job);
        self.held += 1;
    }

    fn settled(&mut self, seq: Seq) {
        self.open.remove(&seq);
        self.held -= 1;
    }
}

impl Held {
    fn waits_in_rows(&self) -> bool {
        self.stored && self.sent.is_none() && self.queue.is_empty()
    }
}

#[cfg(test)]
mod tests {
    use linekeeper_model::event::Payload;
    use uuid::Uuid;

    use super::*;

    fn job(account: u128, seq: u64) -> Job {
        let event = Event {
            id: Uuid::from_u128(seq.into()).into(),
            seq: Seq::new(seq),
            workspace_id: Uuid::from_u128(1).into(),
            account_id: lane(account),
            occurred_at: Timestamp::UNIX_EPOCH,
            payload: Payload::AccountUpdated { fields: Vec::new() },
        };
        Job { event, row: None }
    }

    fn lane(account: u128) -> Lane {
        Some(Uuid::from_u128(account).into())
    }

    fn at(second: i64) -> Timestamp {
        Timestamp::from_second(second).unwrap()
    }

    fn places(lanes: &mut Lanes) -> Vec<u64> {
        std::iter::from_fn(|| lanes.next(Instant::now())).map(|job| job.event.seq.get()).collect()
    }

    fn with(jobs: &[(u128, u64)]) -> Lanes {
        let mut lanes = Lanes::default();
        for (account, seq) in jobs {
            assert!(lanes.admit(job(*account, *seq)).is_none());
        }
        lanes
    }

    #[test]
    fn an_event_waits_for_the_previous_event_of_its_account() {
        let mut lanes = with(&[(1, 1), (1, 2), (2, 3)]);
        assert_eq!(places(&mut lanes), [1, 3]);
        assert_eq!(lanes.done_up_to(Seq::new(9)), Seq::new(0));
        lanes.done(lane(2), Seq::new(3));
        assert_eq!(places(&mut lanes), [] as [u64; 0]);
        lanes.done(lane(1), Seq::new(1));
        assert_eq!(places(&mut lanes), [2]);
        assert_eq!(lanes.done_up_to(Seq::new(9)), Seq::new(1));
        lanes.done(lane(1), Seq::new(2));
        assert_eq!((lanes.done_up_to(Seq::new(9)), lanes.held(), lanes.is_empty()), (Seq::new(9), 0, true));
    }

    #[test]
    fn waiting_events_use_no_memory_and_delay_only_their_own_account() {
        let mut lanes = with(&[(1, 1), (1, 2), (2, 3), (1, 4)]);
        assert_eq!(places(&mut lanes), [1, 3]);
        let behind = lanes.park(lane(1), Seq::new(1), Some(at(5)));
        assert_eq!(behind.iter().map(|job| job.event.seq.get()).collect::<Vec<_>>(), [2, 4]);
        lanes.done(lane(2), Seq::new(3));
        assert_eq!((lanes.done_up_to(Seq::new(4)), lanes.held()), (Seq::new(4), 0));
        assert!(lanes.admit(job(1, 5)).is_some(), "it waits behind those in rows");
        assert_eq!(
            (lanes.due(at(4)), lanes.due(at(5)), lanes.next_due()),
            (vec![], vec![lane(1)], Some(at(5)))
        );
        lanes.load(lane(1), vec![job(1, 1), job(1, 2)], false);
        assert!(lanes.admit(job(1, 6)).is_some());
        assert_eq!(places(&mut lanes), [1]);
        lanes.done(lane(1), Seq::new(1));
        assert_eq!(places(&mut lanes), [2]);
        lanes.done(lane(1), Seq::new(2));
        assert_eq!(lanes.due(at(0)), [lane(1)]);
        lanes.load(lane(1), vec![job(1, 4)], true);
        assert!(lanes.admit(job(1, 7)).is_none(), "all rows are taken");
        assert_eq!(places(&mut lanes), [4]);
    }

    #[test]
    fn a_slow_endpoint_does_not_fill_the_memory() {
        let mut lanes = with(&[(1, 1), (1, 2), (2, 3)]);
        assert_eq!(places(&mut lanes), [1, 3]);
        let now = Instant::now();
        assert!(lanes.spill(now, Duration::from_secs(60)).is_empty());
        assert_eq!(lanes.spill(now + Duration::from_secs(60), Duration::from_secs(60)).len(), 1);
        assert!(lanes.admit(job(1, 4)).is_some());
        assert_eq!(lanes.due(at(0)), [] as [Lane; 0], "its first one is on its way");
        lanes.done(lane(1), Seq::new(1));
        assert_eq!(lanes.due(at(0)), [lane(1)]);
    }

    #[test]
    fn an_endpoint_that_works_again_gets_its_waiting_events() {
        let mut lanes = Lanes::default();
        lanes.store(lane(1), Some(at(3_600)), None);
        assert_eq!(lanes.due(at(0)), [] as [Lane; 0]);
        lanes.release();
        assert_eq!(lanes.due(at(0)), [lane(1)]);
        lanes.load(lane(1), Vec::new(), true);
        assert!(lanes.is_empty());
    }
}
