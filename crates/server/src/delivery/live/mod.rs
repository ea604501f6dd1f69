//! Live readers of the log: Socket.IO and SSE. A connection asks its follower for the next events when it can send
//! them. The follower then checks the rights of the credential, so no event that the reader may no longer have waits
//! in a buffer. This module must not know how events are transported.

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

/// A listener needs one of these permissions. Each permission has its own events.
pub const READS: [Permission; 2] = [Permission::WhatsappRead, Permission::MessagesRead];

/// The live readers as the HTTP front uses them. Cheap to clone.
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

/// Why a listener cannot follow the log.
#[derive(Debug, thiserror::Error)]
pub enum FollowRefused {
    /// The credential is no longer valid.
    #[error(transparent)]
    Lapsed(#[from] Lapsed),
    /// The credential may read no events.
    #[error("the credential may read no events")]
    NoPermission,
    /// The credential does not reach this account.
    #[error("the credential does not reach the account {0}")]
    NoAccount(AccountId),
    /// The database failed.
    #[error(transparent)]
    Storage(#[from] StorageError),
}

impl Live {
    /// A listener that had caught up, and then falls this many events behind, is too slow.
    pub const MOST_BEHIND: u32 = 10_000;

    /// A new instance without listeners. `most_behind` is [`Live::MOST_BEHIND`], except in tests, which use a smaller
    /// number.
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
