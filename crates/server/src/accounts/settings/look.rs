//! Tells an account's actor that its settings changed. The actor then reads them from the database, so it does no
//! harm if two changes are announced in the wrong order.

use std::sync::atomic::{AtomicBool, Ordering};

use tokio::sync::Notify;

/// Shared between callers that change settings and the actor.
#[derive(Debug, Default)]
pub(in crate::accounts) struct Look {
    changed: AtomicBool,
    told: Notify,
}

impl Look {
    /// Announces that the settings in the database changed.
    pub(super) fn tell(&self) {
        self.changed.store(true, Ordering::Release);
        self.told.notify_one();
    }

    /// Waits until somebody signals a change.
    pub(in crate::accounts) async fn told(&self) {
        self.told.notified().await;
    }

    /// Whether the actor has not read the settings since the last change.
    pub(in crate::accounts) fn is_due(&self) -> bool {
        self.changed.load(Ordering::Acquire)
    }

    /// The actor reads the settings now. Any later change is a new one.
    pub(in crate::accounts) fn begin(&self) {
        self.changed.store(false, Ordering::Release);
    }

    /// The database could not be read: the actor must read again later.
    pub(in crate::accounts) fn put_off(&self) {
        self.changed.store(true, Ordering::Release);
    }
}
