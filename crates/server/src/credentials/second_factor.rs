//! The second factor. A person proves it with a code of an authenticator, or with a recovery code if the
//! authenticator is lost. The authenticator's codes are TOTP (RFC 6238) with the settings that every app supports:
//! SHA-1, 6 digits, 30 s. Each code works once.

use linekeeper_model::Timestamp;
use linekeeper_model::id::UserId;
use linekeeper_model::secret::Secret;
use linekeeper_model::user::Email;
use linekeeper_storage::{RecoveryCodeHash, SecondFactor, StorageError, Tx};
use rand::CryptoRng;
use totp_rs::{Builder, Secret as Key, Totp};

use super::random;

/// The maximum number of characters of a code.
pub const LONGEST_CODE: usize = 64;
/// The number of recovery codes that a user gets.
pub const RECOVERY_CODES: usize = 10;

/// The length of a seed in bytes, as RFC 4226 recommends.
const SEED_BYTES: usize = 20;
/// How long an authenticator shows a code.
const STEP_SECONDS: u64 = 30;
/// The number of time steps before and after the current step whose codes are accepted too, because clocks differ.
const SKEW: u16 = 1;
/// The name that authenticators show for linekeeper.
const ISSUER: &str = "linekeeper";
/// Crockford's alphabet. It leaves out letters that look like another character.
const ALPHABET: &[u8; 32] = b"0123456789abcdefghjkmnpqrstvwxyz";
/// The number of characters of a recovery code. 16 characters are 80 bits, so a fast hash is enough.
const RECOVERY_LENGTH: usize = 16;
/// The number of characters between two hyphens of a recovery code.
const GROUP: usize = 4;

/// The secret from which an authenticator computes its codes.
#[derive(Debug, Clone)]
pub struct Seed(pub Secret<Vec<u8>>);

/// The result of checking the second factor.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Proof {
    /// The user has a second factor, but no code was sent.
    Missing,
    /// The code is wrong, or was already used.
    Wrong,
    /// The code is right, or the user has no second factor. The caller must commit the transaction, because it
    /// marks the code as used.
    Given,
}

impl Seed {
    /// Creates a new random seed.
    pub fn generate(rng: &mut impl CryptoRng) -> Self {
        let mut bytes = vec![0u8; SEED_BYTES];
        rng.fill_bytes(&mut bytes);
        Self(Secret::new(bytes))
    }

    /// The seed as text, which people can type into an authenticator.
    pub fn text(&self) -> Secret<String> {
        Secret::new(self.totp("").secret().to_base32())
    }

    /// The URI of the seed, which authenticators read from a QR code. It names the user by `email`.
    pub fn uri(&self, email: &Email) -> Secret<String> {
        // A colon separates the parts of the URI's label, so the name must not contain a colon.
        let name = email.as_str().replace(':', "-");
        let uri = self.totp(&name).to_url().expect("the name is not empty, and has no colon");
        Secret::new(uri)
    }

    /// The code that an authenticator shows at `now`.
    pub fn code(&self, now: Timestamp) -> Secret<String> {
        Secret::new(self.totp("").generate(seconds(now)).to_string())
    }

    /// If the code is right at `now`, returns the time step that it belongs to.
    pub fn step_of(&self, code: &str, now: Timestamp) -> Option<u64> {
        self.totp("").check(code, seconds(now))
    }

    /// Marks the code of this step as used. Returns false if it was already used.
    pub async fn use_step(
        tx: &mut Tx,
        user: UserId,
        step: u64,
        now: Timestamp,
    ) -> Result<bool, StorageError> {
        let latest = seconds(now) / STEP_SECONDS + u64::from(SKEW);
        tx.second_factors().use_step(user, step, latest).await
    }

    fn totp(&self, name: &str) -> Totp {
        let key = Key::new(self.0.expose().clone().into_boxed_slice());
        let totp = Builder::new().with_secret(key).with_skew(SKEW).with_issuer(Some(ISSUER));
        totp.with_account_name(name)
            .build()
            .expect("the figures are those of RFC 6238, and names have no colons")
    }
}

/// Creates a new set of recovery codes.
pub fn recovery_codes(rng: &mut impl CryptoRng) -> Vec<Secret<String>> {
    (0..RECOVERY_CODES).map(|_| recovery_code(rng)).collect()
}

fn recovery_code(rng: &mut impl CryptoRng) -> Secret<String> {
    let mut bytes = [0u8; RECOVERY_LENGTH];
    rng.fill_bytes(&mut bytes);
    let characters = bytes.map(|byte| char::from(ALPHABET[usize::from(byte) % ALPHABET.len()]));
    let groups: Vec<String> = characters.chunks(GROUP).map(|group| group.iter().collect()).collect();
    Secret::new(groups.join("-"))
}

/// The hash under which a recovery code is stored and looked up. Case, spaces, hyphens and look-alike characters (`o`
/// for `0`) make no difference. Returns `None` if the text cannot be a recovery code.
pub fn recovery_hash(text: &str) -> Option<RecoveryCodeHash> {
    let plain: Option<String> = typed(text).map(|c| as_meant(c.to_ascii_lowercase())).collect();
    let plain = plain.filter(|plain| plain.len() == RECOVERY_LENGTH)?;
    Some(RecoveryCodeHash(random::hash(&plain)))
}

/// The character that is meant by `c` in Crockford's encoding, where for example the letter `o` means zero.
fn as_meant(c: char) -> Option<char> {
    match c {
        'o' => Some('0'),
        'i' | 'l' => Some('1'),
        c => ALPHABET.contains(&u8::try_from(c).ok()?).then_some(c),
    }
}

/// The characters of the text without spaces and hyphens.
fn typed(text: &str) -> impl Iterator<Item = char> {
    text.chars().filter(|c| !c.is_whitespace() && *c != '-')
}

fn seconds(now: Timestamp) -> u64 {
    now.as_second().unsigned_abs()
}

/// Checks the code that a person sent together with their password, and marks it as used. Call this only after the
/// password was right, because only the user may learn whether they have a second factor.
pub async fn prove(
    tx: &mut Tx,
    user: UserId,
    code: Option<&Secret<String>>,
    now: Timestamp,
) -> Result<Proof, StorageError> {
    let Some(SecondFactor::On(seed)) = tx.second_factors().get(user).await? else { return Ok(Proof::Given) };
    let Some(code) = code else { return Ok(Proof::Missing) };
    let digits: String = typed(code.expose()).collect();
    let given = match Seed(seed).step_of(&digits, now) {
        Some(step) => Seed::use_step(tx, user, step, now).await?,
        None => match recovery_hash(code.expose()) {
            Some(hash) => tx.second_factors().use_recovery_code(user, &hash).await?,
            None => false,
        },
    };
    Ok(if given { Proof::Given } else { Proof::Wrong })
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Compares with RFC 6238, appendix B. The expected codes are the last six digits of its examples for SHA-1.
    #[test]
    fn codes_match_the_examples_of_the_rfc() {
        let seed = Seed(Secret::new(b"12345678901234567890".to_vec()));
        for (second, code) in [(59, "287082"), (1_111_111_109, "081804"), (20_000_000_000, "353130")] {
            let now = Timestamp::from_second(second).unwrap();
            assert_eq!(seed.code(now).expose(), code);
            let step = second.unsigned_abs() / 30;
            assert_eq!(seed.step_of(code, now), Some(step));
            assert_eq!(seed.step_of(code, now + std::time::Duration::from_secs(30)), Some(step));
            assert_eq!(seed.step_of(code, now + std::time::Duration::from_secs(60)), None);
        }
        for rubbish in ["", "28708", "2870822", "+87082", "２８７０８２", "28708a"] {
            assert_eq!(seed.step_of(rubbish, Timestamp::from_second(59).unwrap()), None, "{rubbish}");
        }
    }

    #[test]
    fn the_authenticator_uri_contains_the_user_and_the_service() {
        let seed = Seed(Secret::new(b"12345678901234567890".to_vec()));
        assert_eq!(seed.text().expose(), "GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ");
        let uri = seed.uri(&"ana@example.org".parse().unwrap());
        insta::assert_snapshot!(uri.expose(), @"otpauth://totp/linekeeper:ana%40example.org?secret=GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ&issuer=linekeeper");
        assert!(seed.uri(&"\"a:b\"@example.org".parse().unwrap()).expose().starts_with("otpauth://totp/"));
    }

    #[test]
    fn recovery_codes_match_in_every_spelling() {
        let codes = recovery_codes(&mut rand::rng());
        assert_eq!(codes.len(), RECOVERY_CODES);
        let code = codes[0].expose();
        assert_eq!(code.len(), 19, "{code}");
        let hash = recovery_hash(code).unwrap();
        assert_ne!(recovery_hash(codes[1].expose()), Some(hash));
        assert_eq!(recovery_hash(&code.to_uppercase().replace('-', " ")), Some(hash));
        assert_eq!(recovery_hash(&code.replace('0', "O").replace('1', "l")), Some(hash));
        for rubbish in ["", "287082", "uuuu-uuuu-uuuu-uuuu", &format!("{code}0"), "éééé-éééé-éééé-éééé"]
        {
            assert_eq!(recovery_hash(rubbish), None, "{rubbish}");
        }
    }
}
