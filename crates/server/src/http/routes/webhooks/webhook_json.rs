//! A webhook in the JSON of the API, without its secret, and with only the names of its headers.

use std::collections::BTreeMap;

use jiff::Timestamp;
use linekeeper_model::message::ChatType;
use linekeeper_model::webhook::{Endpoint, EndpointState};
use linekeeper_storage::{Interest, Tx};
use serde::Serialize;
use utoipa::ToSchema;
use uuid::Uuid;

use crate::http::answer::error::ApiError;

/// The server counts waiting events up to this number.
const MOST_WAITING: u32 = 100_000;
/// The text that is shown instead of the values of headers.
const MASK: &str = "***";

/// The last request that failed.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = WebhookFailure)]
pub(super) struct FailureJson {
    #[schema(value_type = String, format = DateTime, example = "2026-01-01T12:00:00Z")]
    at: Timestamp,
    /// Why the request failed: `dns`, `connect`, `tls`, `timeout`, `refused_address` (webhooks may not reach the
    /// address), or `status` (the status is not 2xx).
    #[schema(example = "status")]
    kind: &'static str,
    /// The HTTP status of the answer. Null if there was no answer.
    #[schema(required = true, example = 503)]
    status: Option<u16>,
}

/// A webhook. It says which events the server sends, and to which URL.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = Webhook)]
pub(in crate::http) struct WebhookJson {
    #[schema(example = "01890a5d-ac96-774b-bcce-b302099a8057")]
    id: Uuid,
    /// Where the server sends events. Null if the encrypted settings cannot be read.
    #[schema(required = true, example = "https://crm.example.org/hooks/whatsapp")]
    url: Option<String>,
    #[schema(required = true, example = "CRM")]
    description: Option<String>,
    #[schema(example = json!(["message.*", "account.status"]))]
    types: Vec<String>,
    /// Only events about these accounts. Null means all accounts of the workspace, including accounts that are
    /// created later.
    #[schema(required = true, example = json!(["01890a5d-ac96-774b-bcce-b302099a8111"]))]
    accounts: Option<Vec<Uuid>>,
    #[schema(value_type = Vec<String>, example = json!(["direct", "group"]))]
    chat_types: Vec<ChatType>,
    /// The names of the headers that are sent with each request. The values are masked.
    #[schema(value_type = Object, example = json!({ "x-tenant": "***" }))]
    headers: BTreeMap<String, &'static str>,
    /// The number of seconds in which the endpoint must answer, from 1 to 30.
    #[schema(example = 15)]
    timeout_seconds: u32,
    /// The state of the webhook: `active`, `paused` (somebody paused the webhook), `failing` (requests have failed for
    /// a day), or `disabled` (the server sends nothing until somebody resumes the webhook).
    #[schema(example = "active")]
    state: &'static str,
    /// Why the webhook is disabled. `gone`: the endpoint returned 410. `maker_lost_rights`: the webhook uses the rights
    /// of a member or of an API key, and this member or API key may no longer manage webhooks. `unreadable`: the server
    /// cannot read the encrypted settings. Null if the webhook is not disabled.
    #[schema(required = true)]
    reason: Option<&'static str>,
    /// The number of events that still have to be sent to the endpoint. The server counts only up to 100,000. The
    /// number may be too high, because it may include events from kinds of chats that the endpoint does not get.
    #[schema(example = 0)]
    lag: u32,
    #[schema(required = true, value_type = Option<String>, format = DateTime, example = "2026-01-01T12:00:00Z")]
    last_success_at: Option<Timestamp>,
    #[schema(required = true)]
    last_failure: Option<FailureJson>,
    /// The time until which the previous secret also signs requests. Null if only the current secret signs.
    #[schema(required = true, value_type = Option<String>, format = DateTime)]
    previous_secret_until: Option<Timestamp>,
    /// The member whose rights decide which events the endpoint gets. This is the member who created the webhook, or
    /// who last changed its address, its choice of events or its headers. If that member lost the right to manage
    /// webhooks, this is the member who resumed the webhook afterwards.
    #[schema(example = "01890a5d-ac96-774b-bcce-b302099a8000")]
    user_id: Uuid,
    #[schema(value_type = String, format = DateTime, example = "2026-01-01T12:00:00Z")]
    created_at: Timestamp,
    #[schema(value_type = String, format = DateTime, example = "2026-01-01T12:00:00Z")]
    updated_at: Timestamp,
}

impl WebhookJson {
    /// The webhook, with the number of events that wait for it now.
    pub(super) async fn of(tx: &mut Tx, endpoint: Endpoint, now: Timestamp) -> Result<Self, ApiError> {
        let cursor = tx.cursors().get(&Endpoint::reader(endpoint.id)).await?;
        let interest = Interest {
            workspace: Some(endpoint.workspace_id),
            types: endpoint.filter.event_types(),
            accounts: endpoint.filter.accounts.clone(),
        };
        let in_rows = tx.deliveries().count_waiting(endpoint.id, MOST_WAITING).await?;
        let in_log = tx.events().count_wanted(&interest, cursor, MOST_WAITING - in_rows).await?;
        Ok(Self::with_lag(endpoint, in_rows + in_log, now))
    }

    fn with_lag(endpoint: Endpoint, lag: u32, now: Timestamp) -> Self {
        let state = endpoint.state(now);
        let private = endpoint.private.as_ref();
        let previous = private.and_then(|private| private.previous_secret.as_ref()).map(|(_, until)| *until);
        let names = private.map(|private| private.headers.iter().map(|header| header.name.clone()));
        Self {
            id: endpoint.id.as_uuid(),
            url: private.map(|private| private.url.as_url().to_string()),
            headers: names.into_iter().flatten().map(|name| (name, MASK)).collect(),
            previous_secret_until: previous.filter(|until| now < *until),
            description: endpoint.description,
            types: endpoint.filter.types.iter().map(ToString::to_string).collect(),
            accounts: endpoint.filter.accounts.map(|ids| ids.iter().map(|id| id.as_uuid()).collect()),
            chat_types: endpoint.filter.chat_types,
            timeout_seconds: endpoint.timeout_seconds,
            state: state.code(),
            reason: match state {
                EndpointState::Disabled(reason) => Some(reason.code()),
                _ => None,
            },
            lag,
            last_success_at: endpoint.health.last_success_at,
            last_failure: endpoint.health.last_failure.map(|failure| FailureJson {
                at: failure.at,
                kind: failure.kind.code(),
                status: failure.status,
            }),
            user_id: endpoint.maker.user.as_uuid(),
            created_at: endpoint.created_at,
            updated_at: endpoint.updated_at,
        }
    }
}
