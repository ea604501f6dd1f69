//! Commits what many callers write in one transaction, so that they share the wait for the disk and, on PostgreSQL, the
//! one row that gives out places in the event log. Each caller's work stands in a savepoint of its own, and its events
//! are appended with all others at the end. A caller hears of success only when everything is on disk.

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

/// Works that may wait. A caller that comes later waits before it hands its work in.
const QUEUE: usize = 1024;
/// Works in one transaction: enough to share the disk, few enough that nobody waits long for the others.
const GROUP: usize = 128;
/// Groups that are written at one time. SQLite has one writer. On PostgreSQL a second group does its statements while the
/// first one waits for the disk. All works of one account go into one lane: two groups that change rows of the same accounts
/// in another order would wait for each other, a second each time.
const POSTGRES_LANES: usize = 2;

/// What a caller's work answers, and the events that tell of it.
#[derive(Debug)]
pub struct Written<T> {
    /// The caller's own answer.
    pub value: T,
    /// Appended in their order when all works of the group are done.
    pub events: Vec<NewEvent>,
    /// Whether what the work wrote is to be undone: it answers that it refused.
    pub undo: bool,
}

impl<T> Written<T> {
    /// An answer, and the events that tell of what was written.
    pub const fn told(value: T, events: Vec<NewEvent>) -> Self {
        Self { value, events, undo: false }
    }

    /// An answer that no event tells of.
    pub const fn silent(value: T) -> Self {
        Self::told(value, Vec::new())
    }

    /// A refusal: nothing of what the work wrote stays.
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

/// See the module. Cheap to clone.
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
            task.spawn(run(pool.clone(), context.clone(), jobs, stop.clone()));
            queue
        };
        let lanes = (0..count).map(lane).collect();
        task.close();
        Self { lanes, stop, task }
    }

    /// Carries out `work` in a transaction that it shares with others; everything is on disk when this returns. The second
    /// answer is a place in the event log: tell the log that events up to it are committed. Work that fails is rolled back
    /// alone. A caller that gives up waiting does not stop the work. `of` is whose rows it changes: an account's, or a webhook's.
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
        // The last bits of an id are random.
        let lane = of.as_u128() % self.lanes.len() as u128;
        let lane = usize::try_from(lane).ok().and_then(|lane| self.lanes.get(lane)).ok_or_else(closed)?;
        lane.send(Job { work, reply }).await.map_err(|_| closed())?;
        let (value, seq) = answer.await.map_err(|_| closed())??;
        let value = value.downcast::<T>().expect("a work answers with its own type");
        Ok((*value, seq))
    }

    /// Finishes what was handed in, and refuses the rest.
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
            // The caller may have given up: the work stands all the same.
            let _given_up = reply.send(answer);
        }
    }
}

/// Does all works in one transaction. One work's failure leaves the others alone, unless the whole transaction is lost
/// with it.
async fn commit(pool: &Pool, context: &Arc<Context>, works: Vec<Work>) -> Result<Vec<Answer>, StorageError> {
    let mut tx = Tx::new(pool.begin().await?, context.clone(), true);
    let mut done = Vec::with_capacity(works.len());
    let mut events = Vec::new();
    for work in works {
        tx.statement("SAVEPOINT one_work").await?;
        let outcome = work(&mut tx).await;
        let undo = outcome.as_ref().map_or(true, |written| written.undo);
        if undo && let Err(lost) = tx.statement("ROLLBACK TO one_work").await {
            // SQLite rolls the whole transaction back when the disk is full or fails. Going on would write outside of any
            // transaction.
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
    // Last: from here on every other transaction that appends waits.
    let last = tx.events().append_all(&events).await?;
    tx.commit().await?;
    Ok(done.into_iter().map(|outcome| outcome.map(|value| (value, last))).collect())
}
