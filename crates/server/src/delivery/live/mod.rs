//! Live readers of the log over Socket.IO and server-sent events. When a connection can send events, it asks its
//! follower for the next events, and the follower checks the rights of the credential only at that moment. So no buffer
//! holds an event that the reader has lost the right to. This module must not know how events are transported.

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

/// A listener needs at least one of these permissions. Each permission covers its own types of events.
pub const READS: [Permission; 2] = [Permission::WhatsappRead, Permission::MessagesRead];

/// The interface of the live readers for the HTTP layer. Cloning it is cheap.
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
    /// The credential gives no access to this account.
    #[error("the credential does not reach the account {0}")]
    NoAccount(AccountId),
    /// The database failed.
    #[error(transparent)]
    Storage(#[from] StorageError),
}

impl Live {
    /// The maximum number of events that a listener may be behind after it has once reached the end of the log. The
    /// server disconnects a slower listener.
    pub const MOST_BEHIND: u32 = 10_000;

    /// Creates an instance without listeners. `most_behind` is [`Live::MOST_BEHIND`]. Only tests use a smaller
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

    /// The counters of live readers.
    pub fn metrics(&self) -> &LiveMetrics {
        &self.0.metrics
    }
}
