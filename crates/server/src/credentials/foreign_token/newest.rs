//! When the newest token of each user of another program was issued. Kept in memory between the times at which it is written,
//! and bounded.

use std::collections::HashMap;
use std::sync::{Mutex, MutexGuard, PoisonError};

use linekeeper_model::Timestamp;
use linekeeper_model::id::{UserId, WorkspaceId};

/// Most users who are remembered. The one with the oldest token is forgotten first.
const MOST: usize = 10_000;

type Seen = HashMap<(WorkspaceId, UserId), Timestamp>;

/// See the module.
#[derive(Default)]
pub(super) struct Newest(Mutex<Seen>);

impl Newest {
    /// When the newest token that came from `user` was issued, as far as this process knows.
    pub fn of(&self, workspace: WorkspaceId, user: UserId) -> Option<Timestamp> {
        self.lock().get(&(workspace, user)).copied()
    }

    /// A token came that was issued then.
    pub fn note(&self, workspace: WorkspaceId, user: UserId, issued_at: Timestamp) {
        let mut seen = self.lock();
        if seen.len() >= MOST && !seen.contains_key(&(workspace, user)) {
            let oldest = seen.iter().min_by_key(|(_, at)| **at).map(|(key, _)| *key);
            seen.remove(&oldest.expect("the map is full"));
        }
        let at = seen.entry((workspace, user)).or_insert(issued_at);
        *at = issued_at.max(*at);
    }

    /// A panic elsewhere leaves times as good as any.
    fn lock(&self) -> MutexGuard<'_, Seen> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
