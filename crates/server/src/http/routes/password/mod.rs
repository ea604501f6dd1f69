//! People's passwords: a person who knows the password changes it, and a person who has forgotten it resets it.

pub(in crate::http) mod change;
pub(in crate::http) mod forgot;
pub(in crate::http) mod page;
pub(in crate::http) mod reset;

use linekeeper_model::audit::Action;
use linekeeper_model::secret::Secret;
use linekeeper_model::user::Email;
use linekeeper_storage::{StorageError, Tx};
use serde_json::{Value, json};

use crate::credentials::Password;
use crate::credentials::password::{InvalidPassword, LONGEST, SHORTEST};
use crate::credentials::second_factor::LONGEST_CODE;
use crate::delivery::email::letters::{self, News};
use crate::http::answer::error::ApiError;
use crate::http::auth::Person;
use crate::http::auth::throttle::Attempt;
use crate::http::request::client_address::ClientAddress;
use crate::http::request::fault::{Fault, Faults};
use crate::http::request::value::{FromValue, text};
use crate::http::routes::audit::record;
use crate::http::state::Http;

impl FromValue for Password {
    fn read(value: Value) -> Result<Self, Faults> {
        Ok(Self::new(Secret::new(text(value)?)).map_err(|error| Fault::new(code_of(error), error))?)
    }

    fn schema() -> Value {
        json!({ "type": "string", "format": "password", "minLength": SHORTEST, "maxLength": LONGEST })
    }
}

/// The code of a field error for a password that is not acceptable.
pub(in crate::http) const fn code_of(error: InvalidPassword) -> &'static str {
    match error {
        InvalidPassword::TooShort => "too_short",
        InvalidPassword::TooLong => "too_long",
        InvalidPassword::Repetitive => "invalid",
    }
}

/// A password that the server compares with the stored one.
pub(in crate::http) struct GivenPassword(pub Secret<String>);

impl FromValue for GivenPassword {
    fn read(value: Value) -> Result<Self, Faults> {
        Ok(Self(bounded(value, LONGEST, "must have at most 1024 bytes")?))
    }

    fn schema() -> Value {
        json!({ "type": "string", "format": "password", "maxLength": LONGEST })
    }
}

/// A code of an authenticator app, or a recovery code.
pub(in crate::http) struct GivenCode(pub Secret<String>);

impl FromValue for GivenCode {
    fn read(value: Value) -> Result<Self, Faults> {
        Ok(Self(bounded(value, LONGEST_CODE, "must have at most 64 bytes")?))
    }

    fn schema() -> Value {
        json!({ "type": "string", "maxLength": LONGEST_CODE })
    }
}

fn bounded(value: Value, most: usize, rule: &str) -> Result<Secret<String>, Fault> {
    let text = Secret::new(text(value)?);
    if text.expose().len() > most {
        return Err(Fault::new("too_long", rule));
    }
    Ok(text)
}

/// The e-mail address of a person who has a password here.
pub(in crate::http) fn address_of(person: &Person) -> Result<&Email, ApiError> {
    person.member.user.login.email().ok_or(ApiError::NoPassword)
}

/// Checks that a signed-in person knows their password. The check counts as an attempt to sign in.
pub(in crate::http) async fn confirm(
    http: &Http,
    person: &Person,
    from: ClientAddress,
    password: Secret<String>,
) -> Result<(), ApiError> {
    let attempt = check(http, person, from, password).await?;
    http.throttle.succeeded(attempt);
    Ok(())
}

/// Checks the password of a signed-in person. The check counts as an attempt to sign in. The attempt is returned. If
/// the rest of the request is right too, pass it to `throttle.succeeded`. The attempt then no longer counts.
pub(in crate::http) async fn check(
    http: &Http,
    person: &Person,
    from: ClientAddress,
    password: Secret<String>,
) -> Result<Attempt, ApiError> {
    let attempt = http.throttle.attempt(address_of(person)?, from, http.clock.now())?;
    let stored = http.storage.read().await?.users().password(person.user_id).await?;
    if http.passwords.matches(password, stored).await? {
        return Ok(attempt);
    }
    record(http, person.did(Action::SignInFailed).on(person.user_id)).await?;
    Err(ApiError::WrongPassword)
}

/// Mails a person that something about their sign-in was changed, if mail is configured. Call
/// [`crate::delivery::email::Mailer::wake`] after the commit.
pub(in crate::http) async fn notify(
    http: &Http,
    tx: &mut Tx,
    to: Option<&Email>,
    news: News,
) -> Result<(), StorageError> {
    match to {
        Some(to) if http.mailer.is_configured() => {
            http.mailer.put(tx, http.clock.now(), &letters::news(to, news, &http.base_url)).await
        }
        _ => Ok(()),
    }
}
