//! A phone's own source of randomness: seeded once by whoever makes the phone, so that a seeded world has seeded phones.

use parking_lot::Mutex;
use rand::rngs::StdRng;
use rand::{CryptoRng, SeedableRng};

/// Hands out generators that can be held across an await, which `ThreadRng` can't.
pub(super) struct Entropy(Mutex<StdRng>);

impl Entropy {
    pub(super) fn seeded_from(rng: &mut impl CryptoRng) -> Self {
        Self(Mutex::new(StdRng::from_rng(rng)))
    }

    /// A generator independent of all others handed out.
    pub(super) fn fork(&self) -> StdRng {
        StdRng::from_rng(&mut *self.0.lock())
    }
}
