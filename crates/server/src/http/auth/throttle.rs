//! Slows down the guessing of passwords: each account and each address has a bucket of attempts. An attempt is
//! taken before the password is checked, so that many at once cannot slip through, and given back when it
//! succeeds. Forgotten on restart.

use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use linekeeper_model::Timestamp;
use linekeeper_model::user::Email;

use crate::http::buckets::{Buckets, PER_ADDRESS, Rate};
use crate::http::client_address::ClientAddress;

const PER_ACCOUNT: Rate = Rate { burst: 8, refill: Duration::from_secs(30) };

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
        both.accounts.forget(&attempt.email);
        both.addresses.give_back(&attempt.address);
    }

    /// A panic elsewhere leaves counts as good as any.
    fn lock(&self) -> MutexGuard<'_, Both> {
        self.buckets.lock().unwrap_or_else(PoisonError::into_inner)
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
}
