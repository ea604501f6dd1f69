//! `GET /api/v1/whatsapp/accounts/{accountId}/timeline`: the states of an account, their reasons and how long each
//! lasted. They are read from the event log, so the timeline goes back as far as events are kept.

use axum::Json;
use axum::extract::State;
use jiff::Timestamp;
use linekeeper_model::event::{EventType, Payload};
use linekeeper_model::status::{Action, ConnectionStatus, Reason};
use serde::Serialize;
use utoipa::ToSchema;

use super::history::{self, Page, Period};
use super::reach;
use crate::http::answer::error::ApiError;
use crate::http::answer::error::named::*;
use crate::http::auth::{Permitted, Read};
use crate::http::document::Refusals;
use crate::http::document::schema;
use crate::http::request::path::AccountPath;
use crate::http::request::query::Query;
use crate::http::state::Shared;

/// A page of the account's states, latest first.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(in crate::http) struct Timeline {
    data: Vec<TimelineEntry>,
    /// Send this as `cursor` to get the next page. Null on the last page.
    #[schema(required = true)]
    next_cursor: Option<String>,
}

/// A period in which the account was in one state.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
struct TimelineEntry {
    #[schema(schema_with = schema::connection_status)]
    state: ConnectionStatus,
    #[schema(schema_with = schema::reason)]
    reason: Reason,
    /// A sentence that explains the state to people.
    #[schema(example = "The connection to WhatsApp was lost; trying again.")]
    message: String,
    #[schema(schema_with = schema::action)]
    action: Action,
    #[schema(value_type = String, format = DateTime, example = "2026-01-01T12:00:00Z")]
    since: Timestamp,
    /// When the state ended. Null if it still lasts.
    #[schema(required = true, value_type = Option<String>, format = DateTime, example = "2026-01-01T12:00:04Z")]
    until: Option<Timestamp>,
    /// How long the state lasted. Null if it still lasts.
    #[schema(required = true, example = 4_000)]
    duration_ms: Option<u64>,
    /// How many attempts to connect had failed in a row.
    #[schema(example = 1)]
    attempt: u32,
}

/// States of an account over time
///
/// Returns the states that the account was in, newest first. Each entry has the reason for the state and how long the
/// state lasted. The list goes back as far as the server keeps events.
#[utoipa::path(
    get, path = "/api/v1/whatsapp/accounts/{accountId}/timeline", tag = "whatsapp", operation_id = "accountTimeline",
    security(("bearer" = ["whatsapp:read"]), ("apiKey" = ["whatsapp:read"])),
    params(("accountId" = uuid::Uuid, Path, description = "The account's id."), Page),
    responses(
        (status = 200, description = "A page of the account's states.", body = Timeline),
        Refusals<AccountNotFound>,
    ),
)]
pub(in crate::http) async fn handle(
    State(http): State<Shared>,
    caller: Permitted<Read>,
    AccountPath(id): AccountPath,
    Query(page): Query<Page>,
) -> Result<Json<Timeline>, ApiError> {
    reach::account(&http, &caller, id).await?;
    let (periods, next_cursor) = history::read(&http, id, EventType::AccountStatus, &page).await?;
    let data = periods.into_iter().filter_map(TimelineEntry::of).collect();
    Ok(Json(Timeline { data, next_cursor }))
}

impl TimelineEntry {
    /// Makes an entry from an event and its period. Returns `None` if the event is not a change of status.
    fn of(period: Period) -> Option<Self> {
        let Payload::AccountStatus { to, .. } = &period.event.payload else { return None };
        let to = to.clone();
        Some(Self {
            state: to.state,
            reason: to.reason,
            message: to.message,
            action: to.action,
            since: to.since,
            until: period.until,
            duration_ms: period.millis_from(to.since),
            attempt: to.attempt,
        })
    }
}
