//! `PATCH /api/v1/auth/me`: chooses which e-mails the caller gets.

use axum::Json;
use axum::extract::State;
use linekeeper_model::audit::Action;

use super::me::Me;
use crate::http::answer::error::ApiError;
use crate::http::answer::error::named::*;
use crate::http::auth::Person;
use crate::http::document::Refusals;
use crate::http::request::body::Json as JsonBody;
use crate::http::request::declare::{Declared as _, body};
use crate::http::routes::members::mails::Mails;
use crate::http::state::Shared;

body! {
    /// The fields to change. A field that is absent keeps its value.
    pub(in crate::http) struct Body as "MyMails" (change) {
        /// Whether you get an e-mail when accounts need attention.
        notify: Option<bool>,
        /// Whether you get a report by e-mail each Monday.
        weekly_report: Option<bool>,
    }
}

/// Choose which e-mails you get
///
/// Chooses which e-mails you get from the workspace that you are signed in to: an e-mail when accounts that you
/// have access to need attention, and a report each Monday. An Owner or Admin can choose this for every member.
#[utoipa::path(
    patch, path = "/api/v1/auth/me", tag = "auth", operation_id = "updateMe",
    security(("bearer" = [])),
    request_body(content = Body, example = json!({ "weeklyReport": true })),
    responses(
        (status = 200, description = "Your user and your rights, as `GET /api/v1/auth/me` returns them, with the new choice of e-mails.", body = Me),
        Refusals<(NothingToChange, SignInNeeded)>,
    ),
)]
pub(in crate::http) async fn handle(
    State(http): State<Shared>,
    person: Person,
    JsonBody(body): JsonBody<Body>,
) -> Result<Json<Me>, ApiError> {
    if body.given().is_empty() {
        return Err(ApiError::NothingToChange);
    }
    let mut tx = http.storage.begin().await?;
    let before =
        tx.members().get(person.workspace_id, person.user_id).await?.ok_or(ApiError::MemberNotFound)?;
    let mut member = before.clone();
    let wishes = Mails { notify: body.notify, weekly_report: body.weekly_report };
    let changed = wishes.apply(&mut member, http.clock.now());
    if !changed.is_empty() {
        tx.members().update_mails(&before, &member).await?;
        let entry = person.did(Action::MemberUpdated).on(person.user_id).changing(changed);
        tx.audit().append(&entry).await?;
        tx.commit().await?;
    }
    let me = Me::of(&http, &person, &member).await?;
    Ok(Json(me))
}
