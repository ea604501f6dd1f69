//! `POST /api/v1/setup`: creates the workspace and its Owner, and signs the Owner in.

use axum::extract::State;
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse, Response};
use linekeeper_model::secret::Secret;
use linekeeper_model::user::Email;

use super::Refused;
use crate::credentials::Password;
use crate::credentials::owner::{self, OwnerError};
use crate::http::answer::error::ApiError;
use crate::http::answer::error::named::*;
use crate::http::document::Refusals;
use crate::http::request::body::Json;
use crate::http::request::declare::body;
use crate::http::request::origin::CalledFrom;
use crate::http::routes::auth::session::{Session, answer_signed_in};
use crate::http::state::Shared;

body! {
    /// The first Owner of this server.
    pub(in crate::http) struct Body as "Setup" {
        /// The token of the link that the server printed when it started.
        #[example("mY3nq0Vb5sT8wX1zC4dF7gJ2kL6pR9uA0eH5iO8yB3M")]
        token: Secret<String>,
        /// The e-mail address to sign in with.
        #[example("ana@example.org")]
        email: Email,
        /// The password to sign in with, of 12 characters or more.
        #[example("correct horse battery")]
        password: Password,
    }
}

/// Create the Owner
///
/// Creates the first Owner with the token of the setup link, and signs the Owner in. The server prints a setup
/// link at each start until there is an Owner. The link works once, within 30 minutes.
#[utoipa::path(
    post, path = "/api/v1/setup", tag = "setup", operation_id = "setUp",
    request_body = Body,
    responses(
        (status = 201, description = "The Owner is created and is signed in. The answer sets the cookie `lk_refresh`.", body = Session),
        Refusals<(InvalidSetupToken, SetupTokenExpired, AlreadySetUp)>,
    ),
)]
pub(in crate::http) async fn handle(
    State(http): State<Shared>,
    from: CalledFrom,
    headers: HeaderMap,
    Json(body): Json<Body>,
) -> Result<Response, ApiError> {
    if has_owner(&http).await? {
        return Err(ApiError::AlreadySetUp);
    }
    let now = http.clock.now();
    http.setup.check(body.token.expose(), now).map_err(|refused| match refused {
        Refused::Wrong => ApiError::InvalidSetupToken,
        Refused::Expired => ApiError::SetupTokenExpired,
    })?;
    let hash = http.passwords.hash(body.password).await?;
    let created = owner::create(&http.storage, body.email, &hash, now, &from.nobody()).await;
    if matches!(created, Ok(_) | Err(OwnerError::Exists)) {
        http.setup.close();
    }
    let session = answer_signed_in(&http, &created?, &headers, &from).await?;
    Ok((StatusCode::CREATED, session).into_response())
}

/// Asks the database each time, because the command line may have created an Owner in the meantime.
pub(in crate::http) async fn has_owner(http: &Shared) -> Result<bool, ApiError> {
    Ok(http.storage.read().await?.members().owner_exists().await?)
}
