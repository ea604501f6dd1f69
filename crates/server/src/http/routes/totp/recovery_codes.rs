//! `POST /api/v1/auth/totp/recovery-codes`: replaces the recovery codes.

use axum::Json;
use axum::extract::State;
use linekeeper_model::audit::Action;

use super::{PasswordAndCode, RecoveryCodes, prove, replace_recovery_codes};
use crate::http::answer::error::ApiError;
use crate::http::answer::error::named::*;
use crate::http::auth::Person;
use crate::http::document::Refusals;
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
        Refusals<(InvalidTotpCode, SignInNeeded, WrongPassword, TotpNotEnabled, TooManyAttempts)>,
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
