//! Tells an account's actor that its settings are others now. The actor reads them from the database when it looks: two
//! changes that are told in the wrong order do no harm.

use std::sync::atomic::{AtomicBool, Ordering};

use tokio::sync::Notify;

/// Shared by those who change settings and the actor.
#[derive(Debug, Default)]
pub(in crate::accounts) struct Look {
    changed: AtomicBool,
    told: Notify,
}

impl Look {
    /// The settings in the database are others now.
    pub(super) fn tell(&self) {
        self.changed.store(true, Ordering::Release);
        self.told.notify_one();
    }

    /// Waits until somebody tells.
    pub(in crate::accounts) async fn told(&self) {
        self.told.notified().await;
    }

    /// Whether the actor has not looked since the last change.
    pub(in crate::accounts) fn is_due(&self) -> bool {
        self.changed.load(Ordering::Acquire)
    }

    /// The actor looks now: a change from now on is a new one.
    pub(in crate::accounts) fn begin(&self) {
        self.changed.store(false, Ordering::Release);
    }

    /// The database could not be read.
    pub(in crate::accounts) fn put_off(&self) {
        self.changed.store(true, Ordering::Release);
    }
}
