//! Counts how many things of one kind exist now, and remembers the maximum number that existed at one time.

use std::sync::atomic::{AtomicUsize, Ordering};

/// A current number and its peak.
#[derive(Default)]
pub struct Peak {
    now: AtomicUsize,
    highest: AtomicUsize,
}

/// One counted thing. The current number decreases when this value is dropped.
pub struct Counted<'a>(&'a Peak);

impl Peak {
    /// Counts one more thing.
    pub fn enter(&self) -> Counted<'_> {
        let now = self.now.fetch_add(1, Ordering::AcqRel) + 1;
        self.highest.fetch_max(now, Ordering::AcqRel);
        Counted(self)
    }

    /// The peak since the start or the last reset.
    pub fn highest(&self) -> usize {
        self.highest.load(Ordering::Acquire)
    }

    /// Sets the peak to the current number.
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
    fn the_peak_number_is_kept_after_the_counted_things_end() {
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
