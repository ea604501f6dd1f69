//! Counts the accounts of this process for metrics. It reads the states that the actors published. It sends no
//! request to an actor or to the database.

use std::sync::PoisonError;

use linekeeper_model::health::{self, Snapshot};

use super::registry::Registry;
use crate::telemetry::metrics::Census;

impl Registry {
    /// Counts the accounts by their current state.
    pub fn census(&self) -> Census {
        let now = self.dependencies.clock.now();
        let pace = &self.dependencies.pace;
        let mut census = Census::new(pace.open_pairings(), pace.logins_under_way(), self.logouts.count());
        for handle in self.handles.read().unwrap_or_else(PoisonError::into_inner).values() {
            let live = handle.live.borrow();
            let snapshot = Snapshot::of(&live.account, live.last_hour.deliveries(now));
            census.count(live.account.status.reason, health::assess(&snapshot, now).level);
        }
        census
    }
}
