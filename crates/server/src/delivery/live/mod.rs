//! Live readers of the log: Socket.IO and SSE. A follower is asked for its next events when its connection can take them,
//! and looks at the rights of its credential then, so that nothing waits anywhere that its reader may not have any more.
//! Must not know how events are carried.

mod follower;
mod letter;
mod recent;
mod rights;

use std::sync::Arc;

use linekeeper_model::access::Permission;
use linekeeper_model::clock::Clock;
use linekeeper_model::id::AccountId;
use linekeeper_storage::{Storage, StorageError};

pub use follower::{Ended, Follower};
pub use letter::Letter;

use self::recent::Recent;
use self::rights::Rights;
use crate::credentials::standing::Lapsed;
use crate::events::Log;
use crate::telemetry::metrics::LiveMetrics;

/// What a listener needs one of: each has events of its own.
pub const READS: [Permission; 2] = [Permission::WhatsappRead, Permission::MessagesRead];

/// Live readers as the HTTP front sees them. Cheap to clone.
#[derive(Clone)]
pub struct Live(Arc<Parts>);

struct Parts {
    storage: Storage,
    log: Log,
    clock: Arc<dyn Clock>,
    recent: Recent,
    rights: Rights,
    metrics: LiveMetrics,
    most_behind: u32,
}

/// Nobody may follow the log with these wishes.
#[derive(Debug, thiserror::Error)]
pub enum FollowRefused {
    /// The credential does not count any more.
    #[error(transparent)]
    Lapsed(#[from] Lapsed),
    /// It may read no events.
    #[error("the credential may read no events")]
    NoPermission,
    /// It does not reach that account.
    #[error("the credential does not reach the account {0}")]
    NoAccount(AccountId),
    /// The database failed.
    #[error(transparent)]
    Storage(#[from] StorageError),
}

impl Live {
    /// A listener that had caught up and then is more events behind does not keep up.
    pub const MOST_BEHIND: u32 = 10_000;

    /// Nobody listens yet. `most_behind` is [`Live::MOST_BEHIND`], but for tests that cannot wait for so many.
    pub fn new(
        storage: Storage,
        log: Log,
        clock: Arc<dyn Clock>,
        metrics: LiveMetrics,
        most_behind: u32,
    ) -> Self {
        let rights = Rights::new(storage.clone(), clock.clone());
        Self(Arc::new(Parts { storage, log, clock, recent: Recent::default(), rights, metrics, most_behind }))
    }

    /// What is counted.
    pub fn metrics(&self) -> &LiveMetrics {
        &self.0.metrics
    }
}
