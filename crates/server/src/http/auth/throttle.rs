//! Slows down guessing: each account and each address has a bucket of attempts that refills with time. An
//! attempt is taken before the password is checked, so that many at once cannot slip through, and given
//! back when it succeeds. Forgotten on restart.

use std::collections::HashMap;
use std::hash::Hash;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use linekeeper_model::Timestamp;
use linekeeper_model::user::Email;

use crate::http::client_address::ClientAddress;

/// How many attempts a bucket holds, and how long one takes to come back.
#[derive(Debug, Clone, Copy)]
struct Rate {
    burst: u32,
    refill: Duration,
}

const PER_ACCOUNT: Rate = Rate { burst: 8, refill: Duration::from_secs(30) };
/// More generous: a whole office may share an address.
const PER_ADDRESS: Rate = Rate { burst: 30, refill: Duration::from_secs(5) };

/// Most buckets of one kind. Full ones are forgotten first, which changes nothing for anybody.
const MOST_BUCKETS: usize = 10_000;

/// Counts attempts to sign in.
#[derive(Default)]
pub(in crate::http) struct Throttle {
    buckets: Mutex<Both>,
}

#[derive(Default)]
struct Both {
    accounts: Buckets<Email>,
    addresses: Buckets<ClientAddress>,
}

/// An attempt that was let through.
#[must_use]
pub(in crate::http) struct Attempt {
    email: Email,
    address: ClientAddress,
}

impl Throttle {
    /// Lets an attempt through, or says how long to wait.
    pub fn attempt(
        &self,
        email: &Email,
        address: ClientAddress,
        now: Timestamp,
    ) -> Result<Attempt, Duration> {
        let mut both = self.lock();
        let wait =
            both.accounts.wait(email, PER_ACCOUNT, now).max(both.addresses.wait(&address, PER_ADDRESS, now));
        if !wait.is_zero() {
            return Err(wait);
        }
        both.accounts.take(email.clone(), PER_ACCOUNT, now);
        both.addresses.take(address, PER_ADDRESS, now);
        Ok(Attempt { email: email.clone(), address })
    }

    /// The password was right: earlier mistakes with it are forgotten.
    pub fn succeeded(&self, attempt: Attempt) {
        let mut both = self.lock();
        both.accounts.0.remove(&attempt.email);
        if let Some(bucket) = both.addresses.0.get_mut(&attempt.address) {
            bucket.attempts += 1.0;
        }
    }

    /// A panic elsewhere leaves counts as good as any.
    fn lock(&self) -> MutexGuard<'_, Both> {
        self.buckets.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// What is left, as of `at`.
#[derive(Debug, Clone, Copy)]
struct Bucket {
    attempts: f64,
    at: Timestamp,
}

impl Bucket {
    fn left(&self, rate: Rate, now: Timestamp) -> f64 {
        let elapsed = now.duration_since(self.at).as_secs_f64().max(0.0);
        (self.attempts + elapsed / rate.refill.as_secs_f64()).min(f64::from(rate.burst))
    }
}

struct Buckets<K>(HashMap<K, Bucket>);

impl<K> Default for Buckets<K> {
    fn default() -> Self {
        Self(HashMap::new())
    }
}

impl<K: Eq + Hash + Clone> Buckets<K> {
    fn wait(&self, key: &K, rate: Rate, now: Timestamp) -> Duration {
        let left = self.0.get(key).map_or(f64::from(rate.burst), |bucket| bucket.left(rate, now));
        rate.refill.mul_f64((1.0 - left).max(0.0))
    }

    fn take(&mut self, key: K, rate: Rate, now: Timestamp) {
        if self.0.len() >= MOST_BUCKETS && !self.0.contains_key(&key) {
            self.make_room(rate, now);
        }
        let bucket = self.0.entry(key).or_insert(Bucket { attempts: f64::from(rate.burst), at: now });
        *bucket = Bucket { attempts: bucket.left(rate, now) - 1.0, at: now };
    }

    fn make_room(&mut self, rate: Rate, now: Timestamp) {
        self.0.retain(|_, bucket| bucket.left(rate, now) < f64::from(rate.burst));
        if self.0.len() >= MOST_BUCKETS {
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
    use std::net::{IpAddr, Ipv4Addr};

    fn address(last: u8) -> ClientAddress {
        IpAddr::from(Ipv4Addr::new(192, 0, 2, last)).into()
    }

    fn email(name: &str) -> Email {
        format!("{name}@example.org").parse().unwrap()
    }

    const START: Timestamp = Timestamp::UNIX_EPOCH;

    #[test]
    fn an_account_is_slowed_from_every_address() {
        let throttle = Throttle::default();
        for last in 0..8 {
            assert!(throttle.attempt(&email("ana"), address(last), START).is_ok());
        }
        let refused = throttle.attempt(&email("ana"), address(99), START).err();
        assert_eq!(refused, Some(Duration::from_secs(30)));
        assert!(throttle.attempt(&email("ben"), address(99), START).is_ok());
        let later = START + Duration::from_secs(30);
        assert!(throttle.attempt(&email("ana"), address(99), later).is_ok());
        assert!(throttle.attempt(&email("ana"), address(99), later).is_err());
    }

    #[test]
    fn an_address_is_slowed_over_all_accounts() {
        let throttle = Throttle::default();
        for n in 0..30 {
            assert!(throttle.attempt(&email(&n.to_string()), address(1), START).is_ok());
        }
        assert_eq!(throttle.attempt(&email("ana"), address(1), START).err(), Some(Duration::from_secs(5)));
        assert!(throttle.attempt(&email("ana"), address(2), START).is_ok());
    }

    #[test]
    fn success_forgives() {
        let throttle = Throttle::default();
        for _ in 0..100 {
            let attempt = throttle.attempt(&email("ana"), address(1), START).unwrap();
            throttle.succeeded(attempt);
        }
    }

    #[test]
    fn a_clock_that_goes_back_does_no_harm() {
        let throttle = Throttle::default();
        let _ = throttle.attempt(&email("ana"), address(1), START + Duration::from_secs(60));
        assert!(throttle.attempt(&email("ana"), address(1), START).is_ok());
    }

    #[test]
    fn memory_is_bounded() {
        let throttle = Throttle::default();
        for n in 0..MOST_BUCKETS + 50 {
            let from = IpAddr::from(Ipv4Addr::from(u32::try_from(n).unwrap()));
            let _ = throttle.attempt(&email(&n.to_string()), from.into(), START);
        }
        assert_eq!(throttle.lock().accounts.0.len(), MOST_BUCKETS);
    }
}
