//! Writes the changes of all sessions.
//!
//! With SQLite, one thread collects the waiting writes of all accounts into one transaction, so that they share one
//! flush to the disk. Each write has a savepoint, and the callers get their results when the transaction is on disk.
//! With PostgreSQL, each write has its own transaction.

use std::sync::Arc;

use tokio::sync::{mpsc, oneshot};
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

use super::change::{Change, Outcome};
use super::error::VaultError;
use super::lease::Lease;
use crate::db::Pool;

/// The maximum number of waiting writes. Later callers wait until the queue has room.
const QUEUE: usize = 512;
/// The maximum number of writes in one transaction. A larger number lets more writes share one flush, but each caller
/// waits for all writes of the transaction.
const GROUP: usize = 128;

pub(crate) enum Writer {
    Grouped { queue: mpsc::Sender<Job>, stop: CancellationToken, task: TaskTracker },
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
        pool.spawn_writer(&task, run(pool.clone(), jobs, stop.clone()));
        task.close();
        Self::Grouped { queue, stop, task }
    }

    /// Writes a change. When this returns, the change is on disk. If the caller stops waiting, the result depends on
    /// the database. With SQLite, a write that is already in the queue continues. With PostgreSQL, the write is rolled
    /// back unless its commit has begun.
    pub(crate) async fn write(&self, lease: Lease, change: Change) -> Result<Outcome, VaultError> {
        match self {
            Self::Grouped { queue, .. } => {
                let (reply, answer) = oneshot::channel();
                queue.send(Job { lease, change, reply }).await.map_err(|_| closed())?;
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

    /// Finishes the writes that are in the queue, and refuses later ones.
    pub(super) async fn close(&self) {
        if let Self::Grouped { stop, task, .. } = self {
            stop.cancel();
            task.wait().await;
        }
    }
}

const fn closed() -> VaultError {
    VaultError::Closed
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

/// Sends the results to the callers. Must be called only after the whole group is on disk or has failed.
fn answer(group: &mut Vec<Job>, outcomes: Result<Vec<Result<Outcome, VaultError>>, Arc<VaultError>>) {
    let mut outcomes = outcomes.map(Vec::into_iter);
    for job in group.drain(..) {
        let outcome = match &mut outcomes {
            Ok(outcomes) => outcomes.next().expect("there is an outcome for each write"),
            Err(error) => Err(VaultError::shared(error)),
        };
        // The caller may have stopped waiting. Its write is kept anyway.
        let _given_up = job.reply.send(outcome);
    }
}

/// Writes a group in one transaction. If one write fails, the others still succeed, unless the failure ends the whole
/// transaction.
async fn commit(pool: &Pool, group: &[Job]) -> Result<Vec<Result<Outcome, VaultError>>, VaultError> {
    let mut transaction = pool.begin_here().await?;
    let mut connection = transaction.connection();
    let mut outcomes = Vec::with_capacity(group.len());
    for job in group {
        connection.execute("SAVEPOINT one_write", &[]).await?;
        let outcome = job.change.apply(job.lease, &mut connection).await;
        if let Err(error) = &outcome
            && let Err(lost) = connection.execute("ROLLBACK TO one_write", &[]).await
        {
            // SQLite rolls the whole transaction back if the disk is full or fails. The next statements would run
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::db::{Cache, open_sqlite};
    use crate::migrations::{Area, migrate};
    use crate::seal::Tag;
    use crate::vault::{Kind, NewRow, OnConflict};

    fn put(tag: u8, size: usize) -> Change {
        let row = NewRow {
            kind: Kind::Session,
            tag: Tag::from_bytes([tag; 16]),
            group: None,
            member: None,
            number: None,
            stamp: None,
            mark: None,
            value: vec![tag; size],
        };
        Change::Put { on_conflict: OnConflict::Replace, rows: vec![row] }
    }

    /// A vault with session 1 at epoch 1.
    async fn vault() -> (tempfile::TempDir, Pool) {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("vault.db");
        let pool = open_sqlite(&path, Cache { writer_kib: 256, reader_kib: 256 }).await.unwrap();
        migrate(&pool, Area::Vault, None).await.unwrap();
        let lease = "INSERT INTO vault_leases (account, session, epoch, holder, taken_at)
            VALUES (x'00', 1, 1, 'test', 0)";
        set(&pool, lease).await;
        (directory, pool)
    }

    async fn set(pool: &Pool, sql: &'static str) {
        let mut transaction = pool.begin().await.unwrap();
        transaction.connection().execute(sql, &[]).await.unwrap();
        transaction.commit().await.unwrap();
    }

    /// When the disk is full, SQLite itself rolls the transaction back. After that, the next write must succeed, and
    /// nothing of the lost write may be stored.
    #[tokio::test]
    async fn the_writer_works_again_after_a_full_disk() {
        let (_directory, pool) = vault().await;
        let writer = Writer::start(pool.clone());
        let lease = Lease { session: 1, epoch: 1 };
        writer.write(lease, put(1, 100)).await.unwrap();

        set(&pool, "PRAGMA max_page_count = 20").await;
        let error = writer.write(lease, put(2, 1_000_000)).await.unwrap_err();
        assert!(matches!(error, VaultError::Unavailable(_)), "{error:?}");
        set(&pool, "PRAGMA max_page_count = 1000000").await;
        writer.write(lease, put(3, 1_000_000)).await.unwrap();

        let mut transaction = pool.read().await.unwrap();
        let rows =
            transaction.connection().fetch_all("SELECT tag FROM vault_rows ORDER BY tag", &[]).await.unwrap();
        let tags: Vec<Vec<u8>> = rows.iter().map(|row| row.get("tag").unwrap()).collect();
        assert_eq!(tags, [vec![1; 16], vec![3; 16]]);
    }

    /// If one write of a group is fenced, the other writes must succeed.
    #[tokio::test]
    async fn one_fenced_write_does_not_fail_the_other_writes_of_its_group() {
        let (_directory, pool) = vault().await;
        let writer = Writer::start(pool.clone());
        let (good, fenced) = (Lease { session: 1, epoch: 1 }, Lease { session: 1, epoch: 0 });
        // This holds the write lock, so that the three writes wait and become one group.
        let lock = pool.begin().await.unwrap();
        let writes = async {
            tokio::join!(
                writer.write(good, put(1, 9)),
                writer.write(fenced, put(2, 9)),
                writer.write(good, put(3, 9))
            )
        };
        let release = async {
            tokio::task::yield_now().await;
            drop(lock);
        };
        let ((first, second, third), ()) = tokio::join!(writes, release);
        assert!(first.is_ok() && third.is_ok());
        assert!(matches!(second, Err(VaultError::Fenced)), "{second:?}");
    }
}
