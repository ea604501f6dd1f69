//! The tokens of people who signed in. An access token carries its claims and works for 15 minutes. Refresh tokens
//! form a chain, in which each token works once. If a used refresh token is presented later, its whole chain ends.

use std::fmt;
use std::str::FromStr;
use std::time::Duration;

use base64::Engine;
use base64::prelude::BASE64_URL_SAFE_NO_PAD;
use jsonwebtoken::{Algorithm, DecodingKey, EncodingKey, Header, Validation};
use linekeeper_model::Timestamp;
use linekeeper_model::id::{SignInId, UserId};
use linekeeper_model::secret::Secret;
use linekeeper_storage::{Storage, StorageError, TokenHash};
use rand::CryptoRng;
use serde::{Deserialize, Serialize};
use subtle::ConstantTimeEq as _;
use zeroize::Zeroize as _;

use super::random;

/// How long an access token works.
pub const ACCESS_LIFETIME: Duration = Duration::from_secs(15 * 60);
/// How long an unused refresh token works. Using it returns a new one.
pub const REFRESH_LIFETIME: Duration = Duration::from_secs(30 * 24 * 60 * 60);

/// The name of the setting that holds the sealed signing key.
const KEY_SETTING: &str = "access_token_key";
const ISSUER: &str = "linekeeper";

/// The length of a refresh token's secret in bytes. The first half is the head: random bytes, or, after a refresh,
/// bytes computed from the previous token. The second half is a MAC that proves that this installation issued the
/// token.
const SECRET: usize = 32;
const HEAD: usize = 16;
/// The purpose of a MAC, which is part of the signed message. A MAC with `ISSUED` proves that this installation issued
/// a token. A MAC with `NEXT` gives the first half (the head) of the next token's secret.
const ISSUED: u8 = 1;
const NEXT: u8 = 2;

/// Creates and checks the tokens with this installation's key.
pub struct Tokens {
    signing: EncodingKey,
    checking: DecodingKey,
}

/// The claims of an access token.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
struct Claims {
    iss: String,
    sub: String,
    sid: String,
    iat: i64,
    exp: i64,
}

/// The user and the sign-in that a valid access token belongs to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Bearer {
    /// The user.
    pub user_id: UserId,
    /// The sign-in for which the token was issued.
    pub sign_in: SignInId,
    /// When the token expires.
    pub expires_at: Timestamp,
}

/// Why an access token is not accepted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum TokenError {
    /// The token has expired. The caller can get a new one with the refresh token.
    #[error("the access token has expired")]
    Expired,
    /// The token was not issued by this installation, or it was changed.
    #[error("the access token is not valid")]
    Invalid,
}

/// An access token for the caller, and when it expires.
#[derive(Debug, Clone)]
pub struct AccessToken {
    /// The text of the token.
    pub text: Secret<String>,
    /// When the token expires.
    pub expires_at: Timestamp,
}

impl Tokens {
    /// Reads the signing key from the database. At the first start, creates it.
    pub async fn open(storage: &Storage) -> Result<Self, StorageError> {
        let mut tx = storage.begin().await?;
        if let Some(key) = tx.settings().get_secret(KEY_SETTING).await? {
            return Ok(Self::with_key(&Secret::new(key)));
        }
        let fresh = random::secret_text(&mut rand::rng());
        tx.settings().put_secret(KEY_SETTING, fresh.expose().as_bytes()).await?;
        tx.commit().await?;
        Ok(Self::with_key(&Secret::new(fresh.expose().as_bytes().to_vec())))
    }

    /// Creates and checks tokens with the given key.
    pub fn with_key(key: &Secret<Vec<u8>>) -> Self {
        let key = key.expose();
        Self { signing: EncodingKey::from_secret(key), checking: DecodingKey::from_secret(key) }
    }

    /// Creates an access token for `user`, who signed in with `sign_in`.
    pub fn access(&self, user: UserId, sign_in: SignInId, now: Timestamp) -> AccessToken {
        let expires_at = now + ACCESS_LIFETIME;
        let claims = Claims {
            iss: ISSUER.to_owned(),
            sub: user.to_string(),
            sid: sign_in.to_string(),
            iat: now.as_second(),
            exp: expires_at.as_second(),
        };
        let text = jsonwebtoken::encode(&Header::new(Algorithm::HS256), &claims, &self.signing)
            .expect("plain claims serialize, and an HMAC key signs anything");
        AccessToken { text: Secret::new(text), expires_at }
    }

    /// Returns the user and the sign-in of `token`. The token's times are compared with `now`, not with the
    /// machine's clock.
    pub fn check(&self, token: &str, now: Timestamp) -> Result<Bearer, TokenError> {
        let mut validation = Validation::new(Algorithm::HS256);
        validation.set_issuer(&[ISSUER]);
        validation.validate_exp = false;
        let claims = jsonwebtoken::decode::<Claims>(token, &self.checking, &validation)
            .map_err(|_| TokenError::Invalid)?
            .claims;
        if now.as_second() >= claims.exp {
            return Err(TokenError::Expired);
        }
        Ok(Bearer {
            user_id: claims.sub.parse().map_err(|_| TokenError::Invalid)?,
            sign_in: claims.sid.parse().map_err(|_| TokenError::Invalid)?,
            expires_at: Timestamp::from_second(claims.exp).map_err(|_| TokenError::Invalid)?,
        })
    }

    /// Creates the first refresh token of a chain.
    pub fn begin_refresh(&self, sign_in: SignInId, rng: &mut impl CryptoRng) -> RefreshToken {
        let mut head = [0; HEAD];
        rng.fill_bytes(&mut head);
        self.issue(sign_in, head)
    }

    /// Returns the token that replaces `token`. Every call for `token` returns the same one, so that two browser tabs
    /// that refresh at the same time get the same token. It can be computed only with the installation's key.
    pub fn next_refresh(&self, token: &RefreshToken) -> RefreshToken {
        let mac = self.mac(NEXT, token.sign_in, token.secret.expose().as_bytes());
        let head = mac.first_chunk().expect("a SHA-256 is longer than a head");
        self.issue(token.sign_in, *head)
    }

    /// Whether this installation has issued `token` for this sign-in.
    pub fn has_issued(&self, token: &RefreshToken) -> bool {
        let Ok(bytes) = BASE64_URL_SAFE_NO_PAD.decode(token.secret.expose()) else { return false };
        let Some((head, proof)) = bytes.split_first_chunk::<HEAD>() else { return false };
        let expected = self.mac(ISSUED, token.sign_in, head);
        proof.len() == SECRET - HEAD && expected[..SECRET - HEAD].ct_eq(proof).into()
    }

    /// Creates a token from a head and the MAC that proves that this installation issued it.
    fn issue(&self, sign_in: SignInId, head: [u8; HEAD]) -> RefreshToken {
        let mut secret = [0; SECRET];
        secret[..HEAD].copy_from_slice(&head);
        secret[HEAD..].copy_from_slice(&self.mac(ISSUED, sign_in, &head)[..SECRET - HEAD]);
        let text = BASE64_URL_SAFE_NO_PAD.encode(secret);
        secret.zeroize();
        RefreshToken { sign_in, secret: Secret::new(text) }
    }

    /// Returns an HMAC-SHA256. The signed message begins with a byte that no JWT begins with. So a MAC can never be
    /// used as the signature of a JWT, and the signature of a JWT can never be used as a MAC.
    fn mac(&self, purpose: u8, sign_in: SignInId, data: &[u8]) -> Vec<u8> {
        let message = [&[0, purpose], sign_in.as_bytes().as_slice(), data].concat();
        let text = jsonwebtoken::crypto::sign(&message, &self.signing, Algorithm::HS256)
            .expect("an HMAC key signs anything");
        BASE64_URL_SAFE_NO_PAD.decode(text).expect("the library encodes it so")
    }
}

impl fmt::Debug for Tokens {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Tokens([redacted])")
    }
}

/// A refresh token as the browser stores it: the id of the sign-in, and a secret.
#[derive(Debug, Clone)]
pub struct RefreshToken {
    /// The sign-in, which has one chain of refresh tokens.
    pub sign_in: SignInId,
    secret: Secret<String>,
}

/// The text is not a refresh token.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("not a refresh token")]
pub struct InvalidRefreshToken;

impl RefreshToken {
    /// The hash of the secret, which is what the server stores.
    pub fn hash(&self) -> TokenHash {
        TokenHash(random::hash(self.secret.expose()))
    }

    /// The text that the browser stores.
    pub fn text(&self) -> Secret<String> {
        let id = BASE64_URL_SAFE_NO_PAD.encode(self.sign_in.as_bytes());
        Secret::new(format!("{id}.{}", self.secret.expose()))
    }
}

impl FromStr for RefreshToken {
    type Err = InvalidRefreshToken;

    fn from_str(text: &str) -> Result<Self, InvalidRefreshToken> {
        let (id, secret) = text.split_once('.').ok_or(InvalidRefreshToken)?;
        let bytes = BASE64_URL_SAFE_NO_PAD.decode(id).map_err(|_| InvalidRefreshToken)?;
        let id = uuid::Uuid::from_slice(&bytes).map_err(|_| InvalidRefreshToken)?;
        if !random::is_well_formed(secret) {
            return Err(InvalidRefreshToken);
        }
        Ok(Self { sign_in: id.into(), secret: Secret::new(secret.to_owned()) })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn user(now: Timestamp) -> UserId {
        UserId::generate(now, &mut rand::rng())
    }

    fn tokens(key: &str) -> Tokens {
        Tokens::with_key(&Secret::new(key.as_bytes().to_vec()))
    }

    #[test]
    fn an_access_token_is_valid_for_fifteen_minutes() {
        let now = Timestamp::from_second(1_800_000_000).unwrap();
        let (user, sign_in) = (user(now), SignInId::generate(now, &mut rand::rng()));
        let tokens = tokens("a key");
        let token = tokens.access(user, sign_in, now);
        let bearer = Bearer { user_id: user, sign_in, expires_at: token.expires_at };
        let last = now + Duration::from_secs(15 * 60 - 1);
        assert_eq!(tokens.check(token.text.expose(), last), Ok(bearer));
        assert_eq!(tokens.check(token.text.expose(), token.expires_at), Err(TokenError::Expired));
    }

    #[test]
    fn a_changed_or_foreign_token_is_invalid() {
        let now = Timestamp::from_second(1_800_000_000).unwrap();
        let token = tokens("a key").access(user(now), SignInId::generate(now, &mut rand::rng()), now);
        let text = token.text.expose();
        assert_eq!(tokens("another key").check(text, now), Err(TokenError::Invalid));
        let (head, rest) = text.split_once('.').unwrap();
        let (body, _) = rest.split_once('.').unwrap();
        let unsigned = BASE64_URL_SAFE_NO_PAD.encode(r#"{"alg":"none","typ":"JWT"}"#);
        for forged in [format!("{head}.{body}."), format!("{unsigned}.{body}."), "rubbish".to_owned()] {
            assert_eq!(tokens("a key").check(&forged, now), Err(TokenError::Invalid), "{forged}");
        }
    }

    #[test]
    fn refresh_tokens_are_read_back_from_text() {
        let mut rng = rand::rng();
        let sign_in = SignInId::generate(Timestamp::UNIX_EPOCH, &mut rng);
        let token = tokens("a key").begin_refresh(sign_in, &mut rng);
        let read: RefreshToken = token.text().expose().parse().unwrap();
        assert_eq!((read.sign_in, read.hash()), (token.sign_in, token.hash()));
        for text in ["", ".", "a.b", &token.text().expose()[1..]] {
            assert_eq!(text.parse::<RefreshToken>().err(), Some(InvalidRefreshToken), "{text}");
        }
    }

    #[test]
    fn a_refresh_token_is_valid_only_for_the_sign_in_that_received_it() {
        let mut rng = rand::rng();
        let [here, there] = [1, 2]
            .map(|second| SignInId::generate(Timestamp::from_second(second).unwrap(), &mut rand::rng()));
        let tokens = tokens("a key");
        let first = tokens.begin_refresh(here, &mut rng);
        let next = tokens.next_refresh(&first);
        assert!(tokens.has_issued(&first) && tokens.has_issued(&next));
        assert_ne!(first.hash(), next.hash());
        assert_eq!(tokens.next_refresh(&first).hash(), next.hash(), "always the same one");
        let elsewhere = RefreshToken { sign_in: there, ..first.clone() };
        assert!(!tokens.has_issued(&elsewhere));
        let guessed = RefreshToken { sign_in: here, secret: random::secret_text(&mut rng) };
        assert!(!tokens.has_issued(&guessed));
        assert!(!super::tests::tokens("another key").has_issued(&first));
    }
}
