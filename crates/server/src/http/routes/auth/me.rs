//! `GET /api/v1/auth/me`: the owner of the credential, and what the credential may do.

use axum::Json;
use axum::extract::State;
use linekeeper_model::access::Permission;
use linekeeper_model::user::Member;
use serde::Serialize;
use utoipa::ToSchema;

use super::session::UserJson;
use crate::http::answer::error::ApiError;
use crate::http::auth::Caller;
use crate::http::auth::Via;
use crate::http::document::schema;
use crate::http::state::{Http, Shared};

/// The user who sent the request, and their rights.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = Me)]
pub(in crate::http) struct Me {
    user: UserJson,
    /// What this credential may do now.
    #[schema(schema_with = schema::permissions)]
    permissions: Vec<Permission>,
    /// The kind of credential of this request: `accessToken`, `apiKey`, or `foreignToken` (a token of the
    /// CRM that this server trusts).
    #[schema(example = "accessToken")]
    via: &'static str,
    /// Whether the user needs a code of an authenticator app to sign in.
    totp_enabled: bool,
    /// The number of unused recovery codes. Null if the user has no second factor, or if the credential is not an
    /// access token.
    #[schema(required = true, example = 10)]
    recovery_codes_left: Option<u32>,
    /// Whether the user gets an e-mail when accounts need attention.
    notify: bool,
    /// Whether the user gets a report by e-mail each Monday.
    weekly_report: bool,
}

/// Who am I?
///
/// Returns the user that the credential belongs to, and what the credential may do now.
#[utoipa::path(
    get, path = "/api/v1/auth/me", tag = "auth", operation_id = "me",
    security(("bearer" = []), ("apiKey" = [])),
    responses((status = 200, description = "The user who sent the request, and their rights.", body = Me)),
)]
pub(in crate::http) async fn handle(
    State(http): State<Shared>,
    caller: Caller,
) -> Result<Json<Me>, ApiError> {
    Ok(Json(Me::of(&http, &caller, &caller.member).await?))
}

impl Me {
    /// Describes the caller and what the credential may do. `member` is the current membership of the caller.
    pub(super) async fn of(http: &Http, caller: &Caller, member: &Member) -> Result<Self, ApiError> {
        let totp_enabled = member.user.has_totp;
        let recovery_codes_left = match caller.via() {
            Via::AccessToken(_) if totp_enabled => {
                Some(http.storage.read().await?.second_factors().recovery_codes_left(caller.user_id).await?)
            }
            _ => None,
        };
        Ok(Self {
            user: member.into(),
            permissions: Permission::ALL.into_iter().filter(|p| caller.may(*p)).collect(),
            via: match caller.via() {
                Via::AccessToken(_) => "accessToken",
                Via::ApiKey(_) => "apiKey",
                Via::ForeignToken => "foreignToken",
            },
            totp_enabled,
            recovery_codes_left,
            notify: member.notify,
            weekly_report: member.reported_until.is_some(),
        })
    }
}
