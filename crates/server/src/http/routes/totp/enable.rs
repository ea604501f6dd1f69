//! `POST /api/v1/auth/totp/enable`: turns the second factor on.

use axum::Json;
use axum::extract::State;
use linekeeper_model::audit::Action;
use linekeeper_storage::SecondFactor;

use super::{RecoveryCodes, replace_recovery_codes};
use crate::credentials::second_factor::Seed;
use crate::http::answer::error::ApiError;
use crate::http::answer::error::named::*;
use crate::http::auth::Person;
use crate::http::document::Refusals;
use crate::http::request::body;
use crate::http::request::client_address::ClientAddress;
use crate::http::request::declare::body;
use crate::http::routes::password::{GivenCode, address_of};
use crate::http::state::Shared;

body! {
    /// Proof that the authenticator app works.
    pub(in crate::http) struct Body as "EnableTotp" {
        /// The code that the authenticator app shows now.
        #[example("287082")]
        code: GivenCode,
    }
}

/// Turn the second factor on
///
/// Turns the second factor on: from the next sign-in on, you need a code of the authenticator app. The body must have
/// a code that the app shows now. The answer has recovery codes, which are shown only this once. Each recovery code
/// works once, instead of a code of the app. If you lose both the app and the recovery codes, only the person who runs
/// the server can help.
#[utoipa::path(
    post, path = "/api/v1/auth/totp/enable", tag = "auth", operation_id = "enableTotp",
    security(("bearer" = [])),
    request_body = Body,
    responses(
        (status = 200, description = "The second factor is on. The answer has the recovery codes.", body = RecoveryCodes),
        Refusals<(InvalidTotpCode, SignInNeeded, TotpNotEnabled, TotpEnabled, NoPassword, TooManyAttempts)>,
    ),
)]
pub(in crate::http) async fn handle(
    State(http): State<Shared>,
    person: Person,
    from: ClientAddress,
    body::Json(body): body::Json<Body>,
) -> Result<Json<RecoveryCodes>, ApiError> {
    let now = http.clock.now();
    let attempt = http.throttle.attempt(address_of(&person)?, from, now)?;
    let mut tx = http.storage.begin().await?;
    let seed = match tx.second_factors().get(person.user_id).await? {
        Some(SecondFactor::Prepared(seed)) => Seed(seed),
        Some(SecondFactor::On(_)) => return Err(ApiError::TotpEnabled),
        None => return Err(ApiError::TotpNotEnabled),
    };
    let step = seed.step_of(body.code.0.expose(), now).ok_or(ApiError::InvalidTotpCode)?;
    // If two requests come at the same time, only one turns the factor on and gets recovery codes.
    if !tx.second_factors().enable(person.user_id).await? {
        return Err(ApiError::TotpEnabled);
    }
    Seed::use_step(&mut tx, person.user_id, step, now).await?;
    let codes = replace_recovery_codes(&mut tx, &person).await?;
    tx.audit().append(&person.did(Action::TotpEnabled).on(person.user_id)).await?;
    tx.commit().await?;
    http.throttle.succeeded(attempt);
    Ok(Json(codes))
}
