//! A person's second factor: preparing it, turning it on with a first code, turning it off, and its recovery
//! codes.

pub(in crate::http) mod disable;
pub(in crate::http) mod enable;
pub(in crate::http) mod prepare;
pub(in crate::http) mod recovery_codes;

use linekeeper_model::audit::Action;
use linekeeper_storage::{StorageError, Tx};
use serde::Serialize;
use utoipa::ToSchema;

use super::password::{GivenCode, GivenPassword, check};
use crate::credentials::second_factor::{self, Proof};
use crate::http::answer::error::ApiError;
use crate::http::auth::Person;
use crate::http::request::client_address::ClientAddress;
use crate::http::request::declare::body;
use crate::http::routes::audit::record;
use crate::http::state::Http;

body! {
    /// Proof that the caller is the person who signed in: the password, and a code.
    pub(in crate::http) struct PasswordAndCode as "Proof" {
        /// The password of the person who is signed in.
        #[example("correct horse battery")]
        password: GivenPassword,
        /// A code of the authenticator app, or a recovery code.
        #[example("287082")]
        code: GivenCode,
    }
}

/// Codes for a person who has lost the authenticator app. To sign in, the person types a recovery code in place of a
/// code of the app. Each recovery code works only once.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(in crate::http) struct RecoveryCodes {
    /// The codes. They are never shown again.
    #[schema(example = json!(["0a1b-2c3d-4e5f-6g7h"]))]
    recovery_codes: Vec<String>,
}

/// Checks the password and the code. Returns a transaction that marks the code as used when it is committed.
async fn prove(
    http: &Http,
    person: &Person,
    from: ClientAddress,
    given: PasswordAndCode,
) -> Result<Tx, ApiError> {
    if !person.member.user.has_totp {
        return Err(ApiError::TotpNotEnabled);
    }
    let attempt = check(http, person, from, given.password.0).await?;
    let mut tx = http.storage.begin().await?;
    if second_factor::prove(&mut tx, person.user_id, Some(&given.code.0), http.clock.now()).await?
        == Proof::Given
    {
        http.throttle.succeeded(attempt);
        return Ok(tx);
    }
    drop(tx);
    record(http, person.did(Action::SignInFailed).on(person.user_id)).await?;
    Err(ApiError::InvalidTotpCode)
}

/// Gives a person new recovery codes, and removes the old ones.
async fn replace_recovery_codes(tx: &mut Tx, person: &Person) -> Result<RecoveryCodes, StorageError> {
    let codes = second_factor::recovery_codes(&mut rand::rng());
    let hashes: Vec<_> =
        codes.iter().filter_map(|code| second_factor::recovery_hash(code.expose())).collect();
    tx.second_factors().set_recovery_codes(person.user_id, &hashes).await?;
    Ok(RecoveryCodes { recovery_codes: codes.iter().map(|code| code.expose().clone()).collect() })
}
