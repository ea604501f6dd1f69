//! The answer to every successful sign-in: an access token in the body, and a refresh token in the cookie.

use axum::http::{HeaderMap, HeaderValue, header};
use axum::response::{IntoResponse, Response};
use linekeeper_model::access::Role;
use linekeeper_model::audit::{Action, Actor};
use linekeeper_model::id::SignInId;
use linekeeper_model::user::Member;
use linekeeper_storage::SignIn;
use serde::Serialize;
use utoipa::ToSchema;
use uuid::Uuid;

use crate::credentials::token::{AccessToken, REFRESH_LIFETIME, RefreshToken};
use crate::http::answer::error::ApiError;
use crate::http::auth::cookie;
use crate::http::document::schema;
use crate::http::request::origin::CalledFrom;
use crate::http::state::Http;

/// A sign-in. Its access token works until `expiresAt`. Its refresh token, which is in the cookie, works much
/// longer.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(in crate::http) struct Session {
    /// The access token. Send it as `Authorization: Bearer`.
    #[schema(example = "eyJ0eXAiOiJKV1QiLCJhbGciOiJIUzI1NiJ9.e30.c2ln")]
    access_token: String,
    /// When the access token stops working. Refresh it before then.
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
    /// The e-mail address that the person signs in with. Null if the person signs in through the CRM that
    /// this server trusts.
    #[schema(required = true, example = "ana@example.org")]
    email: Option<String>,
    /// The name that the CRM uses for this person. Null if the person signs in with an e-mail address and a password.
    #[schema(required = true)]
    external_id: Option<String>,
    #[schema(schema_with = schema::role)]
    role: Role,
}

impl From<&Member> for UserJson {
    fn from(member: &Member) -> Self {
        let login = &member.user.login;
        Self {
            id: member.user.id.as_uuid(),
            workspace_id: member.workspace_id.as_uuid(),
            email: login.email().map(ToString::to_string),
            external_id: login.external_id().map(|id| id.as_str().to_owned()),
            role: member.role,
        }
    }
}

/// The maximum number of characters of a browser's `User-Agent` that are stored.
const LONGEST_AGENT: usize = 200;

/// Begins a sign-in of `member`, who has just proven who they are, and returns its first tokens.
pub(in crate::http) async fn answer_signed_in(
    http: &Http,
    member: &Member,
    headers: &HeaderMap,
    from: &CalledFrom,
) -> Result<Response, ApiError> {
    let now = http.clock.now();
    let refresh = {
        let mut rng = rand::rng();
        http.tokens.begin_refresh(SignInId::generate(now, &mut rng), &mut rng)
    };
    let mut tx = http.storage.begin().await?;
    let sign_in = SignIn {
        id: refresh.sign_in,
        user_id: member.user.id,
        workspace_id: member.workspace_id,
        agent: agent(headers),
        token: refresh.hash(),
        created_at: now,
        used_at: None,
        expires_at: now + REFRESH_LIFETIME,
    };
    tx.sign_ins().insert(&sign_in).await?;
    let by = from.by(Actor::Member(member.user.id));
    tx.audit().append(&by.did(member.workspace_id, Action::SignedIn).on(sign_in.id)).await?;
    tx.commit().await?;
    Ok(answer(http, member, &http.tokens.access(member.user.id, refresh.sign_in, now), &refresh))
}

fn agent(headers: &HeaderMap) -> Option<String> {
    let text = headers.get(header::USER_AGENT)?.to_str().ok()?;
    Some(text.chars().take(LONGEST_AGENT).collect())
}

/// The answer to a successful sign-in or refresh: the access token in the body, and the refresh token in a cookie.
pub(in crate::http) fn answer(
    http: &Http,
    member: &Member,
    access: &AccessToken,
    refresh: &RefreshToken,
) -> Response {
    let body = Session {
        access_token: access.text.expose().clone(),
        expires_at: access.expires_at,
        user: member.into(),
    };
    let cookie: HeaderValue = cookie::holding(refresh, REFRESH_LIFETIME, http.config.is_https());
    ([(header::SET_COOKIE, cookie)], axum::Json(body)).into_response()
}
