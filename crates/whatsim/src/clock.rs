//! The simulator's clock: the machine's time, or a time that a test sets.

use jiff::Timestamp;
use std::sync::Arc;

/// A source of the current time. A clone is cheap.
#[derive(Clone)]
pub struct Clock(Arc<dyn Fn() -> Timestamp + Send + Sync>);

impl Clock {
    /// The machine's clock.
    pub fn system() -> Self {
        Self(Arc::new(Timestamp::now))
    }

    /// Creates a clock that gets the time from `now`.
    pub fn from_fn(now: impl Fn() -> Timestamp + Send + Sync + 'static) -> Self {
        Self(Arc::new(now))
    }

    /// The current time.
    pub fn now(&self) -> Timestamp {
        (self.0)()
    }

    /// The current time in seconds since 1970, as stanzas contain it.
    pub fn seconds(&self) -> u64 {
        u64::try_from(self.now().as_second()).unwrap_or_default()
    }

    /// The current time in milliseconds since 1970, as app state contains it.
    pub fn millis(&self) -> i64 {
        self.now().as_millisecond()
    }
}
