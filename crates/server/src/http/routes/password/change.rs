//! `POST /api/v1/auth/password`: sets a new password for a person who knows the current one.

use axum::extract::State;
use axum::http::StatusCode;
use linekeeper_model::audit::Action;

use super::{GivenPassword, confirm, notify};
use crate::credentials::Password;
use crate::delivery::email::letters::News;
use crate::http::answer::error::ApiError;
use crate::http::answer::error::named::*;
use crate::http::auth::Person;
use crate::http::document::Refusals;
use crate::http::request::body::Json;
use crate::http::request::client_address::ClientAddress;
use crate::http::request::declare::body;
use crate::http::state::Shared;

body! {
    /// The current password and the new one.
    pub(in crate::http) struct Body as "PasswordChange" {
        /// The current password.
        #[example("correct horse battery")]
        current_password: GivenPassword,
        /// The new password, of 12 characters or more.
        #[example("staple correct horse")]
        new_password: Password,
    }
}

/// Change your password
///
/// Sets a new password, ends all your other sign-ins, and cancels a link for a new password that the server mailed to
/// you earlier. API keys keep working, because they do not depend on the password. A wrong current password counts as
/// a failed sign-in.
#[utoipa::path(
    post, path = "/api/v1/auth/password", tag = "auth", operation_id = "changePassword",
    security(("bearer" = [])),
    request_body = Body,
    responses(
        (status = 204, description = "The password is changed."),
        Refusals<(SignInNeeded, WrongPassword, NoPassword, TooManyAttempts)>,
    ),
)]
pub(in crate::http) async fn handle(
    State(http): State<Shared>,
    person: Person,
    from: ClientAddress,
    Json(body): Json<Body>,
) -> Result<StatusCode, ApiError> {
    confirm(&http, &person, from, body.current_password.0).await?;
    let hash = http.passwords.hash(body.new_password).await?;
    let mut tx = http.storage.begin().await?;
    tx.users().set_password(person.user_id, &hash).await?;
    tx.sign_ins().delete_others(person.user_id, Some(person.sign_in)).await?;
    // Withdraws a link for a new password. Somebody who knew the old password may have asked for the link.
    tx.password_resets().withdraw(person.user_id).await?;
    notify(&http, &mut tx, person.member.user.login.email(), News::PasswordChanged).await?;
    tx.audit().append(&person.did(Action::PasswordChanged).on(person.user_id)).await?;
    tx.commit().await?;
    http.mailer.wake();
    Ok(StatusCode::NO_CONTENT)
}
