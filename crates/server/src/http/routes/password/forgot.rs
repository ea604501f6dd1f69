//! `POST /api/v1/auth/password/forgot`: mails a link to set a new password.

use axum::extract::State;
use axum::http::StatusCode;
use jiff::SignedDuration;
use linekeeper_model::audit::By;
use linekeeper_model::user::Email;
use linekeeper_storage::StorageError;

use crate::credentials::password_reset::{self, LIFETIME};
use crate::delivery::email::letters;
use crate::http::answer::error::ApiError;
use crate::http::answer::error::named::*;
use crate::http::document::Refusals;
use crate::http::request::body::Json;
use crate::http::request::client_address::ClientAddress;
use crate::http::request::declare::body;
use crate::http::request::origin::CalledFrom;
use crate::http::state::{Http, Shared};

body! {
    /// The person who has forgotten the password.
    pub(in crate::http) struct Body as "ForgottenPassword" {
        /// The e-mail address that the person signs in with.
        #[example("ana@example.org")]
        email: Email,
    }
}

/// Ask for a link to set a new password
///
/// If there is a user who signs in with this e-mail address, the server mails the user a link for a new password. The
/// link works once, for 30 minutes. If there is no such user, the answer is the same and takes the same time. The
/// server may mail three links to one address right after each other. After that, it mails one link every 20 minutes.
#[utoipa::path(
    post, path = "/api/v1/auth/password/forgot", tag = "auth", operation_id = "forgotPassword",
    request_body = Body,
    responses(
        (status = 202, description = "If there is a user with this address, the server sends an e-mail."),
        Refusals<(MailNotConfigured, TooManyAttempts)>,
    ),
)]
pub(in crate::http) async fn handle(
    State(http): State<Shared>,
    from: ClientAddress,
    origin: CalledFrom,
    Json(body): Json<Body>,
) -> Result<StatusCode, ApiError> {
    if !http.mailer.is_configured() {
        return Err(ApiError::MailNotConfigured);
    }
    if http.throttle.may_mail(&body.email, from, http.clock.now())? {
        let (server, by) = (http.clone(), origin.nobody());
        // The mail is queued in a separate task. Otherwise the time of the answer would reveal whether there is such a
        // user.
        http.tasks.spawn("forgotten password", async move {
            if let Err(error) = send(&server, &body.email, &by).await {
                tracing::warn!(%error, "a link to a new password could not be sent");
            }
        });
    }
    Ok(StatusCode::ACCEPTED)
}

async fn send(http: &Http, email: &Email, by: &By) -> Result<(), StorageError> {
    let now = http.clock.now();
    let mut tx = http.storage.begin().await?;
    let Some((user, _)) = tx.users().by_email(email).await? else { return Ok(()) };
    let token = password_reset::offer(&mut tx, user.id, now, by).await?;
    let link = password_reset::link(&http.base_url, &token);
    let works_for = SignedDuration::try_from(LIFETIME).unwrap_or_default();
    http.mailer.put(&mut tx, now, &letters::password_reset(email, &link, works_for)).await?;
    tx.commit().await?;
    http.mailer.wake();
    Ok(())
}
