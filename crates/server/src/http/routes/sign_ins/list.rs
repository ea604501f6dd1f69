//! `GET /api/v1/auth/sign-ins`: lists the caller's sign-ins.

use axum::Json;
use axum::extract::State;
use jiff::Timestamp;
use serde::Serialize;
use utoipa::ToSchema;
use uuid::Uuid;

use crate::http::answer::error::ApiError;
use crate::http::answer::error::named::*;
use crate::http::auth::Person;
use crate::http::document::Refusals;
use crate::http::request::paging::{Listed, listed};
use crate::http::state::Shared;

/// A browser or program that signed in.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = SignInState)]
pub(in crate::http) struct SignInJson {
    #[schema(example = "01890a5d-ac96-774b-bcce-b302099a8057")]
    id: Uuid,
    /// The workspace that this browser or program works in now.
    #[schema(example = "01890a5d-ac96-774b-bcce-b302099a8000")]
    workspace_id: Uuid,
    /// The `User-Agent` of the browser or program. Null if it sent none.
    #[schema(required = true, example = "Mozilla/5.0 (X11; Linux x86_64)")]
    agent: Option<String>,
    /// Whether this is the sign-in that sends this request.
    current: bool,
    #[schema(value_type = String, format = DateTime, example = "2026-01-01T12:00:00Z")]
    created_at: Timestamp,
    /// When the sign-in was last refreshed. Null if it was never refreshed.
    #[schema(required = true, value_type = Option<String>, format = DateTime, example = "2026-01-02T08:30:00Z")]
    used_at: Option<Timestamp>,
    /// When the sign-in ends, unless it is refreshed earlier.
    #[schema(value_type = String, format = DateTime, example = "2026-02-01T08:30:00Z")]
    expires_at: Timestamp,
}

listed! {
    /// The browsers and programs in which you are signed in.
    SignIns as SignIns of SignInJson
}

/// List your sign-ins
///
/// Returns your sign-ins that have not ended, in all workspaces, oldest first.
#[utoipa::path(
    get, path = "/api/v1/auth/sign-ins", tag = "auth", operation_id = "listSignIns",
    security(("bearer" = [])),
    responses(
        (status = 200, description = "The browsers and programs in which you are signed in, oldest first.", body = SignIns),
        Refusals<SignInNeeded>,
    ),
)]
pub(in crate::http) async fn handle(
    State(http): State<Shared>,
    person: Person,
) -> Result<Json<SignIns>, ApiError> {
    let found = http.storage.read().await?.sign_ins().of_user(person.user_id).await?;
    let shown = found.into_iter().map(|sign_in| SignInJson {
        id: sign_in.id.as_uuid(),
        workspace_id: sign_in.workspace_id.as_uuid(),
        agent: sign_in.agent,
        current: sign_in.id == person.sign_in,
        created_at: sign_in.created_at,
        used_at: sign_in.used_at,
        expires_at: sign_in.expires_at,
    });
    Ok(Listed::whole(shown.collect()).into())
}
