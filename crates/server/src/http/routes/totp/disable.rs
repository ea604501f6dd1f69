//! `POST /api/v1/auth/totp/disable`: turns the second factor off.

use axum::extract::State;
use axum::http::StatusCode;
use linekeeper_model::audit::Action;

use super::{PasswordAndCode, prove};
use crate::delivery::email::letters::News;
use crate::http::answer::error::ApiError;
use crate::http::answer::error::named::*;
use crate::http::auth::Person;
use crate::http::document::Refusals;
use crate::http::request::body::Json;
use crate::http::request::client_address::ClientAddress;
use crate::http::routes::password::notify;
use crate::http::state::Shared;

/// Turn the second factor off
///
/// Turns the second factor off: you no longer need a code to sign in. The body must have the password and a code. The
/// codes of the authenticator app and all recovery codes stop working.
#[utoipa::path(
    post, path = "/api/v1/auth/totp/disable", tag = "auth", operation_id = "disableTotp",
    security(("bearer" = [])),
    request_body = PasswordAndCode,
    responses(
        (status = 204, description = "The second factor is off."),
        Refusals<(InvalidTotpCode, SignInNeeded, WrongPassword, TotpNotEnabled, TooManyAttempts)>,
    ),
)]
pub(in crate::http) async fn handle(
    State(http): State<Shared>,
    person: Person,
    from: ClientAddress,
    Json(body): Json<PasswordAndCode>,
) -> Result<StatusCode, ApiError> {
    let mut tx = prove(&http, &person, from, body).await?;
    tx.second_factors().remove(person.user_id).await?;
    notify(&http, &mut tx, person.member.user.login.email(), News::SecondFactorOff).await?;
    tx.audit().append(&person.did(Action::TotpDisabled).on(person.user_id)).await?;
    tx.commit().await?;
    http.mailer.wake();
    Ok(StatusCode::NO_CONTENT)
}
