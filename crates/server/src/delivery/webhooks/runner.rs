//! Runs one endpoint: reads the log, sends, and writes what came of it. Everything that must survive is in rows and in the
//! cursor; what is in memory is bounded and read again after a crash.

use std::collections::{BTreeSet, HashSet, VecDeque};
use std::sync::Arc;
use std::time::Duration;

use futures_util::FutureExt as _;
use futures_util::StreamExt as _;
use futures_util::future::BoxFuture;
use futures_util::stream::FuturesUnordered;
use linekeeper_model::Timestamp;
use linekeeper_model::event::Seq;
use linekeeper_model::id::{DeliveryId, WebhookId};
use linekeeper_model::webhook::{
    Delivery, DeliveryStatus, DisabledFor, Endpoint, EndpointHealth, Next, Outcome, Private, next,
};
use linekeeper_storage::{Interest, StorageError, Tx};
use tokio::sync::watch;
use tokio::time::{Instant, sleep};
use tokio_util::sync::CancellationToken;

use super::engine::Engine;
use super::lanes::{Job, Lanes, WINDOW};
use super::outbox::{Beside, Outbox};
use super::rights;
use super::send::{Letter, Reply};
use crate::credentials::grants::webhook_standing;
use crate::events::{Reader, ReaderError, Turn};

/// Requests of one endpoint at one time.
const AT_ONCE: usize = 16;
/// Of those, requests that somebody asked for again.
const REPLAYS_AT_ONCE: usize = 4;
/// Events that one look at the log takes.
const PAGE: u32 = 128;
/// Events that one look at a lane's rows takes.
const LANE_PAGE: u32 = 32;
/// How long a request may keep the memory full before those behind it are written to rows.
const SLOW: Duration = Duration::from_secs(1);
/// Rows that may wait for the disk.
const UNWRITTEN: usize = 1024;
/// How far the cursor may stay behind where only events passed that are not wanted.
const SLACK: u64 = 500;
/// How often the last success is written down.
const NOTE_SUCCESS: Duration = Duration::from_secs(1);
/// At the latest, what others changed is noticed after so long.
const LOOK: Duration = Duration::from_secs(10);
/// For requests that are on their way when the server stops.
const FAREWELL: Duration = Duration::from_secs(5);

/// Why a runner ended.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Ended {
    /// The server stops.
    Stopping,
    /// Another server holds the reader.
    Lost,
    /// Nothing may be sent until somebody changes that.
    Resting,
    /// The endpoint was deleted.
    Gone,
}

/// See the module.
pub(super) struct Runner<'e> {
    engine: &'e Engine,
    id: WebhookId,
    reader: Reader,
    lanes: Lanes,
    outbox: Outbox,
    replays: VecDeque<Job>,
    /// Replays that are taken from their rows: they still look as if they waited.
    replaying: HashSet<Seq>,
    next_replay: Option<Timestamp>,
    /// Places after the cursor that were done before the last stop.
    already: BTreeSet<Seq>,
    health: EndpointHealth,
    /// What the database has.
    noted: EndpointHealth,
    noted_at: Instant,
    disabled: Option<DisabledFor>,
    resumes: u32,
    sends: FuturesUnordered<BoxFuture<'static, Sent>>,
    /// Whether there may be events in the log that were not read.
    more: bool,
}

/// A request that ended.
struct Sent {
    job: Job,
    is_replay: bool,
    reply: Reply,
}

impl<'e> Runner<'e> {
    /// Takes the endpoint's reader, and finds where it stopped.
    pub(super) async fn open(
        engine: &'e Engine,
        endpoint: &Endpoint,
        turn: Turn,
    ) -> Result<Self, StorageError> {
        let id = endpoint.id;
        let reader =
            Reader::hold(&engine.storage, &engine.log, &Endpoint::reader(id), interest(endpoint), turn).await;
        let mut tx = engine.storage.read().await?;
        let mut lanes = Lanes::default();
        for waiting in tx.deliveries().lanes(id).await? {
            lanes.store(waiting.account, waiting.next_try_at);
        }
        Ok(Self {
            engine,
            id,
            lanes,
            outbox: Outbox::default(),
            replays: VecDeque::new(),
            replaying: HashSet::new(),
            next_replay: tx.deliveries().next_replay(id).await?,
            already: tx.deliveries().places_after(id, reader.kept()).await?,
            reader,
            health: endpoint.health.clone(),
            noted: endpoint.health.clone(),
            noted_at: Instant::now(),
            disabled: None,
            resumes: endpoint.resumes,
            sends: FuturesUnordered::new(),
            more: true,
        })
    }

    /// Runs until something ends it. `told` wakes when somebody changed the endpoint.
    pub(super) async fn run(
        &mut self,
        told: &mut watch::Receiver<u64>,
        stopping: &CancellationToken,
    ) -> Ended {
        loop {
            let round = if stopping.is_cancelled() { Ok(Some(Ended::Stopping)) } else { self.round().await };
            let ended = match round {
                Ok(None) => None,
                Ok(ended) => ended,
                Err(ReaderError::Lost) => return Ended::Lost,
                Err(ReaderError::Storage(error)) => {
                    tracing::warn!(webhook = %self.id, %error, "could not look for what to send");
                    sleep(super::REST).await;
                    None
                }
            };
            if let Some(ended) = ended {
                return if self.finish().await { ended } else { Ended::Lost };
            }
            self.engine.note_lag(self.id, &self.reader);
            self.flush();
            if let Err(ReaderError::Lost) = self.keep().await {
                return Ended::Lost;
            }
            if self.wants_more() {
                if self.take_ended().await.is_err() {
                    return Ended::Lost;
                }
                continue;
            }
            let until_due = self.until_due();
            let lost = tokio::select! {
                Some(sent) = self.sends.next(), if !self.sends.is_empty() => {
                    self.settle(sent);
                    self.take_ended().await.is_err()
                }
                written = self.outbox.written() => self.note_written(written),
                () = self.reader.woken() => {
                    self.more = true;
                    false
                }
                told = told.changed() => {
                    self.next_replay = self.next_replay.or(Some(Timestamp::UNIX_EPOCH));
                    // The engine is gone, and then so is the server.
                    if told.is_err() { return Ended::Stopping }
                    false
                }
                () = sleep(until_due) => false,
                () = stopping.cancelled() => false,
            };
            if lost {
                return Ended::Lost;
            }
        }
    }

    /// Looks at the endpoint and at the rights of its maker, reads what there is room for, and sends what may go.
    async fn round(&mut self) -> Result<Option<Ended>, ReaderError> {
        let now = self.engine.clock.now();
        let mut tx = self.engine.storage.read().await?;
        let Some(endpoint) = tx.webhooks().by_id(self.id).await? else { return Ok(Some(Ended::Gone)) };
        let private = match &endpoint.private {
            Some(private) if endpoint.sends() && self.disabled.is_none() => Arc::new(private.clone()),
            _ => return Ok(Some(Ended::Resting)),
        };
        if endpoint.resumes != self.resumes {
            self.resumes = endpoint.resumes;
            self.health.forget_trouble();
            self.lanes.release();
        }
        let (workspace, maker) = (endpoint.workspace_id, endpoint.maker);
        let Some(maker) = webhook_standing(&mut tx, workspace, maker, now).await? else {
            self.disabled = Some(DisabledFor::MakerLostRights);
            return Ok(Some(Ended::Resting));
        };
        self.reader.set_interest(interest(&endpoint));
        self.fill(&mut tx, &endpoint, now).await?;
        let timeout = Duration::from_secs(endpoint.timeout_seconds.into());
        while let Some((job, is_replay)) = self.choose(now) {
            if rights::may_have(&mut tx, &maker, &job.event).await? {
                self.send(job, is_replay, &private, timeout);
            } else {
                self.leave_out(job, is_replay, now);
            }
        }
        drop(tx);
        self.tell_of_failing(&endpoint, now).await?;
        Ok(None)
    }

    /// Reads the rows of lanes that are due, those that somebody asked for again, and the log, as far as there is room.
    async fn fill(&mut self, tx: &mut Tx, endpoint: &Endpoint, now: Timestamp) -> Result<(), StorageError> {
        // After a crash an event may have to be read from the log that stands before those in rows.
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
                if is_done || !endpoint.filter.wants(&event) {
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

    /// Whether the log is to be read on. While the endpoint is down, what waits there is left there.
    fn wants_more(&self) -> bool {
        let is_idle = (self.lanes.is_empty() && self.sends.is_empty()) || !self.already.is_empty();
        let has_room = self.lanes.held() < WINDOW && self.outbox.len() < UNWRITTEN;
        self.more && has_room && (!self.health.is_down() || is_idle)
    }

    /// The next event that may be sent.
    fn choose(&mut self, now: Timestamp) -> Option<(Job, bool)> {
        let most = if self.health.is_failing(now) { 1 } else { AT_ONCE };
        if self.sends.len() >= most || self.outbox.len() >= UNWRITTEN {
            return None;
        }
        let replays_sent = self.replaying.len() - self.replays.len();
        if replays_sent < REPLAYS_AT_ONCE
            && let Some(job) = self.replays.pop_front()
        {
            return Some((job, true));
        }
        self.lanes.next(Instant::now()).map(|job| (job, false))
    }

    fn send(&self, job: Job, is_replay: bool, private: &Arc<Private>, timeout: Duration) {
        let (sender, private) = (self.engine.sender.clone(), Arc::clone(private));
        let letter = Letter::of(&job.event);
        let sending = async move {
            let reply = sender.send(&private, &letter, timeout).await;
            Sent { job, is_replay, reply }
        };
        self.sends.push(sending.boxed());
    }

    /// A request ended.
    fn settle(&mut self, Sent { job, is_replay, reply }: Sent) {
        let now = self.engine.clock.now();
        let was_down = self.health.is_down();
        let outcome = self.health.meaning_of(&reply.attempt);
        self.health.note(&reply.attempt);
        self.engine.metrics.attempted(&reply.attempt);
        let (lane, seq) = (job.lane(), job.event.seq);
        let mut row = self.row_of(job, now);
        row.is_replay = is_replay;
        row.refusals += u32::from(outcome == Outcome::Refused);
        row.add(reply.attempt);
        let chance = rand::random_range(0.0..=1.0);
        let (status, due) = match next(outcome, row.tries, row.refusals, reply.retry_after, chance) {
            Next::Done => (DeliveryStatus::Delivered, None),
            Next::Again(pause) => (DeliveryStatus::Pending, now.checked_add(pause).ok()),
            Next::Dead => {
                self.health.note_dead(now);
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

    /// An event that its maker may not read is passed over.
    fn leave_out(&mut self, job: Job, is_replay: bool, now: Timestamp) {
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

    /// An event waits in a row from now on.
    fn store(&mut self, job: Job, now: Timestamp) {
        if job.row.is_none() {
            let row = self.row_of(job, now);
            self.outbox.put(row);
        }
    }

    fn row_of(&self, job: Job, now: Timestamp) -> Delivery {
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

    /// Begins to write where there is something, and no write is under way.
    fn flush(&mut self) {
        let changed = self.health != self.noted;
        let matters = changed
            && (self.health.is_down() != self.noted.is_down() || self.noted_at.elapsed() >= NOTE_SUCCESS);
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

    /// Moves the cursor past events that are not wanted, and gives a sign of life.
    async fn keep(&mut self) -> Result<(), ReaderError> {
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

    /// Settles all that has ended by now, without waiting.
    async fn take_ended(&mut self) -> Result<(), ReaderError> {
        // Lets the requests go on between two looks at the log.
        tokio::task::yield_now().await;
        while let Some(Some(sent)) = self.sends.next().now_or_never() {
            self.settle(sent);
        }
        let Some(written) = self.outbox.written().now_or_never() else { return Ok(()) };
        if self.note_written(written) { Err(ReaderError::Lost) } else { Ok(()) }
    }

    /// True where another server holds the reader now.
    fn note_written(&mut self, written: Result<Option<Seq>, ReaderError>) -> bool {
        match written {
            Ok(Some(cursor)) => self.reader.moved(cursor),
            // It is written again, with the next rows.
            Ok(None) => self.noted = EndpointHealth::default(),
            Err(ReaderError::Lost) => return true,
            Err(ReaderError::Storage(error)) => tracing::warn!(%error, "could not write deliveries"),
        }
        false
    }

    /// Waits a little for what is on its way, and writes everything down. False where the reader was lost.
    async fn finish(&mut self) -> bool {
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

    async fn tell_of_failing(&mut self, endpoint: &Endpoint, now: Timestamp) -> Result<(), StorageError> {
        if self.health.is_failing(now) && !self.health.told {
            self.health.told = true;
            let endpoint = Endpoint { health: self.health.clone(), ..endpoint.clone() };
            self.engine.tell_of_failing(&endpoint, now).await?;
            (self.noted, self.noted_at) = (self.health.clone(), Instant::now());
        }
        Ok(())
    }

    fn until_due(&self) -> Duration {
        let now = self.engine.clock.now();
        // Replays whose rows are being written are looked for again when they are.
        let replay = self.next_replay.filter(|_| self.replays.is_empty() && self.replaying.is_empty());
        let due = [self.lanes.next_due(), replay].into_iter().flatten().min();
        let until = due.map(|due| Duration::try_from(due.duration_since(now)).unwrap_or_default());
        until.map_or(LOOK, |until| until.clamp(Duration::from_millis(20), LOOK))
    }
}

fn interest(endpoint: &Endpoint) -> Interest {
    Interest {
        workspace: Some(endpoint.workspace_id),
        types: endpoint.filter.event_types().into_iter().collect(),
        accounts: endpoint.filter.accounts.clone(),
    }
}
