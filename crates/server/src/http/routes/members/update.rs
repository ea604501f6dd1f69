//! `PATCH /api/v1/members/{userId}`: changes a member's role, or which e-mails they get.

use axum::extract::State;
use linekeeper_model::access::{Grant, Role};
use linekeeper_model::audit::Action;

use super::mails::Mails;
use super::member_json::MemberJson;
use super::{of_workspace, require_another_owner, require_owner};
use crate::http::answer::error::ApiError;
use crate::http::answer::error::named::*;
use crate::http::auth::{ManageMembers, Permitted};
use crate::http::document::Refusals;
use crate::http::request::body::Json;
use crate::http::request::declare::{Declared as _, body};
use crate::http::request::path::UserPath;
use crate::http::routes::audit::changes;
use crate::http::state::Shared;

body! {
    /// The fields to change. A field that is absent keeps its value.
    pub(in crate::http) struct Body as "MemberChange" (change) {
        /// What the member may do.
        role: Option<Role>,
        /// Whether the member gets an e-mail when accounts need attention.
        notify: Option<bool>,
        /// Whether the member gets a report by e-mail each Monday: how well their accounts were connected in the
        /// previous week, and how many messages the accounts sent and received.
        weekly_report: Option<bool>,
    }
}

/// Change a member
///
/// Changes the role of a member, or which e-mails they get. A new role applies from the member's next request on,
/// also to their API keys. Invitations that the member made, and that they could not make with the new role, are
/// withdrawn. Only an Owner can make or change an Owner, and the last Owner keeps the role. An API key can only
/// give roles that have no more rights than the key. If the member signs in through the CRM that this server
/// trusts, only the CRM can change the role.
#[utoipa::path(
    patch, path = "/api/v1/members/{userId}", tag = "members", operation_id = "updateMember",
    security(("bearer" = ["members:manage"]), ("apiKey" = ["members:manage"])),
    params(("userId" = uuid::Uuid, Path, description = "The member's id.")),
    request_body(content = Body, example = json!({ "role": "agent", "notify": true })),
    responses(
        (status = 200, description = "The changed member.", body = MemberJson),
        Refusals<(NothingToChange, OwnerNeeded, BeyondKey, MemberNotFound, LastOwner, ManagedElsewhere)>,
    ),
)]
pub(in crate::http) async fn handle(
    State(http): State<Shared>,
    caller: Permitted<ManageMembers>,
    UserPath(user): UserPath,
    Json(body): Json<Body>,
) -> Result<axum::Json<MemberJson>, ApiError> {
    if body.given().is_empty() {
        return Err(ApiError::NothingToChange);
    }
    let mut tx = http.storage.begin().await?;
    let before = of_workspace(&mut tx, &caller, user).await?;
    require_owner(&caller, [Some(before.role), body.role].into_iter().flatten())?;
    let mut member = before.clone();
    member.role = body.role.unwrap_or(before.role);
    let wishes = Mails { notify: body.notify, weekly_report: body.weekly_report };
    let mails = wishes.apply(&mut member, http.clock.now());
    let changed = [changes([("role", member.role != before.role)]), mails].concat();
    if changed.is_empty() {
        return Ok(axum::Json(member.into()));
    }
    let mut entry = caller.did(Action::MemberUpdated).on(user).changing(changed);
    if member.role != before.role {
        if member.user.login.external_id().is_some() {
            return Err(ApiError::ManagedElsewhere);
        }
        let grant = Grant::of_role(Some(before.role), member.role);
        caller.now(&http, &mut tx).await?.authority().may_give(&grant)?;
        require_another_owner(&mut tx, &before).await?;
        entry = entry.with("role", member.role.name());
        tx.members().update_role(&member).await?;
    }
    tx.members().update_mails(&before, &member).await?;
    tx.audit().append(&entry).await?;
    tx.commit().await?;
    Ok(axum::Json(member.into()))
}
