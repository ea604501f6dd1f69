//! `POST /api/v1/auth/totp/recovery-codes`: replaces the recovery codes.

use axum::Json;
use axum::extract::State;
use linekeeper_model::audit::Action;

use super::{PasswordAndCode, RecoveryCodes, prove, replace_recovery_codes};
use crate::http::answer::error::ApiError;
use crate::http::auth::Person;
use crate::http::request::body;
use crate::http::request::client_address::ClientAddress;
use crate::http::state::Shared;

/// Replace the recovery codes
///
/// Returns new recovery codes. Your previous recovery codes stop working. The body must have the password and a
/// code.
#[utoipa::path(
    post, path = "/api/v1/auth/totp/recovery-codes", tag = "auth", operation_id = "replaceRecoveryCodes",
    security(("bearer" = [])),
    request_body = PasswordAndCode,
    responses(
        (status = 200, description = "The new codes. They are shown only this once.", body = RecoveryCodes),
        (status = 401, description = "`invalid_totp_code`: the code is wrong, too old or already used. \
                                      `credential_required`: the request has no credential. `invalid_credential`: the \
                                      credential is not valid. `token_expired`: the access token has expired."),
        (status = 403, description = "`sign_in_needed`: only a user who signed in here can do this, not an API key or \
                                      a token of the CRM that this server trusts. `wrong_password`: the current password \
                                      is wrong."),
        (status = 409, description = "`totp_not_enabled`: you have no second factor."),
        (status = 429, description = "`too_many_attempts`: wait for the time in `Retry-After`."),
    ),
)]
pub(in crate::http) async fn handle(
    State(http): State<Shared>,
    person: Person,
    from: ClientAddress,
    body::Json(body): body::Json<PasswordAndCode>,
) -> Result<Json<RecoveryCodes>, ApiError> {
    let mut tx = prove(&http, &person, from, body).await?;
    let codes = replace_recovery_codes(&mut tx, &person).await?;
    tx.audit().append(&person.did(Action::RecoveryCodesReplaced).on(person.user_id)).await?;
    tx.commit().await?;
    Ok(Json(codes))
}
