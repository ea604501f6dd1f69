//! `POST /api/v1/auth/sign-out`: ends a sign-in.

use axum::extract::State;
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{IntoResponse, Response};
use linekeeper_model::audit::{Action, Actor};

use crate::http::answer::error::ApiError;
use crate::http::answer::error::named::*;
use crate::http::auth::{OwnSite, cookie};
use crate::http::document::Refusals;
use crate::http::request::origin::CalledFrom;
use crate::http::state::Shared;

/// Sign out
///
/// Ends the sign-in that the cookie `lk_refresh` belongs to, and removes the cookie. The access token of the
/// sign-in no longer works. Signing out twice is not an error.
#[utoipa::path(
    post, path = "/api/v1/auth/sign-out", tag = "auth", operation_id = "signOut",
    security((), ("refreshCookie" = [])),
    responses(
        (status = 204, description = "The sign-in has ended."),
        Refusals<CrossSite>,
    ),
)]
pub(in crate::http) async fn handle(
    State(http): State<Shared>,
    _: OwnSite,
    from: CalledFrom,
    headers: HeaderMap,
) -> Result<Response, ApiError> {
    if let Some(token) = cookie::read(&headers) {
        let mut tx = http.storage.begin().await?;
        // A caller who knows only the id of the sign-in, but not the secret part of the token, must not end it.
        let found = tx.sign_ins().by_id(token.sign_in).await?.filter(|s| s.token == token.hash());
        if let Some(sign_in) = found {
            tx.sign_ins().delete(sign_in.id).await?;
            let by = from.by(Actor::Member(sign_in.user_id));
            tx.audit().append(&by.did(sign_in.workspace_id, Action::SignedOut).on(sign_in.id)).await?;
        }
        tx.commit().await?;
    }
    let remove = cookie::removing(http.config.is_https());
    Ok(([(header::SET_COOKIE, remove)], StatusCode::NO_CONTENT).into_response())
}
