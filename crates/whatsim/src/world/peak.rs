//! How many of something there are, and the most there ever were at one time.

use std::sync::atomic::{AtomicUsize, Ordering};

/// A number with its peak.
#[derive(Default)]
pub struct Peak {
    now: AtomicUsize,
    highest: AtomicUsize,
}

/// One of them, until it is dropped.
pub struct Counted<'a>(&'a Peak);

impl Peak {
    /// One more.
    pub fn enter(&self) -> Counted<'_> {
        let now = self.now.fetch_add(1, Ordering::AcqRel) + 1;
        self.highest.fetch_max(now, Ordering::AcqRel);
        Counted(self)
    }

    /// The most at one time since the start or the last reset.
    pub fn highest(&self) -> usize {
        self.highest.load(Ordering::Acquire)
    }

    /// Forgets the peak: those who are here now are the new one.
    pub fn reset(&self) {
        self.highest.store(0, Ordering::Release);
        self.highest.fetch_max(self.now.load(Ordering::Acquire), Ordering::AcqRel);
    }
}

impl Drop for Counted<'_> {
    fn drop(&mut self) {
        self.0.now.fetch_sub(1, Ordering::AcqRel);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_peak_outlives_those_who_made_it() {
        let peak = Peak::default();
        let first = peak.enter();
        drop((peak.enter(), peak.enter()));
        assert_eq!(peak.highest(), 3);
        peak.reset();
        assert_eq!(peak.highest(), 1, "one is still here");
        drop(first);
        drop(peak.enter());
        assert_eq!(peak.highest(), 1);
    }
}
