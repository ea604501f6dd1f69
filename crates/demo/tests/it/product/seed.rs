//! Random numbers that can be repeated with a seed.

use rand::SeedableRng as _;
use rand::rngs::StdRng;

/// A random generator with the seed `KILL_SEED`, or with a random seed. The seed is printed, so that a failed run
/// can be repeated.
#[expect(clippy::print_stderr, reason = "a test speaks to whoever runs it")]
pub fn random() -> StdRng {
    let given = std::env::var("KILL_SEED").ok().and_then(|seed| seed.parse().ok());
    let seed = given.unwrap_or_else(rand::random);
    eprintln!("KILL_SEED={seed}");
    StdRng::seed_from_u64(seed)
}
