//! `POST /api/v1/auth/invitation/accept`: makes a person a member, and signs them in.

use axum::extract::State;
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse, Response};
use linekeeper_model::audit::{Action, Actor};
use linekeeper_model::id::UserId;
use linekeeper_model::secret::Secret;
use linekeeper_model::user::{Member, User};
use linekeeper_storage::{Conflict, Invitation, PasswordHash, StorageError};

use super::{of_token, require_holds};
use crate::credentials::Password;
use crate::credentials::second_factor::{Proof, prove};
use crate::http::answer::error::ApiError;
use crate::http::answer::error::named::*;
use crate::http::document::Refusals;
use crate::http::request::body::Json;
use crate::http::request::client_address::ClientAddress;
use crate::http::request::declare::body;
use crate::http::request::origin::CalledFrom;
use crate::http::routes::audit::record;
use crate::http::routes::auth::session::{Session, answer_signed_in};
use crate::http::routes::password::{GivenCode, GivenPassword, code_of};
use crate::http::state::{Http, Shared};

body! {
    /// What a person sends to accept an invitation.
    pub(in crate::http) struct Body as "AcceptInvitation" {
        /// The token: the part of the link after `#`.
        #[example("mY3nq0Vb5sT8wX1zC4dF7gJ2kL6pR9uA0eH5iO8yB3M")]
        token: Secret<String>,
        /// The person's current password, if they can already sign in to this server. Otherwise a new password of 12
        /// characters or more.
        #[example("correct horse battery")]
        password: GivenPassword,
        /// A code of the authenticator app or a recovery code, if the person has a second factor.
        #[example("287082")]
        code: Option<GivenCode>,
    }
}

/// Accept an invitation
///
/// Makes a person a member of the workspace and signs them in to it. If the person can already sign in to this server,
/// `password` is their current password. Otherwise it is a new password. The link works once.
#[utoipa::path(
    post, path = "/api/v1/auth/invitation/accept", tag = "auth", operation_id = "acceptInvitation",
    request_body = Body,
    responses(
        (status = 201, description = "The person is a member and is signed in. The answer sets the cookie \
                                      `lk_refresh`.", body = Session),
        Refusals<(
            SignInFailed, TotpRequired, InvalidTotpCode, InvitationInvalid, AlreadyMember, TooManyAttempts,
        )>,
    ),
)]
pub(in crate::http) async fn handle(
    State(http): State<Shared>,
    address: ClientAddress,
    from: CalledFrom,
    headers: HeaderMap,
    Json(body): Json<Body>,
) -> Result<Response, ApiError> {
    // A text that is not acceptable as a password cannot be the password of any user. So this refusal does not reveal
    // whether the person is already a user.
    let password = Password::new(body.password.0.clone())
        .map_err(|error| ApiError::field("password", code_of(error), &error.to_string()));
    let mut tx = http.storage.read().await?;
    let invitation = of_token(&http, &mut tx, &body.token).await?;
    let password = password?;
    let known = tx.users().by_email(&invitation.email).await?;
    drop(tx);
    // Checking a password and hashing a new one take the same time, so the time does not reveal whether the person is
    // already a user.
    let accepting = match known {
        Some((user, hash)) => {
            let attempt = http.throttle.attempt(&invitation.email, address, http.clock.now())?;
            if !http.passwords.matches(body.password.0, Some(hash)).await? {
                let failed = from.nobody().did(invitation.workspace_id, Action::SignInFailed).on(user.id);
                record(&http, failed).await?;
                return Err(ApiError::SignInFailed);
            }
            let accepted =
                join(&http, &from, &invitation, Joining::Known(user, body.code.map(|code| code.0))).await?;
            http.throttle.succeeded(attempt);
            accepted
        }
        None => {
            let hash = http.passwords.hash(password).await?;
            join(&http, &from, &invitation, Joining::New(hash)).await?
        }
    };
    let session = answer_signed_in(&http, &accepting, &headers, &from).await?;
    Ok((StatusCode::CREATED, session).into_response())
}

/// The person who accepts an invitation: a user of this server, or somebody new.
enum Joining {
    /// The person already signs in here, and sent the password and possibly a code.
    Known(User, Option<Secret<String>>),
    /// The person is new here, and chose a password.
    New(PasswordHash),
}

/// Takes the invitation, so that it cannot be used again, and makes the person a member. If two requests use the
/// invitation at the same time, only one of them succeeds.
async fn join(
    http: &Http,
    from: &CalledFrom,
    invitation: &Invitation,
    joining: Joining,
) -> Result<Member, ApiError> {
    let now = http.clock.now();
    let mut tx = http.storage.begin().await?;
    let taken = tx.invitations().take(invitation.workspace_id, invitation.id).await?;
    let taken = taken.ok_or(ApiError::InvitationInvalid)?;
    require_holds(http, &mut tx, &taken).await?;
    let Invitation { id, workspace_id, role, email, .. } = taken;
    let user = match joining {
        Joining::Known(user, code) => {
            match prove(&mut tx, user.id, code.as_ref(), now).await? {
                Proof::Given => {}
                Proof::Missing => return Err(ApiError::TotpRequired),
                Proof::Wrong => {
                    drop(tx);
                    let failed = from.nobody().did(workspace_id, Action::SignInFailed).on(user.id);
                    record(http, failed).await?;
                    return Err(ApiError::InvalidTotpCode);
                }
            }
            user.id
        }
        Joining::New(hash) => {
            let user = UserId::generate(now, &mut rand::rng());
            tx.users().insert(user, &email, &hash).await.map_err(|error| match error {
                // Another invitation has made the person a user in the meantime, so now they must send their
                // password.
                StorageError::Conflict(Conflict::Email) => ApiError::SignInFailed,
                other => other.into(),
            })?;
            user
        }
    };
    tx.members().insert(workspace_id, user, role, false).await.map_err(|error| match error {
        StorageError::Conflict(Conflict::Member) => ApiError::AlreadyMember,
        other => other.into(),
    })?;
    let member = tx.members().get(workspace_id, user).await?.ok_or(ApiError::MemberNotFound)?;
    let entry = from.by(Actor::Member(user)).did(workspace_id, Action::MemberJoined).on(user);
    tx.audit().append(&entry.with("role", role.name()).with("invitationId", id)).await?;
    tx.commit().await?;
    Ok(member)
}
