//! An event as the API gives it: the envelope that every delivery has.

use jiff::Timestamp;
use linekeeper_model::event::{Event, EventType};
use serde::Serialize;
use serde_json::{Value, json};
use utoipa::ToSchema;
use uuid::Uuid;

use crate::http::document::schema;

/// Something that happened.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = Event)]
pub(super) struct EventJson {
    /// The same wherever this event is delivered.
    #[schema(example = "01890a5d-ac96-774b-bcce-b302099a8057")]
    id: Uuid,
    /// Its place in the log. Later events have greater ones; a missing one means nothing.
    #[schema(example = 42)]
    seq: u64,
    /// What `data` holds, as docs/API.md tells. New types come: skip those that you do not know.
    #[serde(rename = "type")]
    #[schema(schema_with = schema::event_type)]
    event_type: &'static str,
    #[schema(example = "01890a5d-ac96-774b-bcce-b302099a8001")]
    workspace_id: Uuid,
    /// The account that it is about. Null where it is about none.
    #[schema(required = true, example = "01890a5d-ac96-774b-bcce-b302099a8002")]
    account_id: Option<Uuid>,
    #[schema(value_type = String, format = DateTime, example = "2026-01-01T12:00:00Z")]
    occurred_at: Timestamp,
    /// The event's own fields. More may come.
    #[schema(value_type = Object, example = json!({
        "qrCodeExpiry": "2026-01-01T12:02:00Z", "refreshAt": "2026-01-01T12:01:00Z"
    }))]
    data: Value,
}

impl From<Event> for EventJson {
    fn from(event: Event) -> Self {
        let event_type: EventType = event.payload.event_type();
        Self {
            id: event.id.as_uuid(),
            seq: event.seq.get(),
            event_type: event_type.code(),
            workspace_id: event.workspace_id.as_uuid(),
            account_id: event.account_id.map(|id| id.as_uuid()),
            occurred_at: event.occurred_at,
            data: json!(event.payload)["data"].take(),
        }
    }
}
