//! A pool of connections to one SQLite file. Each file has two pools: one with the only connection that writes, and one
//! with the connections that only read.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use rusqlite::Connection;
use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tokio::task::spawn_blocking;
use tokio::time::timeout;

use super::lease::{Lease, Place};
use super::{BUSY_TIMEOUT, Opening};
use crate::db::error::Error;
use crate::db::pool::Connections;

/// How long a caller waits for a connection.
const PATIENCE: Duration = BUSY_TIMEOUT.saturating_mul(2);

/// Cheap to clone.
#[derive(Clone)]
pub(crate) struct Pool(Arc<Shared>);

struct Shared {
    opening: Opening,
    most: u32,
    /// A connection that was not used for this long is closed the next time that a borrowed connection comes back to
    /// the pool. If `None`, connections stay open.
    idle_for: Option<Duration>,
    permits: Arc<Semaphore>,
    /// The unused connections. The one that was used most recently is the last.
    idle: Mutex<Vec<(Connection, Instant)>>,
}

/// The pool to which a borrowed connection goes back, and the permit to use one connection of the pool.
pub(super) struct Home {
    pool: Pool,
    permit: OwnedSemaphorePermit,
}

impl Pool {
    pub(super) fn new(opening: Opening, most: u32, idle_for: Option<Duration>) -> Self {
        let permits = Arc::new(Semaphore::new(most as usize));
        Self(Arc::new(Shared { opening, most, idle_for, permits, idle: Mutex::default() }))
    }

    /// Borrows a connection. `place` says in which thread the statements of the connection run.
    pub(crate) async fn acquire(&self, place: Place) -> Result<Lease, Error> {
        let permit = match self.0.permits.clone().try_acquire_owned() {
            Ok(permit) => permit,
            Err(_) => {
                let waiting = timeout(PATIENCE, self.0.permits.clone().acquire_owned());
                waiting.await.map_err(|_| Error::NoConnection)?.map_err(|_| Error::Closed)?
            }
        };
        let home = Home { pool: self.clone(), permit };
        let idle = self.idle().pop();
        let connection = match idle {
            Some((connection, _)) => connection,
            // Opening the file waits for the disk, so this always runs in a thread for blocking work.
            None => {
                let opening = self.0.opening.clone();
                spawn_blocking(move || opening.open()).await.map_err(|_| Error::GivenUp)??
            }
        };
        Ok(Lease::new(connection, Some(home), place))
    }

    /// The current number of connections.
    pub(crate) fn connections(&self, pool: &'static str) -> Connections {
        let small = |number: usize| u32::try_from(number).unwrap_or(u32::MAX);
        let idle = small(self.idle().len());
        let used = self.0.most.saturating_sub(small(self.0.permits.available_permits()));
        Connections { pool, open: idle + used, idle }
    }

    /// Waits until all connections are given back, and closes them.
    pub(crate) async fn close(&self) {
        let all = self.0.permits.acquire_many(self.0.most).await;
        self.0.permits.close();
        drop(all);
        let idle = std::mem::take(&mut *self.idle());
        // Closing the last connection to a file copies the log into the file, which waits for the disk.
        let closing = spawn_blocking(move || drop(idle));
        // This fails only if the runtime stops, which closes the connections, too.
        let _stopping = closing.await;
    }

    fn idle(&self) -> MutexGuard<'_, Vec<(Connection, Instant)>> {
        self.0.idle.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Home {
    pub(super) fn take_back(self, connection: Connection) {
        let Self { pool, permit } = self;
        let mut old = Vec::new();
        {
            let mut idle = pool.idle();
            if let Some(idle_for) = pool.0.idle_for {
                let count = idle.partition_point(|(_, used)| used.elapsed() > idle_for);
                old.extend(idle.drain(..count));
            }
            idle.push((connection, Instant::now()));
        }
        drop(permit);
    }
}
