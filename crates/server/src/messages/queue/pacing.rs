//! The pause after each message of an account. It depends on the current rate, so a changed rate applies at once.

use std::time::Duration;

use tokio::time::Instant;

/// The account's current sending rate.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Rate {
    /// The number of messages per minute. 0 means no limit.
    pub(super) per_minute: u32,
    /// Whether the pauses vary.
    pub(super) jitter: bool,
}

/// When the last message was sent, on the monotonic clock.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Pace {
    last: Option<(Instant, f64)>,
}

impl Pace {
    /// When the next message may be sent. `None` means now.
    pub(super) fn wait_until(&self, now: Instant, rate: Rate) -> Option<Instant> {
        let (sent, chance) = self.last.filter(|_| rate.per_minute > 0)?;
        let even = Duration::from_secs(60).div_f64(rate.per_minute.into());
        // The factor is a random number from 0.7 to 1.3. Its average is 1, so the average rate stays the same.
        let factor = if rate.jitter { 0.6f64.mul_add(chance, 0.7) } else { 1.0 };
        Some(sent + even.mul_f64(factor)).filter(|next| *next > now)
    }

    /// Records that a message is sent now. `chance` is a random number from 0 to 1. Returns the previous pace,
    /// which must be restored if the message is not sent after all.
    pub(super) fn sent(&mut self, now: Instant, chance: f64) -> Self {
        std::mem::replace(self, Self { last: Some((now, chance)) })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pauses_between_messages_follow_the_current_rate() {
        let now = Instant::now();
        let mut pace = Pace::default();
        let rate = |per_minute| Rate { per_minute, jitter: false };
        assert_eq!(pace.wait_until(now, rate(20)), None);
        let before = pace.sent(now, 0.5);
        assert_eq!(pace.wait_until(now, rate(20)), Some(now + Duration::from_secs(3)));
        assert_eq!(pace.wait_until(now, rate(60)), Some(now + Duration::from_secs(1)));
        assert_eq!(pace.wait_until(now, rate(0)), None, "no limit");
        assert_eq!(pace.wait_until(now + Duration::from_secs(3), rate(20)), None);
        assert_eq!(before.wait_until(now, rate(20)), None);
        for (chance, millis) in [(0.0, 700), (1.0, 1300)] {
            pace.sent(now, chance);
            let jittered = Rate { per_minute: 60, jitter: true };
            assert_eq!(pace.wait_until(now, jittered), Some(now + Duration::from_millis(millis)));
        }
    }
}
