//! Tells an account's actor that its settings changed. The actor then reads the settings from the database. So the
//! order in which two changes are announced does not matter.

use std::sync::atomic::{AtomicBool, Ordering};

use tokio::sync::Notify;

/// Announces changed settings to the actor. The actor and the callers that change settings share it.
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

    /// Waits until a change is announced.
    pub(in crate::accounts) async fn told(&self) {
        self.told.notified().await;
    }

    /// Whether the settings changed after the actor last read them.
    pub(in crate::accounts) fn is_due(&self) -> bool {
        self.changed.load(Ordering::Acquire)
    }

    /// The actor calls this before it reads the settings. If a change is announced afterwards, the actor reads the
    /// settings again.
    pub(in crate::accounts) fn begin(&self) {
        self.changed.store(false, Ordering::Release);
    }

    /// Notes that the database could not be read, so that the actor reads the settings again later.
    pub(in crate::accounts) fn put_off(&self) {
        self.changed.store(true, Ordering::Release);
    }
}
