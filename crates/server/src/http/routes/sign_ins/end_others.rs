//! `POST /api/v1/auth/sign-ins/end-others`: ends all sign-ins of the caller except the current one.

use axum::extract::State;
use axum::http::StatusCode;
use linekeeper_model::audit::Action;

use crate::http::answer::error::ApiError;
use crate::http::answer::error::named::*;
use crate::http::auth::Person;
use crate::http::document::Refusals;
use crate::http::state::Shared;

/// End all other sign-ins
///
/// Ends all your sign-ins in all workspaces, except the one that sends this request.
#[utoipa::path(
    post, path = "/api/v1/auth/sign-ins/end-others", tag = "auth", operation_id = "endOtherSignIns",
    security(("bearer" = [])),
    responses(
        (status = 204, description = "The other sign-ins have ended."),
        Refusals<SignInNeeded>,
    ),
)]
pub(in crate::http) async fn handle(
    State(http): State<Shared>,
    person: Person,
) -> Result<StatusCode, ApiError> {
    let mut tx = http.storage.begin().await?;
    if tx.sign_ins().delete_others(person.user_id, Some(person.sign_in)).await? > 0 {
        let entry = person.did(Action::SignInEnded).on(person.user_id).with("kept", person.sign_in);
        tx.audit().append(&entry).await?;
        tx.commit().await?;
    }
    Ok(StatusCode::NO_CONTENT)
}
