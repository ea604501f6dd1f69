//! `GET /api/v1/auth/me`: who the credential belongs to, and what it may do.

use axum::Json;
use linekeeper_model::access::Permission;
use serde::Serialize;
use utoipa::ToSchema;

use super::Caller;
use super::caller::Via;
use super::session::UserJson;
use crate::http::schema;

/// The caller.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = Me)]
pub(in crate::http) struct Me {
    user: UserJson,
    /// What this credential may do now.
    #[schema(schema_with = schema::permissions)]
    permissions: Vec<Permission>,
    /// `accessToken`, `apiKey` or `foreignToken`.
    #[schema(example = "accessToken")]
    via: &'static str,
}

/// Who am I?
///
/// The user that the credential belongs to, and what the credential may do at this moment.
#[utoipa::path(
    get, path = "/api/v1/auth/me", tag = "auth", operation_id = "me",
    security(("bearer" = []), ("apiKey" = [])),
    responses((status = 200, description = "The caller.", body = Me)),
)]
pub(in crate::http) async fn handle(caller: Caller) -> Json<Me> {
    Json(Me {
        user: (&caller.member).into(),
        permissions: Permission::ALL.into_iter().filter(|p| caller.may(*p)).collect(),
        via: match caller.via {
            Via::AccessToken(_) => "accessToken",
            Via::ApiKey(_) => "apiKey",
            Via::ForeignToken => "foreignToken",
        },
    })
}
