//! A clock that tests move.

use std::sync::atomic::{AtomicI64, Ordering};
use std::time::Duration;

use linekeeper_model::Timestamp;
use linekeeper_model::clock::{Clock, SystemClock};

/// A clock that stands still until it is moved.
pub struct MovableClock(AtomicI64);

impl Default for MovableClock {
    /// The clock starts at noon on 1 June 2026.
    fn default() -> Self {
        Self(AtomicI64::new(1_780_315_200_000))
    }
}

impl MovableClock {
    pub fn advance(&self, by: Duration) {
        self.0.fetch_add(i64::try_from(by.as_millis()).unwrap(), Ordering::SeqCst);
    }

    /// Sets the clock to the real time, for code that compares the server's clock with the real time.
    pub fn set_to_now(&self) {
        self.0.store(SystemClock.now().as_millisecond(), Ordering::SeqCst);
    }

    /// Sets the clock back, as when a clock that ran ahead is corrected.
    pub fn set_back(&self, by: Duration) {
        self.0.fetch_sub(i64::try_from(by.as_millis()).unwrap(), Ordering::SeqCst);
    }
}

impl Clock for MovableClock {
    fn now(&self) -> Timestamp {
        Timestamp::from_millisecond(self.0.load(Ordering::SeqCst)).unwrap()
    }
}
