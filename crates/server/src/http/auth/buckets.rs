//! Slows down callers that try too often. Each key, such as an address, has a bucket of attempts that refills with
//! time. The number of buckets is limited. After a restart, all buckets are full.

use std::collections::HashMap;
use std::hash::Hash;
use std::time::Duration;

use linekeeper_model::Timestamp;

/// The number of attempts in a full bucket, and the time in which one attempt is refilled.
#[derive(Debug, Clone, Copy)]
pub(in crate::http) struct Rate {
    pub burst: u32,
    pub refill: Duration,
}

/// The rate for one address. It is generous, because a whole office may share an address.
pub(in crate::http) const PER_ADDRESS: Rate = Rate { burst: 30, refill: Duration::from_secs(5) };

/// The maximum number of buckets of one kind. Full buckets are dropped first. That changes nothing for their callers,
/// because a new bucket is full too.
const MOST: usize = 10_000;

/// The attempts that were left at the time `at`.
#[derive(Debug, Clone, Copy)]
struct Bucket {
    attempts: f64,
    at: Timestamp,
}

impl Bucket {
    /// Corrects the bucket if its time is in the future, because the clock was ahead and has been set back. The
    /// attempts that are left stay, and new ones are added from now on.
    fn put_right(&mut self, now: Timestamp) {
        self.at = self.at.min(now);
    }

    fn left(&self, rate: Rate, now: Timestamp) -> f64 {
        let elapsed = now.duration_since(self.at).as_secs_f64().max(0.0);
        (self.attempts + elapsed / rate.refill.as_secs_f64()).min(f64::from(rate.burst))
    }
}

/// One bucket for each key. A new bucket is full.
pub(in crate::http) struct Buckets<K>(HashMap<K, Bucket>);

impl<K> Default for Buckets<K> {
    fn default() -> Self {
        Self(HashMap::new())
    }
}

impl<K: Eq + Hash + Clone> Buckets<K> {
    /// The time until the next attempt is allowed; zero if it is allowed now.
    pub fn wait(&mut self, key: &K, rate: Rate, now: Timestamp) -> Duration {
        let Some(bucket) = self.0.get_mut(key) else { return Duration::ZERO };
        bucket.put_right(now);
        let left = bucket.left(rate, now);
        rate.refill.mul_f64((1.0 - left).max(0.0))
    }

    /// Uses an attempt, whether or not one is allowed.
    pub fn take(&mut self, key: K, rate: Rate, now: Timestamp) {
        if self.0.len() >= MOST && !self.0.contains_key(&key) {
            self.make_room(rate, now);
        }
        let bucket = self.0.entry(key).or_insert(Bucket { attempts: f64::from(rate.burst), at: now });
        *bucket = Bucket { attempts: bucket.left(rate, now) - 1.0, at: now };
    }

    /// Uses an attempt if one is allowed. Otherwise returns how long to wait.
    pub fn try_take(&mut self, key: K, rate: Rate, now: Timestamp) -> Result<(), Duration> {
        let wait = self.wait(&key, rate, now);
        if wait.is_zero() {
            self.take(key, rate, now);
            return Ok(());
        }
        Err(wait)
    }

    /// Puts an attempt back into the bucket, because the attempt succeeded.
    pub fn give_back(&mut self, key: &K) {
        if let Some(bucket) = self.0.get_mut(key) {
            bucket.attempts += 1.0;
        }
    }

    /// Makes the bucket full again.
    pub fn forget(&mut self, key: &K) {
        self.0.remove(key);
    }

    fn make_room(&mut self, rate: Rate, now: Timestamp) {
        self.0.retain(|_, bucket| bucket.left(rate, now) < f64::from(rate.burst));
        if self.0.len() >= MOST {
            let oldest = self.0.iter().min_by_key(|(_, bucket)| bucket.at).map(|(key, _)| key.clone());
            if let Some(key) = oldest {
                self.0.remove(&key);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const START: Timestamp = Timestamp::UNIX_EPOCH;
    const RATE: Rate = Rate { burst: 2, refill: Duration::from_secs(10) };

    #[test]
    fn a_bucket_empties_and_refills() {
        let mut buckets = Buckets::default();
        assert_eq!(buckets.try_take('a', RATE, START), Ok(()));
        assert_eq!(buckets.try_take('a', RATE, START), Ok(()));
        assert_eq!(buckets.try_take('a', RATE, START), Err(Duration::from_secs(10)));
        assert_eq!(buckets.try_take('b', RATE, START), Ok(()));
        assert_eq!(buckets.try_take('a', RATE, START + Duration::from_secs(10)), Ok(()));
        buckets.give_back(&'a');
        assert_eq!(buckets.try_take('a', RATE, START + Duration::from_secs(10)), Ok(()));
        buckets.forget(&'a');
        assert_eq!(buckets.wait(&'a', RATE, START), Duration::ZERO);
    }

    #[test]
    fn waiting_times_are_correct_after_the_clock_is_set_back() {
        let mut buckets = Buckets::default();
        let ahead = START + Duration::from_secs(3_600);
        assert_eq!([1, 2].map(|_| buckets.try_take('a', RATE, ahead)), [Ok(()), Ok(())]);
        assert_eq!(buckets.try_take('a', RATE, START), Err(RATE.refill));
        assert_eq!(buckets.try_take('a', RATE, START + RATE.refill / 2), Err(RATE.refill / 2));
        assert_eq!(buckets.try_take('a', RATE, START + RATE.refill), Ok(()));
    }

    #[test]
    fn the_number_of_buckets_in_memory_is_limited() {
        let mut buckets = Buckets::default();
        for key in 0..MOST + 50 {
            buckets.take(key, RATE, START);
        }
        assert_eq!(buckets.0.len(), MOST);
    }
}
