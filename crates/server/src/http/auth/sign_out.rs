//! `POST /api/v1/auth/sign-out`: ends a sign-in.

use axum::extract::State;
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{IntoResponse, Response};

use super::cookie;
use crate::http::error::ApiError;
use crate::http::state::Shared;

/// Sign out
///
/// Ends the sign-in of the cookie `lk_refresh` and removes the cookie. Its access token still works until it
/// expires. Signing out twice is no error.
#[utoipa::path(
    post, path = "/api/v1/auth/sign-out", tag = "auth", operation_id = "signOut",
    security((), ("refreshCookie" = [])),
    responses((status = 204, description = "Signed out.")),
)]
pub(in crate::http) async fn handle(
    State(http): State<Shared>,
    headers: HeaderMap,
) -> Result<Response, ApiError> {
    if let Some(token) = cookie::read(&headers) {
        let mut tx = http.storage.begin().await?;
        // Whoever knows only the chain's id, and not its secret, must not end it.
        let known = tx.sign_ins().by_id(token.sign_in).await?.is_some_and(|s| s.token == token.hash());
        if known {
            tx.sign_ins().delete(token.sign_in).await?;
        }
        tx.commit().await?;
    }
    let remove = cookie::removing(http.config.is_https());
    Ok(([(header::SET_COOKIE, remove)], StatusCode::NO_CONTENT).into_response())
}
