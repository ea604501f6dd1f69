//! Random numbers that can be repeated with a seed.

use rand::SeedableRng as _;
use rand::rngs::StdRng;

/// A random generator whose seed is `KILL_SEED`, or a random one. A failed run prints the seed, so that another
/// run can use it.
#[expect(clippy::print_stderr, reason = "a test speaks to whoever runs it")]
pub fn random() -> StdRng {
    let given = std::env::var("KILL_SEED").ok().and_then(|seed| seed.parse().ok());
    let seed = given.unwrap_or_else(rand::random);
    eprintln!("KILL_SEED={seed}");
    StdRng::seed_from_u64(seed)
}
