//! An event in the JSON of the API. Webhooks and live connections send events in the same form.

use jiff::Timestamp;
use linekeeper_model::event::{Event, EventType};
use serde::Serialize;
use serde_json::{Value, json};
use utoipa::ToSchema;
use uuid::Uuid;

use crate::http::document::schema;

/// One entry of the event log: something that happened, such as a received message.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = Event)]
pub(super) struct EventJson {
    /// The event's id. It is the same wherever the event is delivered.
    #[schema(example = "01890a5d-ac96-774b-bcce-b302099a8057")]
    id: Uuid,
    /// The number of the event in the event log. Later events have greater numbers. Numbers can be missing. A missing
    /// number does not mean that an event is missing.
    #[schema(example = 42)]
    seq: u64,
    /// The type, which decides what `data` contains; see docs/API.md. Later versions of the server may add types,
    /// so skip types that you do not know.
    #[serde(rename = "type")]
    #[schema(schema_with = schema::event_type)]
    event_type: &'static str,
    #[schema(example = "01890a5d-ac96-774b-bcce-b302099a8001")]
    workspace_id: Uuid,
    /// The account that the event is about. Null if the event is about no account.
    #[schema(required = true, example = "01890a5d-ac96-774b-bcce-b302099a8002")]
    account_id: Option<Uuid>,
    #[schema(value_type = String, format = DateTime, example = "2026-01-01T12:00:00Z")]
    occurred_at: Timestamp,
    /// The fields that events of this type have. Later versions may add fields.
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
