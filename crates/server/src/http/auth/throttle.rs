//! Slows down the guessing of passwords. Each user and each address has a bucket of attempts. A user has a separate
//! bucket for each address from which they signed in earlier, so that guesses from other addresses do not lock the user
//! out at these addresses. An attempt is taken before the password is checked, so that parallel guesses cannot exceed
//! the limit. If the password is right, the attempt is put back. After a restart, all buckets are full.

use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use linekeeper_model::Timestamp;
use linekeeper_model::user::Email;

use super::buckets::{Buckets, PER_ADDRESS, Rate};
use super::familiar::Familiar;
use crate::http::answer::error::ApiError;
use crate::http::request::client_address::ClientAddress;

const PER_ACCOUNT: Rate = Rate { burst: 8, refill: Duration::from_secs(30) };
/// The rate of mails to one person. Without a limit, anybody could flood this person with mails, by asking for a new
/// password for example.
const MAILS: Rate = Rate { burst: 3, refill: Duration::from_secs(20 * 60) };
/// The rate of successful sign-ins of one user. They are limited too, because each writes a row and an audit
/// entry.
const SIGN_INS: Rate = Rate { burst: 30, refill: Duration::from_secs(10) };

/// Counts attempts to sign in.
#[derive(Default)]
pub(in crate::http) struct Throttle {
    buckets: Mutex<All>,
}

/// The key of a bucket: a user at an address from which they signed in earlier, or (`None`) from any other
/// address.
type Account = (Email, Option<ClientAddress>);

#[derive(Default)]
struct All {
    accounts: Buckets<Account>,
    addresses: Buckets<ClientAddress>,
    familiar: Familiar,
    mails: Buckets<Email>,
    invitations: Buckets<Email>,
    sign_ins: Buckets<Email>,
}

/// An attempt that was allowed.
#[must_use]
pub(in crate::http) struct Attempt {
    account: Account,
    address: ClientAddress,
}

/// Too many attempts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::http) struct TooSoon {
    wait: Duration,
}

impl From<TooSoon> for ApiError {
    fn from(TooSoon { wait }: TooSoon) -> Self {
        Self::TooManyAttempts { retry_after: wait }
    }
}

impl Throttle {
    /// Allows an attempt, or returns how long to wait.
    pub fn attempt(&self, email: &Email, address: ClientAddress, now: Timestamp) -> Result<Attempt, TooSoon> {
        let mut all = self.lock();
        let at_home = all.familiar.knows(&(email.clone(), address)).then_some(address);
        let account = (email.clone(), at_home);
        let wait =
            all.accounts.wait(&account, PER_ACCOUNT, now).max(all.addresses.wait(&address, PER_ADDRESS, now));
        let wait = wait.max(all.sign_ins.wait(email, SIGN_INS, now));
        if !wait.is_zero() {
            return Err(TooSoon { wait });
        }
        all.accounts.take(account.clone(), PER_ACCOUNT, now);
        all.addresses.take(address, PER_ADDRESS, now);
        Ok(Attempt { account, address })
    }

    /// Call this if the password was right. Makes the user's bucket full again, and gives the attempt back to the
    /// address.
    pub fn succeeded(&self, Attempt { account, address }: Attempt) {
        let mut all = self.lock();
        all.accounts.forget(&account);
        all.addresses.give_back(&address);
        all.familiar.add((account.0, address));
    }

    /// Call this if a person has proved who they are by other means. Guesses by others then no longer lock the
    /// person out.
    pub fn forgive(&self, email: &Email) {
        self.lock().accounts.forget(&(email.clone(), None));
    }

    /// Counts a request for a mail to `email` as an attempt of `address`. Returns false if there were too many mails to
    /// `email`. The caller of this function must not reveal this result.
    pub fn may_mail(&self, email: &Email, address: ClientAddress, now: Timestamp) -> Result<bool, TooSoon> {
        let mut all = self.lock();
        all.addresses.try_take(address, PER_ADDRESS, now).map_err(|wait| TooSoon { wait })?;
        Ok(all.mails.try_take(email.clone(), MAILS, now).is_ok())
    }

    /// Counts a sign-in that succeeded.
    pub fn signed_in(&self, email: &Email, now: Timestamp) {
        self.lock().sign_ins.take(email.clone(), SIGN_INS, now);
    }

    /// Counts an invitation by mail to `email`, from any sender. Invitations are counted separately from password
    /// mails, so that invitations cannot block password mails.
    pub fn may_invite(&self, email: &Email, now: Timestamp) -> Result<(), TooSoon> {
        self.lock().invitations.try_take(email.clone(), MAILS, now).map_err(|wait| TooSoon { wait })
    }

    /// Locks the buckets. They are still usable if another thread panicked while it held the lock.
    fn lock(&self) -> MutexGuard<'_, All> {
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
    fn failed_sign_ins_of_one_user_delay_sign_ins_of_that_user_from_any_address() {
        let throttle = Throttle::default();
        for last in 0..8 {
            assert!(throttle.attempt(&email("ana"), address(last), START).is_ok());
        }
        let refused = throttle.attempt(&email("ana"), address(99), START).err();
        assert_eq!(refused, Some(TooSoon { wait: Duration::from_secs(30) }));
        assert!(throttle.attempt(&email("ben"), address(99), START).is_ok());
        let later = START + Duration::from_secs(30);
        assert!(throttle.attempt(&email("ana"), address(99), later).is_ok());
        assert!(throttle.attempt(&email("ana"), address(99), later).is_err());
    }

    #[test]
    fn failed_sign_ins_from_one_address_delay_all_users_at_that_address() {
        let throttle = Throttle::default();
        for n in 0..30 {
            assert!(throttle.attempt(&email(&n.to_string()), address(1), START).is_ok());
        }
        let refused = throttle.attempt(&email("ana"), address(1), START).err();
        assert_eq!(refused, Some(TooSoon { wait: Duration::from_secs(5) }));
        assert!(throttle.attempt(&email("ana"), address(2), START).is_ok());
    }

    #[test]
    fn a_successful_sign_in_clears_the_failures() {
        let throttle = Throttle::default();
        for _ in 0..100 {
            let attempt = throttle.attempt(&email("ana"), address(1), START).unwrap();
            throttle.succeeded(attempt);
        }
    }

    #[test]
    fn failed_attempts_from_other_addresses_do_not_block_the_users_known_address() {
        let throttle = Throttle::default();
        let at_home = throttle.attempt(&email("ana"), address(1), START).unwrap();
        throttle.succeeded(at_home);
        for last in 2..10 {
            assert!(throttle.attempt(&email("ana"), address(last), START).is_ok());
        }
        assert!(throttle.attempt(&email("ana"), address(11), START).is_err());
        assert!(throttle.attempt(&email("ana"), address(1), START).is_ok());
        // Ana's success does not give the guessers new attempts.
        throttle.succeeded(throttle.attempt(&email("ana"), address(1), START).unwrap());
        assert!(throttle.attempt(&email("ana"), address(11), START).is_err());
        // Guesses from the address where Ana signed in are slowed down too.
        for _ in 0..8 {
            assert!(throttle.attempt(&email("ana"), address(1), START).is_ok());
        }
        assert!(throttle.attempt(&email("ana"), address(1), START).is_err());
        throttle.forgive(&email("ana"));
        assert!(throttle.attempt(&email("ana"), address(11), START).is_ok());
    }

    #[test]
    fn mails_to_one_address_are_limited() {
        let throttle = Throttle::default();
        let asked = |last, now| throttle.may_mail(&email("ana"), address(last), now);
        assert_eq!([1, 2, 3, 4].map(|last| asked(last, START).unwrap()), [true, true, true, false]);
        assert_eq!(asked(5, START + Duration::from_secs(20 * 60)), Ok(true));
        for _ in 0..29 {
            assert!(asked(1, START).is_ok());
        }
        assert_eq!(asked(1, START), Err(TooSoon { wait: Duration::from_secs(5) }));
    }

    #[test]
    fn an_attempt_is_allowed_after_the_clock_went_back() {
        let throttle = Throttle::default();
        let _ = throttle.attempt(&email("ana"), address(1), START + Duration::from_secs(60));
        assert!(throttle.attempt(&email("ana"), address(1), START).is_ok());
    }
}
