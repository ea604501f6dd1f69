//! `DELETE /api/v1/auth/sign-ins/{signInId}`: ends one of the caller's sign-ins.

use axum::extract::State;
use axum::http::StatusCode;
use linekeeper_model::audit::Action;

use crate::http::answer::error::ApiError;
use crate::http::answer::error::named::*;
use crate::http::auth::Person;
use crate::http::document::Refusals;
use crate::http::request::path::SignInPath;
use crate::http::state::Shared;

/// End a sign-in
///
/// Ends one of your sign-ins, which may be the one that sends this request. The tokens of the sign-in stop working
/// at once.
#[utoipa::path(
    delete, path = "/api/v1/auth/sign-ins/{signInId}", tag = "auth", operation_id = "endSignIn",
    security(("bearer" = [])),
    params(("signInId" = uuid::Uuid, Path, description = "The sign-in's id.")),
    responses(
        (status = 204, description = "The sign-in has ended."),
        Refusals<(SignInNeeded, SignInNotFound)>,
    ),
)]
pub(in crate::http) async fn handle(
    State(http): State<Shared>,
    person: Person,
    SignInPath(id): SignInPath,
) -> Result<StatusCode, ApiError> {
    let mut tx = http.storage.begin().await?;
    let found = tx.sign_ins().by_id(id).await?.filter(|sign_in| sign_in.user_id == person.user_id);
    found.ok_or(ApiError::SignInNotFound)?;
    tx.sign_ins().delete(id).await?;
    tx.audit().append(&person.did(Action::SignInEnded).on(id)).await?;
    tx.commit().await?;
    Ok(StatusCode::NO_CONTENT)
}
