//! `POST /api/v1/auth/totp`: makes the secret for a person's authenticator app.

use axum::Json;
use axum::extract::State;
use linekeeper_model::audit::Action;
use serde::Serialize;
use utoipa::ToSchema;

use crate::credentials::second_factor::Seed;
use crate::http::answer::error::ApiError;
use crate::http::answer::error::named::*;
use crate::http::auth::Person;
use crate::http::document::Refusals;
use crate::http::request::body;
use crate::http::request::client_address::ClientAddress;
use crate::http::request::declare::body;
use crate::http::routes::password::{GivenPassword, address_of, confirm};
use crate::http::state::Shared;

body! {
    /// Proof that the caller is the person who signed in.
    pub(in crate::http) struct Body as "PrepareTotp" {
        /// The password of the person who is signed in.
        #[example("correct horse battery")]
        password: GivenPassword,
    }
}

/// What an authenticator app needs to make codes.
#[derive(Serialize, ToSchema)]
#[schema(as = PreparedTotp)]
pub(in crate::http) struct Prepared {
    /// The secret in base32, to type into the app.
    #[schema(example = "GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ")]
    secret: String,
    /// The secret as a URI, to show as a QR code that the app scans.
    #[schema(
        example = "otpauth://totp/linekeeper:ana%40example.org?secret=GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ&issuer=linekeeper"
    )]
    uri: String,
}

/// Prepare a second factor
///
/// Returns the secret from which an authenticator app makes its codes (TOTP: SHA-1, 6 digits, 30 s). Signing in does
/// not ask for a code until you confirm a first code with `/api/v1/auth/totp/enable`. If you send this request again
/// before that, the new secret replaces the previous one.
#[utoipa::path(
    post, path = "/api/v1/auth/totp", tag = "auth", operation_id = "prepareTotp",
    security(("bearer" = [])),
    request_body = Body,
    responses(
        (status = 200, description = "The secret is prepared.", body = Prepared),
        Refusals<(SignInNeeded, WrongPassword, TotpEnabled, NoPassword, TooManyAttempts)>,
    ),
)]
pub(in crate::http) async fn handle(
    State(http): State<Shared>,
    person: Person,
    from: ClientAddress,
    body::Json(body): body::Json<Body>,
) -> Result<Json<Prepared>, ApiError> {
    confirm(&http, &person, from, body.password.0).await?;
    let seed = Seed::generate(&mut rand::rng());
    let mut tx = http.storage.begin().await?;
    if !tx.second_factors().prepare(person.user_id, &seed.0).await? {
        return Err(ApiError::TotpEnabled);
    }
    tx.audit().append(&person.did(Action::TotpPrepared).on(person.user_id)).await?;
    tx.commit().await?;
    let uri = seed.uri(address_of(&person)?);
    Ok(Json(Prepared { secret: seed.text().expose().clone(), uri: uri.expose().clone() }))
}
