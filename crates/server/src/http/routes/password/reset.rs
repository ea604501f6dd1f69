//! `POST /api/v1/auth/password/reset`: sets a new password with the token of a mailed link.

use axum::extract::State;
use axum::http::StatusCode;
use linekeeper_model::audit::Action;
use linekeeper_model::secret::Secret;
use linekeeper_storage::LinkHash;

use super::notify;
use crate::credentials::{Password, random};
use crate::delivery::email::letters::News;
use crate::http::answer::error::ApiError;
use crate::http::answer::error::named::*;
use crate::http::document::Refusals;
use crate::http::request::body::Json;
use crate::http::request::declare::body;
use crate::http::request::origin::CalledFrom;
use crate::http::state::Shared;

body! {
    /// The token of the link, and the new password.
    pub(in crate::http) struct Body as "PasswordReset" {
        /// The token: the part of the link after `#`.
        #[example("mY3nq0Vb5sT8wX1zC4dF7gJ2kL6pR9uA0eH5iO8yB3M")]
        token: Secret<String>,
        /// The new password, of 12 characters or more.
        #[example("staple correct horse")]
        new_password: Password,
    }
}

/// Set a new password
///
/// Sets a new password with the token of a link. The token works once. All sign-ins of the user end, and the user
/// must sign in again, with their second factor if they have one.
#[utoipa::path(
    post, path = "/api/v1/auth/password/reset", tag = "auth", operation_id = "resetPassword",
    request_body = Body,
    responses(
        (status = 204, description = "The password is set. Sign in with it."),
        Refusals<ResetLinkInvalid>,
    ),
)]
pub(in crate::http) async fn handle(
    State(http): State<Shared>,
    from: CalledFrom,
    Json(body): Json<Body>,
) -> Result<StatusCode, ApiError> {
    let token = LinkHash(random::hash(body.token.expose()));
    // The token is checked before the password is hashed, because hashing is expensive. So wrong tokens cost little.
    if !http.storage.read().await?.password_resets().is_good(&token).await? {
        return Err(ApiError::ResetLinkInvalid);
    }
    let hash = http.passwords.hash(body.new_password).await?;
    let mut tx = http.storage.begin().await?;
    let user = tx.password_resets().take(&token).await?.ok_or(ApiError::ResetLinkInvalid)?;
    tx.users().set_password(user, &hash).await?;
    tx.sign_ins().delete_others(user, None).await?;
    let member = tx.members().of_user(user).await?.into_iter().next();
    let email = member.as_ref().and_then(|member| member.user.login.email());
    notify(&http, &mut tx, email, News::PasswordReset).await?;
    let workspace = member.as_ref().map(|member| member.workspace_id);
    tx.audit().append(&from.nobody().did(workspace, Action::PasswordReset).on(user)).await?;
    tx.commit().await?;
    http.mailer.wake();
    if let Some(email) = email {
        http.throttle.forgive(email);
    }
    Ok(StatusCode::NO_CONTENT)
}
