//! The second factor: codes of an authenticator (TOTP, RFC 6238, in the form that every app supports: SHA-1, 6
//! digits, 30 s), and recovery codes for a lost authenticator. Each code works once.

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
/// The number of recovery codes.
pub const RECOVERY_CODES: usize = 10;

/// The length of a seed in bytes, as RFC 4226 recommends.
const SEED_BYTES: usize = 20;
/// How long a code is shown.
const STEP_SECONDS: u64 = 30;
/// Codes of the previous and the next step are accepted too, because clocks differ.
const SKEW: u16 = 1;
/// What authenticators call us.
const ISSUER: &str = "linekeeper";
/// Crockford's alphabet, in which no two characters look alike.
const ALPHABET: &[u8; 32] = b"0123456789abcdefghjkmnpqrstvwxyz";
/// 16 characters are 80 bits, so no slow hash is needed.
const RECOVERY_LENGTH: usize = 16;
/// The number of characters between two hyphens of a recovery code.
const GROUP: usize = 4;

/// The secret from which an authenticator makes its codes.
#[derive(Debug, Clone)]
pub struct Seed(pub Secret<Vec<u8>>);

/// The result of checking the second factor.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Proof {
    /// There is a second factor, but no code was sent.
    Missing,
    /// The code is wrong, or was used before.
    Wrong,
    /// The code is right, or none is needed. Commit the transaction, because a code was used up.
    Given,
}

impl Seed {
    /// A fresh one.
    pub fn generate(rng: &mut impl CryptoRng) -> Self {
        let mut bytes = vec![0u8; SEED_BYTES];
        rng.fill_bytes(&mut bytes);
        Self(Secret::new(bytes))
    }

    /// The text that people type into an authenticator.
    pub fn text(&self) -> Secret<String> {
        Secret::new(self.totp("").secret().to_base32())
    }

    /// The URI that authenticators read from a QR code, for the account of `email`.
    pub fn uri(&self, email: &Email) -> Secret<String> {
        // The label's own separator.
        let name = email.as_str().replace(':', "-");
        let uri = self.totp(&name).to_url().expect("the name is not empty, and has no colon");
        Secret::new(uri)
    }

    /// The code that an authenticator shows at `now`.
    pub fn code(&self, now: Timestamp) -> Secret<String> {
        Secret::new(self.totp("").generate(seconds(now)).to_string())
    }

    /// The time step that a code belongs to, if it is right at `now`.
    pub fn step_of(&self, code: &str, now: Timestamp) -> Option<u64> {
        self.totp("").check(code, seconds(now))
    }

    /// Uses up the code of this step. Returns false if it was already used.
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

/// A new set of recovery codes.
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

/// The hash under which a recovery code is stored and looked up, however it was typed. `None` if the text cannot be
/// one.
pub fn recovery_hash(text: &str) -> Option<RecoveryCodeHash> {
    let plain: Option<String> = typed(text).map(|c| as_meant(c.to_ascii_lowercase())).collect();
    let plain = plain.filter(|plain| plain.len() == RECOVERY_LENGTH)?;
    Some(RecoveryCodeHash(random::hash(&plain)))
}

/// The character that Crockford's decoding reads.
fn as_meant(c: char) -> Option<char> {
    match c {
        'o' => Some('0'),
        'i' | 'l' => Some('1'),
        c => ALPHABET.contains(&u8::try_from(c).ok()?).then_some(c),
    }
}

/// The characters without the separators between groups.
fn typed(text: &str) -> impl Iterator<Item = char> {
    text.chars().filter(|c| !c.is_whitespace() && *c != '-')
}

fn seconds(now: Timestamp) -> u64 {
    now.as_second().unsigned_abs()
}

/// Checks the code that a person sent in addition to their password, and uses it up. Call it only after the password
/// was right: nobody else may learn whether there is a second factor.
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

    /// RFC 6238, appendix B: the last six digits of its example codes for SHA-1.
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
    fn the_uri_for_the_authenticator_names_user_and_service() {
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
