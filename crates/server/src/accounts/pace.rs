//! Limits how fast accounts connect to WhatsApp, so that after a restart or an outage they do not all reconnect at
//! once. The number of simultaneous logins is limited. After a first burst, the number of new logins per second is
//! limited too.

use std::num::NonZeroU32;
use std::sync::Arc;

use governor::clock::{Clock, DefaultClock};
use governor::{DefaultDirectRateLimiter, Quota, RateLimiter};
use tokio::sync::{OwnedSemaphorePermit, Semaphore};

/// The limiter that all accounts share.
pub struct Pace {
    under_way: Arc<Semaphore>,
    rate: DefaultDirectRateLimiter,
    clock: DefaultClock,
    pairings: Arc<Semaphore>,
    limits: Limits,
}

/// The limits.
#[derive(Debug, Clone, Copy)]
pub struct Limits {
    /// The maximum number of simultaneous logins.
    pub at_once: NonZeroU32,
    /// After a quiet time, this many logins may begin without a pause.
    pub burst: NonZeroU32,
    /// The number of logins per second after the burst is used up.
    pub per_second: NonZeroU32,
    /// The maximum number of open pairings.
    pub pairings: NonZeroU32,
}

/// The right to log in. When it is dropped, the next account may log in.
#[derive(Debug)]
pub(super) struct Turn(#[expect(dead_code, reason = "held, never read")] OwnedSemaphorePermit);

/// The right to hold a pairing open.
#[derive(Debug)]
pub(super) struct PairingSlot(#[expect(dead_code, reason = "held, never read")] OwnedSemaphorePermit);

impl Pace {
    /// Creates a limiter. No account is connecting yet.
    pub fn new(limits: Limits) -> Self {
        let permits = |count: NonZeroU32| Arc::new(Semaphore::new(count.get() as usize));
        Self {
            under_way: permits(limits.at_once),
            rate: RateLimiter::direct(Quota::per_second(limits.per_second).allow_burst(limits.burst)),
            clock: DefaultClock::default(),
            pairings: permits(limits.pairings),
            limits,
        }
    }

    /// The number of logins in progress.
    pub(super) fn logins_under_way(&self) -> u64 {
        taken(&self.under_way, self.limits.at_once)
    }

    /// The number of open pairings.
    pub(super) fn open_pairings(&self) -> u64 {
        taken(&self.pairings, self.limits.pairings)
    }

    /// Waits in the queue for logins. If this future is dropped, the account leaves the queue.
    pub(super) async fn turn(self: Arc<Self>) -> Turn {
        // The account already holds the permit while it waits for the rate limiter. So the account counts as a login in
        // progress during that time.
        let permit = self.under_way.clone().acquire_owned().await.expect("the semaphore is never closed");
        while let Err(early) = self.rate.check() {
            tokio::time::sleep(early.wait_time_from(self.clock.now())).await;
        }
        Turn(permit)
    }

    /// Takes a pairing slot. Returns `None` if the maximum number of pairings is open.
    pub(super) fn pairing(&self) -> Option<PairingSlot> {
        self.pairings.clone().try_acquire_owned().ok().map(PairingSlot)
    }
}

fn taken(semaphore: &Semaphore, of: NonZeroU32) -> u64 {
    u64::from(of.get()).saturating_sub(semaphore.available_permits() as u64)
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::time::{Duration, Instant};

    fn pace(at_once: u32, burst: u32, per_second: u32) -> Arc<Pace> {
        let number = |n| NonZeroU32::new(n).unwrap();
        let limits = Limits {
            at_once: number(at_once),
            burst: number(burst),
            per_second: number(per_second),
            pairings: number(2),
        };
        Arc::new(Pace::new(limits))
    }

    #[tokio::test]
    async fn a_login_waits_while_the_maximum_number_of_logins_is_in_progress() {
        let pace = pace(2, 100, 100);
        let (first, _second) = (pace.clone().turn().await, pace.clone().turn().await);
        let mut third = std::pin::pin!(pace.clone().turn());
        assert!(futures_util::poll!(&mut third).is_pending());
        drop(first);
        third.await;
    }

    #[tokio::test]
    async fn logins_after_the_first_burst_are_limited_to_the_configured_rate() {
        let pace = pace(100, 5, 50);
        let began = Instant::now();
        for _ in 0..10 {
            pace.clone().turn().await;
        }
        // Five logins begin at once. The other five follow, one every 20 ms. On a busy machine they take longer, so the
        // test checks only the minimum.
        assert!(began.elapsed() >= Duration::from_millis(90), "{:?}", began.elapsed());
    }

    #[tokio::test]
    async fn the_number_of_open_pairings_is_limited() {
        let pace = pace(1, 1, 1);
        let slots = [pace.pairing(), pace.pairing(), pace.pairing()];
        assert_eq!(slots.each_ref().map(Option::is_some), [true, true, false]);
        assert_eq!((pace.open_pairings(), pace.logins_under_way()), (2, 0));
    }
}
