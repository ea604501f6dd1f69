//! The calendars of all workspaces. All code that counts by day shares them. If a workspace changes its time zone,
//! its running accounts use the new zone at once.

use std::collections::HashMap;
use std::sync::{Arc, PoisonError, RwLock};

use jiff::Timestamp;
use linekeeper_model::id::WorkspaceId;
use tokio::sync::watch;

use super::calendar::Calendar;

/// The current calendar of one workspace. Cloning it is cheap.
#[derive(Debug, Clone)]
pub(in crate::accounts) struct Zone(watch::Sender<Calendar>);

/// The time zones of the workspaces that have accounts in this process. Cloning it is cheap.
#[derive(Debug, Clone, Default)]
pub(in crate::accounts) struct Zones(Arc<RwLock<HashMap<WorkspaceId, Zone>>>);

impl Zone {
    /// A zone whose days are those of the IANA time zone `name`.
    pub(in crate::accounts) fn of(name: &str) -> Self {
        Self(watch::Sender::new(Calendar::of(name)))
    }

    /// The workspace's current calendar.
    pub(in crate::accounts) fn calendar(&self) -> Calendar {
        self.0.borrow().clone()
    }

    /// A receiver that is notified when the workspace's time zone changes.
    pub(in crate::accounts) fn moves(&self) -> watch::Receiver<Calendar> {
        self.0.subscribe()
    }

    /// The day of `now`, as the database stores it.
    pub(in crate::accounts) fn day_of(&self, now: Timestamp) -> String {
        self.calendar().day(now).to_string()
    }
}

impl Zones {
    /// Returns the workspace's zone. If this process has no zone for the workspace yet, creates the zone from `name`.
    /// Otherwise `name` is not used, because it may come from an older database row.
    pub(in crate::accounts) fn of(&self, workspace: WorkspaceId, name: &str) -> Zone {
        let mut zones = self.0.write().unwrap_or_else(PoisonError::into_inner);
        zones.entry(workspace).or_insert_with(|| Zone::of(name)).clone()
    }

    /// Sets the workspace's time zone to `name`.
    pub(in crate::accounts) fn set(&self, workspace: WorkspaceId, name: &str) {
        self.of(workspace, name).0.send_replace(Calendar::of(name));
    }
}

#[cfg(test)]
mod tests {
    use uuid::Uuid;

    use super::*;

    #[test]
    fn a_new_time_zone_applies_to_all_accounts_of_the_workspace() {
        let (zones, workspace) = (Zones::default(), WorkspaceId::from(Uuid::from_u128(1)));
        let now: Timestamp = "2026-06-01T20:00:00Z".parse().unwrap();
        let (here, elsewhere) = (zones.of(workspace, "UTC"), zones.of(Uuid::from_u128(2).into(), "UTC"));
        assert_eq!(here.day_of(now), "2026-06-01");
        zones.set(workspace, "Asia/Kolkata");
        assert_eq!((here.day_of(now), elsewhere.day_of(now)), ("2026-06-02".into(), "2026-06-01".into()));
    }
}
