//! `GET /api/v1/whatsapp/health/{accountId}/history`: the health levels of an account, their reasons and how long
//! each lasted. They are read from the event log, so the history goes back as far as events are kept.

use axum::Json;
use axum::extract::State;
use jiff::Timestamp;
use linekeeper_model::event::{EventType, Payload};
use linekeeper_model::health::HealthStatus;
use serde::Serialize;
use utoipa::ToSchema;

use super::health::FindingJson;
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

/// A page of the account's health levels, latest first.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(in crate::http) struct HealthHistory {
    data: Vec<HealthPeriod>,
    /// Send this as `cursor` to get the next page. Null on the last page.
    #[schema(required = true)]
    next_cursor: Option<String>,
}

/// A period in which the account had one health level.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
struct HealthPeriod {
    #[schema(schema_with = schema::health_status)]
    health_status: HealthStatus,
    /// The previous level.
    #[schema(schema_with = schema::health_status)]
    previous_status: HealthStatus,
    /// The reasons for the level when the period began, worst first.
    reasons: Vec<FindingJson>,
    #[schema(value_type = String, format = DateTime, example = "2026-01-01T12:00:00Z")]
    since: Timestamp,
    /// When the level ended. Null if it still lasts.
    #[schema(required = true, value_type = Option<String>, format = DateTime)]
    until: Option<Timestamp>,
    /// How long the level lasted. Null if it still lasts.
    #[schema(required = true, example = 60_000)]
    duration_ms: Option<u64>,
}

/// Health of an account over time
///
/// Returns the health levels that the account had, newest first. Each entry has the reasons for the level. The list
/// goes back as far as the server keeps events.
#[utoipa::path(
    get, path = "/api/v1/whatsapp/health/{accountId}/history", tag = "whatsapp", operation_id = "accountHealthHistory",
    security(("bearer" = ["whatsapp:read"]), ("apiKey" = ["whatsapp:read"])),
    params(("accountId" = uuid::Uuid, Path, description = "The account's id."), Page),
    responses(
        (status = 200, description = "A page of the account's health levels.", body = HealthHistory),
        Refusals<AccountNotFound>,
    ),
)]
pub(in crate::http) async fn handle(
    State(http): State<Shared>,
    caller: Permitted<Read>,
    AccountPath(id): AccountPath,
    Query(page): Query<Page>,
) -> Result<Json<HealthHistory>, ApiError> {
    reach::account(&http, &caller, id).await?;
    let (periods, next_cursor) = history::read(&http, id, EventType::AccountHealth, &page).await?;
    let data = periods.into_iter().filter_map(HealthPeriod::of).collect();
    Ok(Json(HealthHistory { data, next_cursor }))
}

impl HealthPeriod {
    /// Returns `None` if the event is not a change of the health level.
    fn of(period: Period) -> Option<Self> {
        let since = period.event.occurred_at;
        let duration_ms = period.millis_from(since);
        let Payload::AccountHealth { from, to, reasons } = period.event.payload else { return None };
        Some(Self {
            health_status: to,
            previous_status: from,
            reasons: reasons.into_iter().map(Into::into).collect(),
            since,
            until: period.until,
            duration_ms,
        })
    }
}
