//! Carries out the writes of all accounts.
//!
//! With SQLite one task owns them: it takes whatever waits, of all accounts, into one transaction, so that the
//! wait for the disk is shared. Each write stands in a savepoint of its own, and whoever asked is answered only
//! when the transaction is on disk. With PostgreSQL each write is a transaction of its own connection.

use std::sync::Arc;

use tokio::sync::{mpsc, oneshot};
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

use super::change::Change;
use super::error::VaultError;
use super::lease::Lease;
use crate::db::Pool;

/// Writes that may wait; who comes later waits before handing in.
const QUEUE: usize = 512;
/// Writes in one transaction: enough to share the disk, few enough that nobody waits long for the others.
const GROUP: usize = 128;

/// What a write answers.
#[derive(Debug)]
pub(crate) enum Outcome {
    /// How many rows it touched.
    Rows(u64),
    /// The sealed value that it removed.
    Taken(Option<Vec<u8>>),
}

pub(crate) enum Writer {
    Grouped {
        queue: mpsc::Sender<Job>,
        stop: CancellationToken,
        task: TaskTracker,
    },
    Direct(Pool),
}

pub(crate) struct Job {
    lease: Lease,
    change: Change,
    reply: oneshot::Sender<Result<Outcome, VaultError>>,
}

impl Writer {
    pub(super) fn start(pool: Pool) -> Self {
        if let Pool::Postgres(_) = pool {
            return Self::Direct(pool);
        }
        let (queue, jobs) = mpsc::channel(QUEUE);
        let (stop, task) = (CancellationToken::new(), TaskTracker::new());
        task.spawn(run(pool, jobs, stop.clone()));
        task.close();
        Self::Grouped { queue, stop, task }
    }

    /// Writes, durably when this returns. A caller that gives up waiting does not stop the write.
    pub(crate) async fn write(&self, lease: Lease, change: Change) -> Result<Outcome, VaultError> {
        match self {
            Self::Grouped { queue, .. } => {
                let (reply, answer) = oneshot::channel();
                queue
                    .send(Job { lease, change, reply })
                    .await
                    .map_err(|_| closed())?;
                answer.await.map_err(|_| closed())?
            }
            Self::Direct(pool) => {
                let mut transaction = pool.begin().await?;
                let outcome = change.apply(lease, &mut transaction.connection()).await?;
                transaction.commit().await?;
                Ok(outcome)
            }
        }
    }

    /// Finishes what was handed in, and refuses the rest.
    pub(super) async fn close(&self) {
        if let Self::Grouped { stop, task, .. } = self {
            stop.cancel();
            task.wait().await;
        }
    }
}

fn closed() -> VaultError {
    VaultError::Unavailable("the vault is closed".into())
}

async fn run(pool: Pool, mut jobs: mpsc::Receiver<Job>, stop: CancellationToken) {
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
        let outcomes = commit(&pool, &group).await.map_err(Arc::new);
        answer(&mut group, outcomes);
    }
}

/// Nobody hears of success before the disk has the whole group.
fn answer(group: &mut Vec<Job>, outcomes: Result<Vec<Result<Outcome, VaultError>>, Arc<VaultError>>) {
    let mut outcomes = outcomes.map(Vec::into_iter);
    for job in group.drain(..) {
        let outcome = match &mut outcomes {
            Ok(outcomes) => outcomes.next().expect("there is an outcome for each write"),
            Err(error) => Err(VaultError::shared(error)),
        };
        // Whoever asked may have given up: the write stands all the same.
        let _given_up = job.reply.send(outcome);
    }
}

/// Writes a group in one transaction. One write's failure leaves the others alone, unless the whole transaction
/// is lost with it.
async fn commit(pool: &Pool, group: &[Job]) -> Result<Vec<Result<Outcome, VaultError>>, VaultError> {
    let mut transaction = pool.begin().await?;
    let mut connection = transaction.connection();
    let mut outcomes = Vec::with_capacity(group.len());
    for job in group {
        connection.execute("SAVEPOINT one_write", &[]).await?;
        let outcome = job.change.apply(job.lease, &mut connection).await;
        if let Err(error) = &outcome
            && let Err(lost) = connection.execute("ROLLBACK TO one_write", &[]).await
        {
            // SQLite rolls the whole transaction back when the disk is full or fails. Going on would write
            // outside of any transaction.
            tracing::warn!(error = error as &dyn std::error::Error, %lost, "a group of writes was lost");
            return outcome.map(|_| Vec::new());
        }
        connection.execute("RELEASE one_write", &[]).await?;
        outcomes.push(outcome);
    }
    transaction.commit().await?;
    Ok(outcomes)
}
