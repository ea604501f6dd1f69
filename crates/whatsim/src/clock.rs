//! The time as the simulator sees it: the machine's, or one that a test moves by hand.

use jiff::Timestamp;
use std::sync::Arc;

/// A source of the present, cheap to clone.
#[derive(Clone)]
pub struct Clock(Arc<dyn Fn() -> Timestamp + Send + Sync>);

impl Clock {
    /// The machine's clock.
    pub fn system() -> Self {
        Self(Arc::new(Timestamp::now))
    }

    /// A clock that reads whatever `now` says.
    pub fn from_fn(now: impl Fn() -> Timestamp + Send + Sync + 'static) -> Self {
        Self(Arc::new(now))
    }

    /// This moment.
    pub fn now(&self) -> Timestamp {
        (self.0)()
    }

    /// Seconds since 1970, as stanzas carry them.
    pub fn seconds(&self) -> u64 {
        u64::try_from(self.now().as_second()).unwrap_or_default()
    }

    /// Milliseconds since 1970, as app state carries them.
    pub fn millis(&self) -> i64 {
        self.now().as_millisecond()
    }
}
