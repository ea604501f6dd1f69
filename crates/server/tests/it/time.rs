//! A clock that tests move.

use std::sync::atomic::{AtomicI64, Ordering};
use std::time::Duration;

use linekeeper_model::Timestamp;
use linekeeper_model::clock::{Clock, SystemClock};

/// Stands still until it is moved.
pub struct MovableClock(AtomicI64);

impl Default for MovableClock {
    /// Noon of the first of June 2026.
    fn default() -> Self {
        Self(AtomicI64::new(1_780_315_200_000))
    }
}

impl MovableClock {
    pub fn advance(&self, by: Duration) {
        self.0.fetch_add(i64::try_from(by.as_millis()).unwrap(), Ordering::SeqCst);
    }

    /// As the machine's: for what compares times with it.
    pub fn set_to_now(&self) {
        self.0.store(SystemClock.now().as_millisecond(), Ordering::SeqCst);
    }

    /// As when a clock that ran ahead is put right.
    pub fn set_back(&self, by: Duration) {
        self.0.fetch_sub(i64::try_from(by.as_millis()).unwrap(), Ordering::SeqCst);
    }
}

impl Clock for MovableClock {
    fn now(&self) -> Timestamp {
        Timestamp::from_millisecond(self.0.load(Ordering::SeqCst)).unwrap()
    }
}
