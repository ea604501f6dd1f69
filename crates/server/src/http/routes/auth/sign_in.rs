//! `POST /api/v1/auth/sign-in`: exchanges e-mail address and password for tokens.

use axum::extract::State;
use axum::http::HeaderMap;
use axum::response::Response;
use linekeeper_model::audit::Action;
use linekeeper_model::id::UserId;
use linekeeper_model::secret::Secret;
use linekeeper_model::user::{Email, Member};

use super::session::{Session, answer_signed_in};
use crate::credentials::second_factor::{Proof, prove};
use crate::http::answer::error::ApiError;
use crate::http::answer::error::named::*;
use crate::http::document::Refusals;
use crate::http::request::body::Json;
use crate::http::request::client_address::ClientAddress;
use crate::http::request::declare::body;
use crate::http::request::origin::CalledFrom;
use crate::http::routes::password::{GivenCode, GivenPassword};
use crate::http::state::{Http, Shared};

body! {
    /// The credentials of a person.
    pub(in crate::http) struct Body as "SignIn" {
        /// The e-mail address that the person signs in with.
        #[example("ana@example.org")]
        email: Email,
        /// The person's password.
        #[example("correct horse battery")]
        password: GivenPassword,
        /// A code of the authenticator app or a recovery code, if the person has a second factor.
        #[example("287082")]
        code: Option<GivenCode>,
    }
}

/// Sign in
///
/// Returns an access token that is valid for 15 minutes, and sets the cookie `lk_refresh` for
/// `/api/v1/auth/refresh`. After repeated failures, the server slows down further attempts for this user and from
/// this IP address. The answer never reveals whether the server knows an e-mail address. If the password is right,
/// but the person has a second factor and sent no `code`, the answer is `totp_required`.
#[utoipa::path(
    post, path = "/api/v1/auth/sign-in", tag = "auth", operation_id = "signIn",
    request_body = Body,
    responses(
        (status = 200, description = "The person is signed in. The answer sets the cookie `lk_refresh`.", body = Session),
        Refusals<(SignInFailed, TotpRequired, InvalidTotpCode, TooManyAttempts)>,
    ),
)]
pub(in crate::http) async fn handle(
    State(http): State<Shared>,
    address: ClientAddress,
    from: CalledFrom,
    headers: HeaderMap,
    Json(body): Json<Body>,
) -> Result<Response, ApiError> {
    let attempt = http.throttle.attempt(&body.email, address, http.clock.now())?;
    let mut tx = http.storage.read().await?;
    let (user, hash) = tx.users().by_email(&body.email).await?.unzip();
    // For an unknown user, the server runs the same query and computes the same kind of hash as for a known user. So
    // the time of the answer reveals nothing.
    let id = user.map_or(UserId::from(uuid::Uuid::nil()), |user| user.id);
    let memberships = tx.members().of_user(id).await?;
    drop(tx);
    // A person who is in no workspace cannot sign in.
    let member = memberships.first();
    let matches = http.passwords.matches(body.password.0, hash).await?;
    let Some(member) = member.filter(|_| matches) else {
        http.strangers.failed(&http.storage, http.clock.now(), &from, member).await?;
        return Err(ApiError::SignInFailed);
    };
    second_factor(&http, &from, member, body.code.as_ref().map(|code| &code.0)).await?;
    http.throttle.succeeded(attempt);
    http.throttle.signed_in(&body.email, http.clock.now());
    answer_signed_in(&http, member, &headers, &from).await
}

/// Checks the code of a person who gave the right password, if they have a second factor.
async fn second_factor(
    http: &Http,
    from: &CalledFrom,
    member: &Member,
    code: Option<&Secret<String>>,
) -> Result<(), ApiError> {
    if !member.user.has_totp {
        return Ok(());
    }
    let mut tx = http.storage.begin().await?;
    let proof = prove(&mut tx, member.user.id, code, http.clock.now()).await?;
    match proof {
        Proof::Given => Ok(tx.commit().await?),
        Proof::Missing => Err(ApiError::TotpRequired),
        Proof::Wrong => {
            let failed = from.nobody().did(member.workspace_id, Action::SignInFailed).on(member.user.id);
            tx.audit().append(&failed).await?;
            tx.commit().await?;
            Err(ApiError::InvalidTotpCode)
        }
    }
}
