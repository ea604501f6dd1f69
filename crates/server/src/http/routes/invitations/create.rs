//! `POST /api/v1/invitations`: invites a person to the workspace.

use axum::extract::State;
use axum::http::StatusCode;
use jiff::SignedDuration;
use linekeeper_model::access::{Grant, Role};
use linekeeper_model::audit::Action;
use linekeeper_model::id::InvitationId;
use linekeeper_model::user::Email;
use linekeeper_storage::{Invitation, LinkHash};
use serde::Serialize;
use utoipa::ToSchema;

use super::invitation_json::InvitationJson;
use super::{LIFETIME, link};
use crate::credentials::random;
use crate::delivery::email::letters;
use crate::http::answer::error::named::*;
use crate::http::answer::error::{ApiError, DeclaredRefusal, Refusal};
use crate::http::auth::{ManageMembers, Permitted};
use crate::http::document::Refusals;
use crate::http::request::body::Json;
use crate::http::request::declare::body;
use crate::http::state::Shared;

body! {
    /// The person to invite, and their role.
    pub(in crate::http) struct Body as "NewInvitation" {
        /// The e-mail address of the person.
        #[example("ben@example.org")]
        email: Email,
        /// What the person may do as a member.
        #[example("agent")]
        role: Role,
    }
}

/// The created invitation. It contains the link if the server does not mail the link.
#[derive(Serialize, ToSchema)]
#[schema(as = CreatedInvitation)]
pub(in crate::http) struct Created {
    #[serde(flatten)]
    invitation: InvitationJson,
    /// The link of the invitation. If the server sends e-mail, it mails the link to the person, and this field is null.
    /// A person who opens a mailed link proves that the e-mail address is theirs. If the server sends no e-mail, this
    /// field contains the link. The link is shown only this once, and you must pass it on to the person.
    #[schema(
        required = true,
        example = "https://line.example.org/invitation#mY3nq0Vb5sT8wX1zC4dF7gJ2kL6pR9uA0eH5iO8yB3M"
    )]
    link: Option<String>,
}

/// The refusal of an invitation when too many invitations were sent to the same address.
struct TooManyInvitations;

impl DeclaredRefusal for TooManyInvitations {
    const REFUSAL: Refusal = TooManyAttempts::REFUSAL
        .meaning("Too many invitations were sent to this address. Wait for the time in `Retry-After`.");
}

/// Invite somebody
///
/// Makes a link with which a person becomes a member. The link works once, for seven days. If the server sends e-mail,
/// it mails the link to the person. A new invitation replaces an earlier one to the same address. Only an Owner can
/// invite an Owner. An API key can only invite to roles that have no more rights than the key. An API key that
/// has `networks`, or that expires, cannot invite anybody. If an API key made the invitation, the link stops
/// working when the key stops working. The server may mail three invitations to one address right after each other.
/// After that, it mails one every 20 minutes.
#[utoipa::path(
    post, path = "/api/v1/invitations", tag = "members", operation_id = "invite",
    security(("bearer" = ["members:manage"]), ("apiKey" = ["members:manage"])),
    request_body = Body,
    responses(
        (status = 201, description = "The person is invited.", body = Created),
        Refusals<(OwnerNeeded, BeyondKey, AlreadyMember, TooManyInvitations)>,
    ),
)]
pub(in crate::http) async fn handle(
    State(http): State<Shared>,
    caller: Permitted<ManageMembers>,
    Json(body): Json<Body>,
) -> Result<(StatusCode, axum::Json<Created>), ApiError> {
    if !caller.role.may_invite(body.role) {
        return Err(ApiError::OwnerNeeded);
    }
    let now = http.clock.now();
    let is_mailed = http.mailer.is_configured();
    let (id, token) = {
        let mut rng = rand::rng();
        (InvitationId::generate(now, &mut rng), random::secret_text(&mut rng))
    };
    let invitation = Invitation {
        id,
        workspace_id: caller.workspace_id,
        email: body.email,
        role: body.role,
        token: LinkHash(random::hash(token.expose())),
        created_by: Some(caller.user_id),
        made_with: caller.key.as_ref().map(|key| key.id),
        is_mailed,
        created_at: now,
        expires_at: now + LIFETIME,
    };
    let mut tx = http.storage.begin().await?;
    caller.now(&http, &mut tx).await?.authority().may_give(&Grant::of_role(None, body.role))?;
    if let Some((user, _)) = tx.users().by_email(&invitation.email).await?
        && tx.members().get(caller.workspace_id, user.id).await?.is_some()
    {
        return Err(ApiError::AlreadyMember);
    }
    if is_mailed {
        http.throttle.may_invite(&invitation.email, now)?;
    }
    tx.invitations().delete_expired().await?;
    tx.invitations().replace(&invitation).await?;
    let link = link(&http.base_url, &token);
    if is_mailed {
        let workspace = tx.workspaces().get(caller.workspace_id).await?.ok_or(ApiError::WorkspaceNotFound)?;
        let works_for = SignedDuration::try_from(LIFETIME).unwrap_or_default();
        let letter = letters::invitation(&invitation.email, &workspace, &link, works_for);
        http.mailer.put(&mut tx, now, &letter).await?;
    }
    let entry = caller.did(Action::InvitationCreated).on(id).with("role", body.role.name());
    tx.audit().append(&entry).await?;
    tx.commit().await?;
    http.mailer.wake();
    let link = (!is_mailed).then(|| link.expose().clone());
    Ok((StatusCode::CREATED, axum::Json(Created { invitation: invitation.into(), link })))
}
