//! Remembers when the newest token of each user of the CRM was issued. The times are in memory until they are written,
//! and their number is limited.

use std::collections::HashMap;
use std::sync::{Mutex, MutexGuard, PoisonError};

use linekeeper_model::Timestamp;
use linekeeper_model::id::{UserId, WorkspaceId};

/// The maximum number of users in memory. When it is reached, the user with the oldest token is dropped.
const MOST: usize = 10_000;

type Seen = HashMap<(WorkspaceId, UserId), Timestamp>;

/// The issue time of each user's newest token. See the documentation of this module.
#[derive(Default)]
pub(super) struct Newest(Mutex<Seen>);

impl Newest {
    /// When the newest known token of `user` was issued.
    pub fn of(&self, workspace: WorkspaceId, user: UserId) -> Option<Timestamp> {
        self.lock().get(&(workspace, user)).copied()
    }

    /// Notes the issue time of a token.
    pub fn note(&self, workspace: WorkspaceId, user: UserId, issued_at: Timestamp) {
        let mut seen = self.lock();
        if seen.len() >= MOST && !seen.contains_key(&(workspace, user)) {
            let oldest = seen.iter().min_by_key(|(_, at)| **at).map(|(key, _)| *key);
            seen.remove(&oldest.expect("the map is full"));
        }
        let at = seen.entry((workspace, user)).or_insert(issued_at);
        *at = issued_at.max(*at);
    }

    /// Locks the times. They are still usable if another thread panicked while it held the lock.
    fn lock(&self) -> MutexGuard<'_, Seen> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
