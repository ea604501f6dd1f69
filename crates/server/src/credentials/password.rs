//! Passwords: which texts are accepted, and how they are hashed. The hash is Argon2id with OWASP's parameters (19
//! MiB, 2 passes, 1 lane).

use std::sync::Arc;
use std::time::Duration;

use argon2::password_hash::phc::PasswordHash as Phc;
use argon2::password_hash::{PasswordHasher, PasswordVerifier};
use argon2::{Algorithm, Argon2, Params, Version};
use base64::Engine;
use base64::prelude::BASE64_STANDARD_NO_PAD;
use linekeeper_model::secret::Secret;
use linekeeper_storage::PasswordHash;
use rand::CryptoRng;
use tokio::sync::Semaphore;

/// The minimum number of characters of a password.
pub const SHORTEST: usize = 12;
/// The maximum number of bytes of a password. A longer password would only cost computing time.
pub const LONGEST: usize = 1024;

/// The memory of one hash in KiB.
const MEMORY: u32 = 19_456;
const PASSES: u32 = 2;
const LANES: u32 = 1;

/// The maximum number of hashes that are computed at the same time. Each one takes 19 MiB of memory, and a
/// processor for tens of milliseconds.
const AT_ONCE: usize = 2;
/// How long a request waits for its turn before it is refused as busy.
const PATIENCE: Duration = Duration::from_secs(5);

/// A password that may be set.
#[derive(Debug, Clone)]
pub struct Password(Secret<String>);

/// Why a text cannot be a password.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum InvalidPassword {
    /// Fewer than [`SHORTEST`] characters.
    #[error("must have at least 12 characters")]
    TooShort,
    /// More than [`LONGEST`] bytes.
    #[error("must have at most 1024 bytes")]
    TooLong,
    /// The password repeats one character.
    #[error("must not repeat one character")]
    Repetitive,
}

impl Password {
    /// Accepts a text as a password if it is long enough and does not repeat one character. There are no other
    /// rules, because length matters most.
    pub fn new(text: Secret<String>) -> Result<Self, InvalidPassword> {
        let characters = text.expose().chars();
        if text.expose().len() > LONGEST {
            return Err(InvalidPassword::TooLong);
        }
        if characters.clone().count() < SHORTEST {
            return Err(InvalidPassword::TooShort);
        }
        let first = characters.clone().next();
        if characters.clone().all(|c| Some(c) == first) {
            return Err(InvalidPassword::Repetitive);
        }
        Ok(Self(text))
    }
}

/// Why the hash could not be computed.
#[derive(Debug, thiserror::Error)]
pub enum PasswordError {
    /// Too many other requests wait for a hash. A later try may succeed.
    #[error("too many password checks at once")]
    Busy,
    /// Argon2 failed, or the stored text is not an Argon2 hash.
    #[error("argon2 failed: {0}")]
    Argon2(argon2::password_hash::Error),
    /// The thread that computes a hash panicked.
    #[error("the thread that hashed a password died")]
    Died,
}

/// Computes and compares hashes on separate threads, only a few at a time. Cloning it is cheap.
#[derive(Debug, Clone)]
pub struct Passwords {
    turns: Arc<Semaphore>,
    /// A hash that no known password matches. An unknown user's password is compared with it, so that the
    /// comparison takes as long as for a known user.
    decoy: Arc<str>,
}

impl Passwords {
    /// Creates the hasher. Its decoy is made of random bytes, so nobody knows a password that matches it.
    pub fn new(rng: &mut impl CryptoRng) -> Self {
        let mut output = [0u8; 32];
        rng.fill_bytes(&mut output);
        let (salt, output) =
            (BASE64_STANDARD_NO_PAD.encode(salt(rng)), BASE64_STANDARD_NO_PAD.encode(output));
        let decoy = format!("$argon2id$v=19$m={MEMORY},t={PASSES},p={LANES}${salt}${output}");
        Self { turns: Arc::new(Semaphore::new(AT_ONCE)), decoy: decoy.into() }
    }

    /// Returns the hash to store for `password`.
    pub async fn hash(&self, password: Password) -> Result<PasswordHash, PasswordError> {
        let salt = salt(&mut rand::rng());
        let text = self.apart(move || hash(password.0.expose(), &salt)).await?;
        Ok(PasswordHash::new(text))
    }

    /// Whether `password` matches the hash `stored`. If `stored` is `None`, this function returns false, after the same
    /// time as with a hash.
    pub async fn matches(
        &self,
        password: Secret<String>,
        stored: Option<PasswordHash>,
    ) -> Result<bool, PasswordError> {
        let known = stored.is_some();
        let phc = stored.map_or_else(|| self.decoy.to_string(), |hash| hash.expose().to_owned());
        let same = self.apart(move || verify(password.expose(), &phc)).await?;
        Ok(same && known)
    }

    async fn apart<T: Send + 'static>(
        &self,
        work: impl FnOnce() -> Result<T, PasswordError> + Send + 'static,
    ) -> Result<T, PasswordError> {
        let waiting = Arc::clone(&self.turns).acquire_owned();
        let Ok(Ok(turn)) = tokio::time::timeout(PATIENCE, waiting).await else {
            return Err(PasswordError::Busy);
        };
        let done = tokio::task::spawn_blocking(move || {
            // The thread holds the semaphore's permit. So if the caller stops waiting, the permit is not released
            // before the hash is computed.
            let _turn = turn;
            work()
        });
        done.await.map_err(|_| PasswordError::Died)?
    }
}

fn argon2() -> Argon2<'static> {
    let params =
        Params::new(MEMORY, PASSES, LANES, None).expect("OWASP's figures are within Argon2's bounds");
    Argon2::new(Algorithm::Argon2id, Version::V0x13, params)
}

fn salt(rng: &mut impl CryptoRng) -> [u8; 16] {
    let mut salt = [0u8; 16];
    rng.fill_bytes(&mut salt);
    salt
}

fn hash(password: &str, salt: &[u8]) -> Result<String, PasswordError> {
    let hash: Phc =
        argon2().hash_password_with_salt(password.as_bytes(), salt).map_err(PasswordError::Argon2)?;
    Ok(hash.to_string())
}

fn verify(password: &str, stored: &str) -> Result<bool, PasswordError> {
    let stored = Phc::new(stored).map_err(|e| PasswordError::Argon2(e.into()))?;
    // The parameters come from the stored hash. So passwords that were hashed with older parameters still work.
    match argon2().verify_password(password.as_bytes(), &stored) {
        Ok(()) => Ok(true),
        Err(argon2::password_hash::Error::PasswordInvalid) => Ok(false),
        Err(error) => Err(PasswordError::Argon2(error)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn password(text: &str) -> Result<Password, InvalidPassword> {
        Password::new(Secret::new(text.to_owned()))
    }

    #[test]
    fn a_password_must_be_long_enough_and_not_repetitive() {
        assert!(password("correct horse").is_ok());
        assert!(password("ñandúes verdes").is_ok());
        assert_eq!(password("hunter2").err(), Some(InvalidPassword::TooShort));
        assert_eq!(password("éééééé").err(), Some(InvalidPassword::TooShort));
        assert_eq!(password(&"z".repeat(20)).err(), Some(InvalidPassword::Repetitive));
        assert_eq!(password(&"ab".repeat(600)).err(), Some(InvalidPassword::TooLong));
    }

    #[tokio::test]
    async fn a_hash_matches_only_its_password() {
        let passwords = Passwords::new(&mut rand::rng());
        let stored = passwords.hash(password("correct horse").unwrap()).await.unwrap();
        assert!(stored.expose().starts_with("$argon2id$v=19$m=19456,t=2,p=1$"), "{}", stored.expose());
        let matches = |text: &str, stored| passwords.matches(Secret::new(text.to_owned()), stored);
        assert!(matches("correct horse", Some(stored.clone())).await.unwrap());
        assert!(!matches("Correct horse", Some(stored)).await.unwrap());
        assert!(!matches("correct horse", None).await.unwrap());
    }
}
