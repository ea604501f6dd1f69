//! A phone's own source of randomness. Its seed comes from the generator with which the phone is created. If that
//! generator has a fixed seed, this source has a fixed seed, too.

use parking_lot::Mutex;
use rand::rngs::StdRng;
use rand::{CryptoRng, SeedableRng};

/// Makes random generators that can be held across an await. `ThreadRng` cannot be held in this way.
pub(super) struct Entropy(Mutex<StdRng>);

impl Entropy {
    pub(super) fn seeded_from(rng: &mut impl CryptoRng) -> Self {
        Self(Mutex::new(StdRng::from_rng(rng)))
    }

    /// A generator that is independent of all others.
    pub(super) fn fork(&self) -> StdRng {
        StdRng::from_rng(&mut *self.0.lock())
    }
}
