//! `GET /api/v1/audit`: lists who did what in the workspace, latest first.

use axum::Json;
use axum::extract::State;
use jiff::Timestamp;
use linekeeper_model::audit::Action;
use linekeeper_storage::AuditFilter;
use serde::Serialize;
use serde_json::Value;
use utoipa::{IntoParams, ToSchema};
use uuid::Uuid;

use super::entry_json::EntryJson;
use crate::http::answer::error::ApiError;
use crate::http::auth::{Permitted, ReadAudit};
use crate::http::document::schema;
use crate::http::request::fields::{Fault, Fields, FromFields, parsed, text};
use crate::http::request::paging::limit;
use crate::http::request::query::Query;
use crate::http::request::value::FromValue as _;
use crate::http::state::Shared;

/// The maximum number of digits of an audit entry's number.
const LONGEST_CURSOR: usize = 18;

/// Which audit entries to return, and how many.
#[derive(IntoParams)]
#[into_params(parameter_in = Query)]
pub(in crate::http) struct Wanted {
    /// Only audit entries about actions of this user or this API key.
    #[param(required = false, value_type = Uuid)]
    actor: Option<Uuid>,
    /// Only audit entries with this action.
    #[param(required = false, schema_with = schema::audit_action)]
    action: Option<Action>,
    /// Only audit entries about actions on this account, user, API key or other target.
    #[param(required = false, rename = "targetId", value_type = Uuid)]
    target_id: Option<Uuid>,
    /// Only audit entries that were written at or after this time.
    #[param(required = false, value_type = String, format = DateTime, example = "2026-01-01T00:00:00Z")]
    from: Option<Timestamp>,
    /// Only audit entries that were written before this time.
    #[param(required = false, value_type = String, format = DateTime, example = "2027-01-01T00:00:00Z")]
    to: Option<Timestamp>,
    /// The maximum number of items in `data`, from 1 to 200. The default is 50.
    #[param(required = false, minimum = 1, maximum = 200, example = 50)]
    limit: u32,
    /// The `nextCursor` of the previous page. Leave it out to get the first page.
    #[param(required = false, value_type = String, pattern = "^[0-9]{1,18}$", example = "43")]
    cursor: Option<u64>,
}

impl FromFields for Wanted {
    fn read(fields: &mut Fields) -> Option<Self> {
        let actor = fields.optional("actor", id);
        let action = fields.optional("action", parsed);
        let target_id = fields.optional("targetId", id);
        let from = fields.optional("from", Timestamp::read);
        let to = fields.optional("to", Timestamp::read);
        let limit = limit(fields);
        let cursor = fields.optional("cursor", |value| {
            let digits = text(value)?;
            let plain = digits.len() <= LONGEST_CURSOR && digits.bytes().all(|b| b.is_ascii_digit());
            let place = digits.parse().ok().filter(|_| plain);
            place.ok_or_else(|| Fault::new("invalid", "must be the nextCursor of an earlier page"))
        });
        Some(Self {
            actor: actor?,
            action: action?,
            target_id: target_id?,
            from: from?,
            to: to?,
            limit: limit?,
            cursor: cursor?,
        })
    }
}

fn id(value: Value) -> Result<Uuid, Fault> {
    let hyphenated = text(value)?;
    let id = Uuid::parse_str(&hyphenated).ok().filter(|_| hyphenated.len() == 36);
    id.ok_or_else(|| Fault::new("invalid", "must be a UUID such as 01890a5d-ac96-774b-bcce-b302099a8057"))
}

/// A page of the audit log.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(in crate::http) struct AuditPage {
    /// The audit entries, latest first.
    data: Vec<EntryJson>,
    /// Send this as `cursor` to get earlier audit entries. Null on the last page.
    #[schema(required = true, example = "43")]
    next_cursor: Option<String>,
}

/// Read the audit log
///
/// Returns who did what in this workspace, newest first: every change, and every sign-in, including failed ones. An
/// entry about a command to an account is written before the command is carried out. The account's timeline shows the
/// result. Entries name the fields that changed, never their values. Entries that are added while you read do not
/// change the pages that follow. An API key that is limited to certain accounts cannot read the audit log.
#[utoipa::path(
    get, path = "/api/v1/audit", tag = "audit", operation_id = "listAudit",
    security(("bearer" = ["audit:read"]), ("apiKey" = ["audit:read"])),
    params(Wanted),
    responses((status = 200, description = "A page of audit entries.", body = AuditPage)),
)]
pub(in crate::http) async fn handle(
    State(http): State<Shared>,
    caller: Permitted<ReadAudit>,
    Query(wanted): Query<Wanted>,
) -> Result<Json<AuditPage>, ApiError> {
    let limit = wanted.limit as usize;
    let filter = AuditFilter {
        before: wanted.cursor,
        actor: wanted.actor,
        action: wanted.action,
        target: wanted.target_id,
        from: wanted.from,
        to: wanted.to,
        // Reads one entry more than requested, to know whether another page follows.
        limit: wanted.limit + 1,
    };
    let mut tx = http.storage.read().await?;
    let mut entries = tx.audit().page(Some(caller.workspace_id), &filter).await?;
    let more = entries.len() > limit;
    entries.truncate(limit);
    let next_cursor = entries.last().filter(|_| more).map(|entry| entry.seq.to_string());
    Ok(Json(AuditPage { data: entries.into_iter().map(Into::into).collect(), next_cursor }))
}
