//! `POST /api/v1/auth/refresh`: exchanges a refresh token for new tokens.

use axum::extract::State;
use axum::http::{HeaderMap, header};
use axum::response::{IntoResponse, Response};
use linekeeper_model::audit::Action;
use linekeeper_storage::Rotation;

use super::session;
use super::session::Session;
use crate::credentials::token::{REFRESH_LIFETIME, RefreshToken};
use crate::http::answer::error::ApiError;
use crate::http::answer::error::named::*;
use crate::http::auth::{OwnSite, cookie};
use crate::http::document::Refusals;
use crate::http::request::origin::CalledFrom;
use crate::http::state::{Http, Shared};

/// Refresh the sign-in
///
/// Takes the refresh token from the cookie `lk_refresh` and replaces it. If the old token is sent again within 10
/// seconds, the answer has the same new refresh token, so that two browser tabs can refresh at the same time. If the
/// old token is sent later, somebody has probably copied it. The server then ends the whole sign-in.
#[utoipa::path(
    post, path = "/api/v1/auth/refresh", tag = "auth", operation_id = "refresh",
    security(("refreshCookie" = [])),
    responses(
        (status = 200, description = "A new access token. The answer also replaces the refresh token in the cookie.", body = Session),
        Refusals<(SignInRequired, CrossSite)>,
    ),
)]
pub(in crate::http) async fn handle(
    State(http): State<Shared>,
    _: OwnSite,
    from: CalledFrom,
    headers: HeaderMap,
) -> Result<Response, ApiError> {
    let fresh = match cookie::read(&headers) {
        Some(token) => rotate(&http, &from, token).await?,
        None => None,
    };
    Ok(fresh.unwrap_or_else(|| {
        let remove = cookie::removing(http.config.is_https());
        ([(header::SET_COOKIE, remove)], ApiError::SignInRequired).into_response()
    }))
}

/// Exchanges the token for new tokens. Returns `None` if the token no longer works.
async fn rotate(http: &Http, from: &CalledFrom, token: RefreshToken) -> Result<Option<Response>, ApiError> {
    let now = http.clock.now();
    let next = http.tokens.next_refresh(&token);
    let mut tx = http.storage.begin().await?;
    let Some(sign_in) = tx.sign_ins().by_id(token.sign_in).await? else {
        return Ok(None);
    };
    let rotation =
        tx.sign_ins().rotate(token.sign_in, &token.hash(), next.hash(), now + REFRESH_LIFETIME).await?;
    let member = tx.members().get(sign_in.workspace_id, sign_in.user_id).await?;
    // A sign-in ends only if this server issued the copied token. The id of a sign-in is not secret, because the audit
    // log contains it. A caller who knows only the id must not be able to end the sign-in.
    let was_copied = rotation == Rotation::Replaced && http.tokens.has_issued(&token);
    if was_copied {
        tx.sign_ins().delete(sign_in.id).await?;
        let entry = from.nobody().did(sign_in.workspace_id, Action::TokenReused).on(sign_in.id);
        tx.audit().append(&entry.with("userId", sign_in.user_id)).await?;
    }
    tx.commit().await?;
    if was_copied {
        tracing::warn!(sign_in = %token.sign_in, "a refresh token came a second time: the sign-in has ended");
    }
    match (rotation, member) {
        (Rotation::Rotated | Rotation::Repeated, Some(member)) => {
            let access = http.tokens.access(member.user.id, token.sign_in, now);
            Ok(Some(session::answer(http, &member, &access, &next)))
        }
        _ => Ok(None),
    }
}
