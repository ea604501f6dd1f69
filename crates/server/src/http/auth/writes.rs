//! Limits how much one person writes. Most writes add rows and audit entries, and nobody may add those without
//! limit. Each person has two buckets: one for all their API keys together, and one for everything else. After a
//! restart, all buckets are full.

use std::fmt;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use axum::http::Method;
use linekeeper_model::clock::Clock;
use linekeeper_model::id::UserId;

use super::buckets::{Buckets, Rate};
use super::caller::Via;
use crate::http::answer::error::ApiError;

/// The rate of one person, without their API keys. It is far more than a person can click.
const PER_PERSON: Rate = Rate { burst: 120, refill: Duration::from_millis(500) };
/// The rate of all API keys of a person together. A program may set up a thousand accounts at once.
const PER_KEYS: Rate = Rate { burst: 2_000, refill: Duration::from_millis(100) };

/// Counts audit entries.
pub(in crate::http) struct Writes {
    clock: Arc<dyn Clock>,
    buckets: Mutex<All>,
}

#[derive(Default)]
struct All {
    people: Buckets<UserId>,
    keys: Buckets<UserId>,
}

impl Writes {
    pub fn new(clock: Arc<dyn Clock>) -> Self {
        Self { clock, buckets: Mutex::default() }
    }

    /// Refuses a request that may write, if its sender has written too much.
    pub fn check(&self, via: Via, user: UserId, method: &Method) -> Result<(), ApiError> {
        if method.is_safe() {
            return Ok(());
        }
        let mut all = self.lock();
        let (buckets, rate) = all.of(via);
        match buckets.wait(&user, rate, self.clock.now()) {
            Duration::ZERO => Ok(()),
            retry_after => Err(ApiError::TooManyAttempts { retry_after }),
        }
    }

    /// Counts an audit entry that is about to be written.
    pub fn count(&self, via: Via, user: UserId) {
        let mut all = self.lock();
        let (buckets, rate) = all.of(via);
        buckets.take(user, rate, self.clock.now());
    }

    /// Locks the counts. They are still usable if another thread panicked while it held the lock.
    fn lock(&self) -> MutexGuard<'_, All> {
        self.buckets.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl All {
    const fn of(&mut self, via: Via) -> (&mut Buckets<UserId>, Rate) {
        match via {
            Via::ApiKey(_) => (&mut self.keys, PER_KEYS),
            Via::AccessToken(_) | Via::ForeignToken => (&mut self.people, PER_PERSON),
        }
    }
}

impl fmt::Debug for Writes {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Writes").finish_non_exhaustive()
    }
}
