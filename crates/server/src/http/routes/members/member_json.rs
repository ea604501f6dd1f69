//! A member in the JSON of the API.

use jiff::Timestamp;
use linekeeper_model::access::Role;
use linekeeper_model::user::Member;
use serde::Serialize;
use utoipa::ToSchema;
use uuid::Uuid;

use crate::http::document::schema;

/// A member of the workspace.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = Member)]
pub(in crate::http) struct MemberJson {
    #[schema(example = "01890a5d-ac96-774b-bcce-b302099a8000")]
    user_id: Uuid,
    /// The e-mail address that the person signs in with. Null if the person signs in through the CRM that
    /// this server trusts.
    #[schema(required = true, example = "ana@example.org")]
    email: Option<String>,
    /// The name that the CRM uses for this person. Null if the person signs in with an e-mail address and a password.
    #[schema(required = true)]
    external_id: Option<String>,
    #[schema(schema_with = schema::role)]
    role: Role,
    /// Whether the member gets an e-mail when accounts need attention.
    notify: bool,
    /// Whether the member gets a report by e-mail each Monday.
    weekly_report: bool,
    /// Whether the member needs a code of an authenticator app to sign in.
    totp_enabled: bool,
    #[schema(value_type = String, format = DateTime, example = "2026-01-01T12:00:00Z")]
    joined_at: Timestamp,
}

impl From<Member> for MemberJson {
    fn from(member: Member) -> Self {
        let login = &member.user.login;
        Self {
            user_id: member.user.id.as_uuid(),
            email: login.email().map(ToString::to_string),
            external_id: login.external_id().map(|id| id.as_str().to_owned()),
            role: member.role,
            notify: member.notify,
            weekly_report: member.reported_until.is_some(),
            totp_enabled: member.user.has_totp,
            joined_at: member.joined_at,
        }
    }
}
