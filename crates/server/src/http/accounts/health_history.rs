//! `GET /api/v1/whatsapp/health/{accountId}/history`: which levels an account had, for how long and why. Read from the
//! event log, so it reaches back as far as that is kept.

use axum::Json;
use axum::extract::State;
use jiff::Timestamp;
use linekeeper_model::event::{Event, EventType, Payload, Seq};
use linekeeper_model::health::{Finding, HealthStatus};
use serde::Serialize;
use utoipa::{IntoParams, ToSchema};

use super::health::FindingJson;
use super::reach;
use crate::http::auth::{Permitted, Read};
use crate::http::error::ApiError;
use crate::http::fields::{Fault, Fields, FromFields, text};
use crate::http::path::AccountPath;
use crate::http::query::Query;
use crate::http::schema;
use crate::http::state::Shared;

/// Changes on a page unless the caller says otherwise.
const DEFAULT_LIMIT: u32 = 50;
/// Most changes on a page.
const MOST: u32 = 200;

/// Which part of the history.
#[derive(IntoParams)]
#[into_params(parameter_in = Query)]
pub(in crate::http) struct Page {
    /// Changes on a page.
    #[param(required = false, minimum = 1, maximum = 200, example = 50)]
    limit: u32,
    /// `nextCursor` of the page before.
    #[param(required = false, value_type = String)]
    cursor: Option<Seq>,
}

impl FromFields for Page {
    fn read(fields: &mut Fields) -> Option<Self> {
        let limit = fields.optional("limit", |value| match text(value)?.parse() {
            Ok(limit) if (1..=MOST).contains(&limit) => Ok(limit),
            _ => Err(Fault::new("out_of_range", "must be a whole number from 1 to 200")),
        });
        let cursor = fields.optional("cursor", |value| {
            let place = text(value)?.parse::<i64>().ok().and_then(|place| u64::try_from(place).ok());
            place
                .map(Seq::new)
                .ok_or_else(|| Fault::new("invalid", "must be the nextCursor of an earlier page"))
        });
        Some(Self { limit: limit?.unwrap_or(DEFAULT_LIMIT), cursor: cursor? })
    }
}

/// A page of an account's levels, the latest first.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(in crate::http) struct HealthHistory {
    data: Vec<HealthPeriod>,
    /// Ask for the next page with `cursor` set to this. Null on the last page.
    #[schema(required = true)]
    next_cursor: Option<String>,
}

/// A time in which an account had one level.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
struct HealthPeriod {
    #[schema(schema_with = schema::health_status)]
    health_status: HealthStatus,
    /// The level before.
    #[schema(schema_with = schema::health_status)]
    previous_status: HealthStatus,
    /// Why, when it began; the worst first.
    reasons: Vec<FindingJson>,
    #[schema(value_type = String, format = DateTime, example = "2026-01-01T12:00:00Z")]
    since: Timestamp,
    /// Null where it still lasts.
    #[schema(required = true, value_type = Option<String>, format = DateTime)]
    until: Option<Timestamp>,
    /// Null where it still lasts.
    #[schema(required = true, example = 60_000)]
    duration_ms: Option<u64>,
}

/// Health of an account over time
#[utoipa::path(
    get, path = "/api/v1/whatsapp/health/{accountId}/history", tag = "whatsapp", operation_id = "accountHealthHistory",
    security(("bearer" = ["whatsapp:read"]), ("apiKey" = ["whatsapp:read"])),
    params(("accountId" = uuid::Uuid, Path, description = "The account."), Page),
    responses(
        (status = 200, description = "A page of the levels that it had.", body = HealthHistory),
        (status = 404, description = "`account_not_found`."),
    ),
)]
pub(in crate::http) async fn handle(
    State(http): State<Shared>,
    caller: Permitted<Read>,
    AccountPath(id): AccountPath,
    Query(page): Query<Page>,
) -> Result<Json<HealthHistory>, ApiError> {
    reach::account(&http, &caller, id).await?;
    // The cursor is the last change of the page before, read again for the time at which the next one's ended; and one
    // more than asked for tells whether another page follows.
    let before = page.cursor.map(|cursor| Seq::new(cursor.get().saturating_add(1)));
    let mut tx = http.storage.read().await?;
    let wanted = page.limit + 1 + u32::from(page.cursor.is_some());
    let found = tx.events().latest(id, EventType::AccountHealth, before, wanted).await?;
    drop(tx);
    let limit = page.limit as usize;
    let mut until = None;
    let mut data = Vec::with_capacity(limit);
    let mut last = None;
    let mut more = false;
    for event in found {
        let (seq, began) = (event.seq, event.occurred_at);
        if page.cursor.is_some_and(|cursor| seq >= cursor) {
            until = Some(began);
            continue;
        }
        more = data.len() == limit;
        if more {
            break;
        }
        data.extend(HealthPeriod::of(event, until));
        (last, until) = (Some(seq), Some(began));
    }
    let next_cursor = last.filter(|_| more).map(|seq| seq.to_string());
    Ok(Json(HealthHistory { data, next_cursor }))
}

impl HealthPeriod {
    fn of(event: Event, until: Option<Timestamp>) -> Option<Self> {
        let Payload::AccountHealth { from, to, reasons } = event.payload else { return None };
        let since = event.occurred_at;
        let lasted = |until: Timestamp| u64::try_from(until.duration_since(since).as_millis()).unwrap_or(0);
        Some(Self {
            health_status: to,
            previous_status: from,
            reasons: reasons.into_iter().map(|finding: Finding| finding.into()).collect(),
            since,
            until,
            duration_ms: until.map(lasted),
        })
    }
}
