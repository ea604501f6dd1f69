//! Commits the writes of many callers in one transaction, so that they share the wait for the disk and, on PostgreSQL,
//! for the row that holds the last event number. Each caller's work runs in its own savepoint, and the events of
//! all callers are appended together at the end. A caller gets its success only when everything is on disk.

use std::any::Any;
use std::sync::Arc;

use futures_util::future::BoxFuture;
use linekeeper_model::event::{NewEvent, Seq};
use tokio::sync::{mpsc, oneshot};
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;
use uuid::Uuid;

use crate::db::Pool;
use crate::error::StorageError;
use crate::tx::{Context, Tx};

/// The maximum number of waiting jobs. Later callers wait before they can add theirs.
const QUEUE: usize = 1024;
/// The maximum number of jobs in one transaction: enough to share the disk, and few enough that nobody waits long for
/// others.
const GROUP: usize = 128;
/// The number of groups that are written at the same time. SQLite has one writer. On PostgreSQL, a second group runs
/// its statements while the first one waits for the disk. All work of one account goes into the same lane (queue).
/// Otherwise, two groups could change rows of the same accounts in different orders and deadlock, which PostgreSQL
/// notices only after a second.
const POSTGRES_LANES: usize = 2;

/// The result of a caller's work, and its events.
#[derive(Debug)]
pub struct Written<T> {
    /// The value that the caller gets.
    pub value: T,
    /// The events to append to the log, in this order, when all work of the group is done.
    pub events: Vec<NewEvent>,
    /// Whether to undo what the work wrote, because the work refused the caller's request.
    pub undo: bool,
}

impl<T> Written<T> {
    /// A result, and the events about what was written.
    pub const fn told(value: T, events: Vec<NewEvent>) -> Self {
        Self { value, events, undo: false }
    }

    /// A result without events.
    pub const fn silent(value: T) -> Self {
        Self::told(value, Vec::new())
    }

    /// A refusal: everything that the work wrote is undone.
    pub const fn undone(value: T) -> Self {
        Self { value, events: Vec::new(), undo: true }
    }
}

type Erased = Box<dyn Any + Send>;
type Work =
    Box<dyn for<'t> FnOnce(&'t mut Tx) -> BoxFuture<'t, Result<Written<Erased>, StorageError>> + Send>;
type Answer = Result<(Erased, Option<Seq>), StorageError>;

struct Job {
    work: Work,
    reply: oneshot::Sender<Answer>,
}

/// Writes in groups, as the module describes. Cheap to clone.
#[derive(Clone)]
pub struct GroupWriter {
    lanes: Arc<[mpsc::Sender<Job>]>,
    stop: CancellationToken,
    task: TaskTracker,
}

impl GroupWriter {
    pub(crate) fn start(pool: &Pool, context: &Arc<Context>) -> Self {
        let (stop, task) = (CancellationToken::new(), TaskTracker::new());
        let count = if let Pool::Postgres(_) = pool { POSTGRES_LANES } else { 1 };
        let lane = |_| {
            let (queue, jobs) = mpsc::channel(QUEUE);
            pool.spawn_writer(&task, run(pool.clone(), context.clone(), jobs, stop.clone()));
            queue
        };
        let lanes = (0..count).map(lane).collect();
        task.close();
        Self { lanes, stop, task }
    }

    /// Runs `work` in a transaction that it shares with the work of other callers. `of` is the id of the account or
    /// webhook that owns the changed rows. When this returns, everything is on disk. The second returned value is a
    /// position in the event log: the caller must announce that the events up to this position are committed. If `work`
    /// fails, only its own changes are rolled back. If the caller stops waiting, `work` continues.
    pub async fn write<T, F>(&self, of: Uuid, work: F) -> Result<(T, Option<Seq>), StorageError>
    where
        T: Send + 'static,
        F: for<'t> FnOnce(&'t mut Tx) -> BoxFuture<'t, Result<Written<T>, StorageError>> + Send + 'static,
    {
        let work: Work = Box::new(move |tx| {
            let work = work(tx);
            Box::pin(async move {
                let Written { value, events, undo } = work.await?;
                Ok(Written { value: Box::new(value) as Erased, events, undo })
            })
        });
        let (reply, answer) = oneshot::channel();
        // The last bits of an id are random, so the lanes get equal shares of the work.
        let lane = of.as_u128() % self.lanes.len() as u128;
        let lane = usize::try_from(lane).ok().and_then(|lane| self.lanes.get(lane)).ok_or_else(closed)?;
        lane.send(Job { work, reply }).await.map_err(|_| closed())?;
        let (value, seq) = answer.await.map_err(|_| closed())??;
        let value = value.downcast::<T>().expect("a work answers with its own type");
        Ok((*value, seq))
    }

    /// Finishes the accepted work, and refuses new work.
    pub(crate) async fn close(&self) {
        self.stop.cancel();
        self.task.wait().await;
    }
}

fn closed() -> StorageError {
    StorageError::Unavailable("the database is closed".into())
}

async fn run(pool: Pool, context: Arc<Context>, mut jobs: mpsc::Receiver<Job>, stop: CancellationToken) {
    let mut group = Vec::with_capacity(GROUP);
    let mut stopping = false;
    loop {
        let received = tokio::select! {
            () = stop.cancelled(), if !stopping => {
                jobs.close();
                stopping = true;
                continue;
            }
            received = jobs.recv_many(&mut group, GROUP) => received,
        };
        if received == 0 {
            return;
        }
        let (works, replies): (Vec<Work>, Vec<_>) = group.drain(..).map(|job| (job.work, job.reply)).unzip();
        let mut answers = commit(&pool, &context, works).await.map_err(Arc::new).map(Vec::into_iter);
        for reply in replies {
            let answer = match &mut answers {
                Ok(answers) => answers.next().expect("there is an answer to each work"),
                Err(error) => Err(StorageError::shared(error)),
            };
            // The caller may have stopped waiting. The work is committed anyway.
            let _given_up = reply.send(answer);
        }
    }
}

/// Runs the work of several callers in one transaction. If the work of one caller fails, the work of the others
/// continues, unless the whole transaction is lost.
async fn commit(pool: &Pool, context: &Arc<Context>, works: Vec<Work>) -> Result<Vec<Answer>, StorageError> {
    let mut tx = Tx::new(pool.begin_here().await?, context.clone(), true);
    let mut done = Vec::with_capacity(works.len());
    let mut events = Vec::new();
    for work in works {
        tx.statement("SAVEPOINT one_work").await?;
        let outcome = work(&mut tx).await;
        let undo = outcome.as_ref().map_or(true, |written| written.undo);
        if undo && let Err(lost) = tx.statement("ROLLBACK TO one_work").await {
            // If the disk is full or fails, SQLite rolls back the whole transaction. Further statements would run
            // outside any transaction.
            tracing::warn!(%lost, "a group of writes was lost");
            return Err(outcome.err().unwrap_or(lost));
        }
        tx.statement("RELEASE one_work").await?;
        done.push(outcome.map(|written| {
            if !written.undo {
                events.extend(written.events);
            }
            written.value
        }));
    }
    // This comes last, because from here on every other transaction that appends has to wait.
    let last = tx.events().append_all(&events).await?;
    tx.commit().await?;
    Ok(done.into_iter().map(|outcome| outcome.map(|value| (value, last))).collect())
}
