//! `POST /api/v1/auth/password`: another password for somebody who knows theirs.

use axum::extract::State;
use axum::http::StatusCode;
use linekeeper_model::audit::Action;
use linekeeper_model::secret::Secret;
use utoipa::ToSchema;

use super::{confirm, new_password, notify, password};
use crate::credentials::Password;
use crate::delivery::email::letters::News;
use crate::http::answer::error::ApiError;
use crate::http::auth::Person;
use crate::http::request::body::Json;
use crate::http::request::client_address::ClientAddress;
use crate::http::request::fields::{Fields, FromFields};
use crate::http::state::Shared;

/// The password that is, and the one that is to be.
#[derive(ToSchema)]
#[schema(as = PasswordChange, rename_all = "camelCase")]
pub(in crate::http) struct Body {
    #[schema(value_type = String, format = Password, max_length = 1024, example = "correct horse battery")]
    current_password: Secret<String>,
    #[schema(value_type = String, format = Password, min_length = 12, max_length = 1024, example = "staple correct horse")]
    new_password: Password,
}

impl FromFields for Body {
    fn read(fields: &mut Fields) -> Option<Self> {
        let current_password = fields.required("currentPassword", password);
        let new_password = fields.required("newPassword", new_password);
        Some(Self { current_password: current_password?, new_password: new_password? })
    }
}

/// Change your password
///
/// Ends all your other sign-ins, and a link to a new password that was mailed. API keys stay: they are not made from passwords.
/// Wrong attempts count like attempts to sign in.
#[utoipa::path(
    post, path = "/api/v1/auth/password", tag = "auth", operation_id = "changePassword",
    security(("bearer" = [])),
    request_body = Body,
    responses(
        (status = 204, description = "Changed."),
        (status = 403, description = "`sign_in_needed`: an API key cannot. `wrong_password`."),
        (status = 409, description = "`no_password`: another program signs you in."),
        (status = 429, description = "`too_many_attempts`: wait as long as `Retry-After` says."),
    ),
)]
pub(in crate::http) async fn handle(
    State(http): State<Shared>,
    person: Person,
    from: ClientAddress,
    Json(body): Json<Body>,
) -> Result<StatusCode, ApiError> {
    confirm(&http, &person, from, body.current_password).await?;
    let hash = http.passwords.hash(body.new_password).await?;
    let mut tx = http.storage.begin().await?;
    tx.users().set_password(person.user_id, &hash).await?;
    tx.sign_ins().delete_others(person.user_id, Some(person.sign_in)).await?;
    // Whoever asked for one may be whom the password is changed for.
    tx.password_resets().withdraw(person.user_id).await?;
    notify(&http, &mut tx, person.member.user.login.email(), News::PasswordChanged).await?;
    tx.audit().append(&person.did(Action::PasswordChanged).on(person.user_id)).await?;
    tx.commit().await?;
    http.mailer.wake();
    Ok(StatusCode::NO_CONTENT)
}
