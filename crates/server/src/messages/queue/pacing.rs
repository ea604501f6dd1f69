//! How fast an account sends, so that it lives.

use std::time::Duration;

use tokio::time::Instant;

/// How fast an account sends.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Pacing {
    /// Messages a minute; 0 for no limit.
    pub messages_per_minute: u32,
    /// Whether pauses vary, as a person's do.
    pub jitter: bool,
}

/// When the next message may leave, on the clock that never jumps.
pub(super) struct Pace {
    pacing: Pacing,
    next: Option<Instant>,
}

impl Pace {
    pub(super) const fn new(pacing: Pacing) -> Self {
        Self { pacing, next: None }
    }

    /// When the next message may leave; nothing where it may leave now.
    pub(super) fn wait_until(&self, now: Instant) -> Option<Instant> {
        self.next.filter(|next| *next > now)
    }

    /// A message leaves. `chance` is from 0 to 1.
    pub(super) fn sent(&mut self, now: Instant, chance: f64) {
        if self.pacing.messages_per_minute == 0 {
            return;
        }
        let even = Duration::from_secs(60).div_f64(self.pacing.messages_per_minute.into());
        // From 0.7 to 1.3 of the even pause: the rate stays what it is.
        let factor = if self.pacing.jitter { 0.6f64.mul_add(chance, 0.7) } else { 1.0 };
        self.next = Some(now + even.mul_f64(factor));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pauses_follow_the_rate_and_none_is_no_limit() {
        let now = Instant::now();
        let mut pace = Pace::new(Pacing { messages_per_minute: 20, jitter: false });
        assert_eq!(pace.wait_until(now), None);
        pace.sent(now, 0.5);
        assert_eq!(pace.wait_until(now), Some(now + Duration::from_secs(3)));
        assert_eq!(pace.wait_until(now + Duration::from_secs(3)), None);
        let mut jittered = Pace::new(Pacing { messages_per_minute: 60, jitter: true });
        for (chance, millis) in [(0.0, 700), (1.0, 1300)] {
            jittered.sent(now, chance);
            assert_eq!(jittered.wait_until(now), Some(now + Duration::from_millis(millis)));
        }
        let mut unlimited = Pace::new(Pacing { messages_per_minute: 0, jitter: true });
        unlimited.sent(now, 0.5);
        assert_eq!(unlimited.wait_until(now), None);
    }
}
