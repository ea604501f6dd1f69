//! Tokens of people who signed in: an access token of 15 minutes that carries its claims, and refresh
//! tokens in chains, of which each works once. One that comes back a second time ends its chain.

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

use super::random;

/// How long an access token works.
pub const ACCESS_LIFETIME: Duration = Duration::from_secs(15 * 60);
/// How long a refresh token works unless it is used, which gives a fresh one.
pub const REFRESH_LIFETIME: Duration = Duration::from_secs(30 * 24 * 60 * 60);

/// Under this name the signing key lies sealed among the settings.
const KEY_SETTING: &str = "access_token_key";
const ISSUER: &str = "linekeeper";

/// Makes and checks access tokens with this installation's key.
pub struct Tokens {
    signing: EncodingKey,
    checking: DecodingKey,
}

/// What an access token says.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
struct Claims {
    iss: String,
    sub: String,
    sid: String,
    iat: i64,
    exp: i64,
}

/// Who a good access token belongs to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Bearer {
    /// The user.
    pub user_id: UserId,
    /// The sign-in that it came from.
    pub sign_in: SignInId,
}

/// An access token is not accepted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum TokenError {
    /// Its time is over; refreshing gives a new one.
    #[error("the access token has expired")]
    Expired,
    /// Not ours, or changed on the way.
    #[error("the access token is not valid")]
    Invalid,
}

/// An access token for the caller, and its end.
#[derive(Debug, Clone)]
pub struct AccessToken {
    /// The token.
    pub text: Secret<String>,
    /// When it stops working.
    pub expires_at: Timestamp,
}

impl Tokens {
    /// Reads the signing key, or makes it on the first start.
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

    /// With a given key.
    pub fn with_key(key: &Secret<Vec<u8>>) -> Self {
        let key = key.expose();
        Self { signing: EncodingKey::from_secret(key), checking: DecodingKey::from_secret(key) }
    }

    /// An access token for `user`, who signed in with `sign_in`.
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

    /// Who `token` belongs to. Time is compared with `now`, not with the machine's clock.
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
        })
    }
}

impl fmt::Debug for Tokens {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Tokens([redacted])")
    }
}

/// A refresh token as the browser keeps it: which chain, and the secret of its newest link.
#[derive(Debug, Clone)]
pub struct RefreshToken {
    /// The chain.
    pub sign_in: SignInId,
    secret: Secret<String>,
}

/// The text is not a refresh token.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("not a refresh token")]
pub struct InvalidRefreshToken;

impl RefreshToken {
    /// The next token of a chain.
    pub fn generate(sign_in: SignInId, rng: &mut impl CryptoRng) -> Self {
        Self { sign_in, secret: random::secret_text(rng) }
    }

    /// What is stored of it.
    pub fn hash(&self) -> TokenHash {
        TokenHash(random::hash(self.secret.expose()))
    }

    /// What the browser keeps.
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
    fn an_access_token_lives_fifteen_minutes() {
        let now = Timestamp::from_second(1_800_000_000).unwrap();
        let (user, sign_in) = (user(now), SignInId::generate(now, &mut rand::rng()));
        let tokens = tokens("a key");
        let token = tokens.access(user, sign_in, now);
        let bearer = Bearer { user_id: user, sign_in };
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
    fn refresh_tokens_survive_text() {
        let mut rng = rand::rng();
        let token = RefreshToken::generate(SignInId::generate(Timestamp::UNIX_EPOCH, &mut rng), &mut rng);
        let read: RefreshToken = token.text().expose().parse().unwrap();
        assert_eq!((read.sign_in, read.hash()), (token.sign_in, token.hash()));
        for text in ["", ".", "a.b", &token.text().expose()[1..]] {
            assert_eq!(text.parse::<RefreshToken>().err(), Some(InvalidRefreshToken), "{text}");
        }
    }
}
