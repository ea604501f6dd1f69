//! An entry of the audit log in the JSON of the API.

use std::collections::BTreeMap;
use std::net::IpAddr;

use jiff::Timestamp;
use linekeeper_model::audit::{Actor, Entry, Target};
use serde::Serialize;
use utoipa::ToSchema;
use uuid::Uuid;

use crate::http::document::schema;

/// One entry of the audit log: something that somebody did.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = AuditEntry)]
pub(super) struct EntryJson {
    #[schema(example = "01890a5d-ac96-774b-bcce-b302099a8057")]
    id: Uuid,
    /// The number of the entry in the audit log of the workspace: 1, 2, 3 and so on, without gaps.
    #[schema(example = 42)]
    seq: u64,
    #[schema(value_type = String, format = DateTime, example = "2026-01-01T12:00:00Z")]
    at: Timestamp,
    /// What was done. Later versions of the server may add actions, so skip actions that you do not know.
    #[schema(schema_with = schema::audit_action)]
    action: &'static str,
    actor: ActorJson,
    /// The account, user or other object that the action was about. Null if the action was about none.
    #[schema(required = true)]
    target: Option<TargetJson>,
    /// Names of the fields that changed.
    #[schema(example = json!(["displayName"]))]
    fields: Vec<String>,
    /// Details of the action, each under a name, such as the role that an invitation gives.
    facts: BTreeMap<String, String>,
    /// The `X-Request-Id` of the request that did the action. Null if the action did not come from a request.
    #[schema(required = true, example = "5b7c9d5e0f3a4d0c")]
    request_id: Option<String>,
    /// The IP address that the request came from. Null if it is not known.
    #[schema(required = true, value_type = Option<String>, example = "192.0.2.7")]
    address: Option<IpAddr>,
}

/// Who did the action.
#[derive(Serialize, ToSchema)]
#[schema(as = AuditActor)]
struct ActorJson {
    #[serde(rename = "type")]
    #[schema(schema_with = schema::audit_actor)]
    kind: &'static str,
    /// The id of the user or of the API key. Null for other actors.
    #[schema(required = true, example = "01890a5d-ac96-774b-bcce-b302099a8000")]
    id: Option<Uuid>,
}

/// The object that the action was about.
#[derive(Serialize, ToSchema)]
#[schema(as = AuditTarget)]
struct TargetJson {
    #[serde(rename = "type")]
    #[schema(schema_with = schema::audit_target)]
    kind: &'static str,
    /// The id of the target. The target may no longer exist.
    #[schema(example = "01890a5d-ac96-774b-bcce-b302099a8057")]
    id: Uuid,
}

impl From<Actor> for ActorJson {
    fn from(actor: Actor) -> Self {
        Self { kind: actor.kind(), id: actor.id() }
    }
}

impl From<Target> for TargetJson {
    fn from(target: Target) -> Self {
        Self { kind: target.kind.code(), id: target.id }
    }
}

impl From<Entry> for EntryJson {
    fn from(entry: Entry) -> Self {
        let details = entry.details;
        Self {
            id: entry.id.as_uuid(),
            seq: entry.seq,
            at: entry.at,
            action: entry.action.code(),
            actor: entry.actor.into(),
            target: entry.target.map(Into::into),
            fields: details.fields,
            facts: details.facts,
            request_id: details.request_id,
            address: details.address,
        }
    }
}
