//! The second factor of people: prepared, proven by a first code, turned off, and its recovery codes.

pub(in crate::http) mod disable;
pub(in crate::http) mod enable;
pub(in crate::http) mod prepare;
pub(in crate::http) mod recovery_codes;

use linekeeper_model::audit::Action;
use linekeeper_model::secret::Secret;
use linekeeper_storage::{StorageError, Tx};
use serde::Serialize;
use utoipa::ToSchema;

use super::password::{check, code, password};
use crate::credentials::second_factor::{self, Proof};
use crate::http::answer::error::ApiError;
use crate::http::auth::Person;
use crate::http::request::client_address::ClientAddress;
use crate::http::request::fields::{Fields, FromFields};
use crate::http::routes::audit::record;
use crate::http::state::Http;

/// Proof that it is still the same person, with their authenticator or a recovery code.
#[derive(ToSchema)]
#[schema(as = Proof)]
pub(in crate::http) struct PasswordAndCode {
    #[schema(value_type = String, format = Password, max_length = 1024, example = "correct horse battery")]
    password: Secret<String>,
    /// Of the authenticator, or a recovery code.
    #[schema(value_type = String, max_length = 64, example = "287082")]
    code: Secret<String>,
}

impl FromFields for PasswordAndCode {
    fn read(fields: &mut Fields) -> Option<Self> {
        let password = fields.required("password", password);
        let code = fields.required("code", code);
        Some(Self { password: password?, code: code? })
    }
}

/// Codes for the day that the authenticator is lost. Each works once, in the place of a code.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(in crate::http) struct RecoveryCodes {
    /// They are never shown again.
    #[schema(example = json!(["0a1b-2c3d-4e5f-6g7h"]))]
    recovery_codes: Vec<String>,
}

/// Checks password and code; answers the transaction in which the code is used up.
async fn prove(
    http: &Http,
    person: &Person,
    from: ClientAddress,
    given: PasswordAndCode,
) -> Result<Tx, ApiError> {
    if !person.member.user.has_totp {
        return Err(ApiError::TotpNotEnabled);
    }
    let attempt = check(http, person, from, given.password).await?;
    let mut tx = http.storage.begin().await?;
    if second_factor::prove(&mut tx, person.user_id, Some(&given.code), http.clock.now()).await?
        == Proof::Given
    {
        http.throttle.succeeded(attempt);
        return Ok(tx);
    }
    drop(tx);
    record(http, person.did(Action::SignInFailed).on(person.user_id)).await?;
    Err(ApiError::InvalidTotpCode)
}

/// Gives somebody fresh recovery codes, and takes those that they had.
async fn replace_recovery_codes(tx: &mut Tx, person: &Person) -> Result<RecoveryCodes, StorageError> {
    let codes = second_factor::recovery_codes(&mut rand::rng());
    let hashes: Vec<_> =
        codes.iter().filter_map(|code| second_factor::recovery_hash(code.expose())).collect();
    tx.second_factors().set_recovery_codes(person.user_id, &hashes).await?;
    Ok(RecoveryCodes { recovery_codes: codes.iter().map(|code| code.expose().clone()).collect() })
}
