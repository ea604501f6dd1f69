//! Runs one endpoint: reads the log, sends events, and writes the results. Everything that must survive a crash is
//! in the database, in rows and in the cursor. What is in memory is limited. After a crash it is read again.

mod fill;
mod keep;
mod settle;

use std::collections::{BTreeSet, HashSet, VecDeque};
use std::sync::Arc;
use std::time::Duration;

use futures_util::FutureExt as _;
use futures_util::StreamExt as _;
use futures_util::future::BoxFuture;
use futures_util::stream::FuturesUnordered;
use linekeeper_model::Timestamp;
use linekeeper_model::event::Seq;
use linekeeper_model::id::WebhookId;
use linekeeper_model::webhook::{DisabledFor, Endpoint, EndpointHealth, Private};
use linekeeper_storage::{Interest, StorageError};
use tokio::sync::watch;
use tokio::time::{Instant, sleep};
use tokio_util::sync::CancellationToken;

use super::engine::Engine;
use super::lanes::{Job, Lanes, WINDOW};
use super::outbox::Outbox;
use super::send::{Letter, Reply};
use super::{REST, rights};
use crate::credentials::grants::webhook_standing;
use crate::events::{Reader, ReaderError, Turn};

/// The maximum number of simultaneous requests of one endpoint.
const AT_ONCE: usize = 16;
/// The maximum number of simultaneous replays of one endpoint. A replay is an event that a member wants to be sent
/// again. Replays also count towards `AT_ONCE`.
const REPLAYS_AT_ONCE: usize = 4;
/// The maximum number of events that one read of the log returns.
const PAGE: u32 = 128;
/// The maximum number of events that are read at once from the database rows of a lane (an account).
const LANE_PAGE: u32 = 32;
/// While the memory is full, a request that takes longer than this counts as slow. The later events of its lane (its
/// account) are then written to database rows.
const SLOW: Duration = Duration::from_secs(1);
/// The maximum number of database rows that wait to be written.
const UNWRITTEN: usize = 1024;
/// While the endpoint wants none of the events, the cursor is written to the database only after this many events, or
/// once a minute.
const SLACK: u64 = 500;
/// How often the time of the last success is written.
const NOTE_SUCCESS: Duration = Duration::from_secs(1);
/// How long it may take to notice changes that other servers make.
const LOOK: Duration = Duration::from_secs(10);
/// How long to wait for requests in progress when the server stops.
const FAREWELL: Duration = Duration::from_secs(5);

/// Why a runner ended.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Ended {
    /// The server stops.
    Stopping,
    /// Another server holds the reader.
    Lost,
    /// Nothing may be sent until a member resumes the endpoint.
    Resting,
    /// The endpoint was deleted.
    Gone,
}

/// Runs one endpoint: reads the log, sends events, and writes the results.
pub(super) struct Runner<'e> {
    engine: &'e Engine,
    id: WebhookId,
    reader: Reader,
    lanes: Lanes,
    outbox: Outbox,
    replays: VecDeque<Job>,
    /// Replays that were loaded from the database. Their rows still say that the replays wait.
    replaying: HashSet<Seq>,
    next_replay: Option<Timestamp>,
    /// The numbers of events after the cursor that already had a database row when this runner started. The runner does
    /// not take these events from the log.
    already: BTreeSet<Seq>,
    health: EndpointHealth,
    /// The endpoint's health as the database has it.
    noted: EndpointHealth,
    noted_at: Instant,
    disabled: Option<DisabledFor>,
    resumes: u32,
    sends: FuturesUnordered<BoxFuture<'static, Sent>>,
    /// Whether the log may have events that this runner has not read yet.
    more: bool,
}

/// A request that has ended.
struct Sent {
    job: Job,
    is_replay: bool,
    reply: Reply,
}

impl<'e> Runner<'e> {
    /// Takes over the endpoint's reader, and continues where the reader stopped.
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
            lanes.store(waiting.account, waiting.next_try_at, waiting.since);
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

    /// Runs the endpoint until one of the reasons in [`Ended`] occurs. `told` announces that the endpoint was
    /// changed.
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
                    sleep(REST).await;
                    None
                }
            };
            if let Some(ended) = ended {
                return if self.finish().await { ended } else { Ended::Lost };
            }
            self.engine.note_lag(self.id, &self.reader, self.lanes.oldest());
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
                    // The engine was dropped, which happens when the server ends.
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

    /// Checks the endpoint and the rights of its creator, reads events as long as there is room, and sends the events
    /// that may be sent now.
    async fn round(&mut self) -> Result<Option<Ended>, ReaderError> {
        let now = self.engine.clock.now();
        let mut tx = self.engine.storage.look_up().await?;
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

    /// Whether to read more of the log. While the endpoint is down, events stay in the log.
    fn wants_more(&self) -> bool {
        let is_idle = (self.lanes.is_empty() && self.sends.is_empty()) || !self.already.is_empty();
        let has_room = self.lanes.held() < WINDOW && self.outbox.len() < UNWRITTEN;
        self.more && has_room && (!self.health.is_down() || is_idle)
    }

    /// Returns the next event that may be sent, and whether it is a replay.
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

    fn until_due(&self) -> Duration {
        let now = self.engine.clock.now();
        // While replays that were loaded are not finished yet, `next_replay` does not count. The runner looks for the
        // next replay when they are finished.
        let replay = self.next_replay.filter(|_| self.replays.is_empty() && self.replaying.is_empty());
        let due = [self.lanes.next_due(), replay].into_iter().flatten().min();
        let until = due.map(|due| Duration::try_from(due.duration_since(now)).unwrap_or_default());
        until.map_or(LOOK, |until| until.clamp(Duration::from_millis(20), LOOK))
    }
}

fn interest(endpoint: &Endpoint) -> Interest {
    Interest {
        workspace: Some(endpoint.workspace_id),
        types: endpoint.filter.event_types(),
        accounts: endpoint.filter.accounts.clone(),
    }
}
