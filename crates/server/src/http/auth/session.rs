//! What every successful sign-in answers: an access token in the body, a refresh token in the cookie.

use axum::http::{HeaderValue, header};
use axum::response::{IntoResponse, Response};
use linekeeper_model::access::Role;
use linekeeper_model::id::SignInId;
use linekeeper_model::user::User;
use linekeeper_storage::SignIn;
use serde::Serialize;
use utoipa::ToSchema;
use uuid::Uuid;

use super::cookie;
use crate::credentials::token::{AccessToken, REFRESH_LIFETIME, RefreshToken};
use crate::http::error::ApiError;
use crate::http::schema;
use crate::http::state::Http;

/// A sign-in that works until `expiresAt`, and by its cookie much longer.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(in crate::http) struct Session {
    /// Send it as `Authorization: Bearer`.
    #[schema(example = "eyJ0eXAiOiJKV1QiLCJhbGciOiJIUzI1NiJ9.e30.c2ln")]
    access_token: String,
    /// When to refresh it at the latest.
    #[schema(value_type = String, format = DateTime, example = "2026-01-01T12:15:00Z")]
    expires_at: jiff::Timestamp,
    user: UserJson,
}

/// A person who can sign in.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = User)]
pub(in crate::http) struct UserJson {
    #[schema(example = "01890a5d-ac96-774b-bcce-b302099a8057")]
    id: Uuid,
    #[schema(example = "01890a5d-ac96-774b-bcce-b302099a8000")]
    workspace_id: Uuid,
    #[schema(example = "ana@example.org")]
    email: String,
    #[schema(schema_with = schema::role)]
    role: Role,
}

impl From<&User> for UserJson {
    fn from(user: &User) -> Self {
        Self {
            id: user.id.as_uuid(),
            workspace_id: user.workspace_id.as_uuid(),
            email: user.email.to_string(),
            role: user.role,
        }
    }
}

/// Begins a chain of refresh tokens for `user`, who just proved to be themselves.
pub(in crate::http) async fn answer_signed_in(http: &Http, user: &User) -> Result<Response, ApiError> {
    let now = http.clock.now();
    let refresh = {
        let mut rng = rand::rng();
        RefreshToken::generate(SignInId::generate(now, &mut rng), &mut rng)
    };
    let mut tx = http.storage.begin().await?;
    let sign_in = SignIn {
        id: refresh.sign_in,
        user_id: user.id,
        token: refresh.hash(),
        created_at: now,
        expires_at: now + REFRESH_LIFETIME,
    };
    tx.sign_ins().insert(&sign_in).await?;
    tx.commit().await?;
    Ok(answer(http, user, &http.tokens.access(user, refresh.sign_in, now), &refresh))
}

/// The answer that hands out both tokens.
pub(super) fn answer(http: &Http, user: &User, access: &AccessToken, refresh: &RefreshToken) -> Response {
    let body = Session {
        access_token: access.text.expose().clone(),
        expires_at: access.expires_at,
        user: user.into(),
    };
    let cookie: HeaderValue = cookie::holding(refresh, REFRESH_LIFETIME, http.config.is_https());
    ([(header::SET_COOKIE, cookie)], axum::Json(body)).into_response()
}
