//! `GET /api/v1/analytics/accounts/{accountId}`: how well one account was connected, by hour, day or week.

use axum::extract::State;
use axum::http::{HeaderMap, header};
use axum::response::{IntoResponse, Response};
use linekeeper_model::analytics::Totals;
use linekeeper_model::id::AccountId;
use serde::Serialize;
use utoipa::ToSchema;

use super::connection_json::{ConnectionBucket, ConnectionFigures};
use super::csv;
use super::wanted::{PeriodJson, Wanted, wants_csv};
use crate::analytics::Report;
use crate::http::answer::error::ApiError;
use crate::http::answer::error::named::*;
use crate::http::auth::{Permitted, Read};
use crate::http::document::Refusals;
use crate::http::request::path::AccountPath;
use crate::http::request::query::Query;
use crate::http::routes::accounts::reach;
use crate::http::state::Shared;

/// Statistics about the connection of one account in a period.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(in crate::http) struct AccountAnalytics {
    period: PeriodJson,
    #[schema(value_type = uuid::Uuid, example = "01890a5d-ac96-774b-bcce-b302099a8057")]
    account_id: AccountId,
    #[schema(example = "Shop")]
    display_name: String,
    /// The figures for the whole period.
    total: ConnectionFigures,
    /// The figures for each hour, day or week of the period, earliest first.
    buckets: Vec<ConnectionBucket>,
}

/// Analytics of one account
///
/// Returns how well the account was connected: uptime, time in each state, reconnects by reason, how often it was
/// linked and lost its link, and how many of its events webhooks accepted. The answer has these figures for the
/// whole period and for each hour, day or week of the period. With `Accept: text/csv`, it is a table with a row
/// for each hour, day or week. The figures are at most a few seconds behind and are kept for two years.
#[utoipa::path(
    get, path = "/api/v1/analytics/accounts/{accountId}", tag = "analytics", operation_id = "accountAnalytics",
    security(("bearer" = ["whatsapp:read"]), ("apiKey" = ["whatsapp:read"])),
    params(("accountId" = uuid::Uuid, Path, description = "The account's id."), Wanted),
    responses(
        (status = 200, description = "The figures of the account.", content(
            (AccountAnalytics = "application/json"), (String = "text/csv"))),
        Refusals<(AccountNotFound, NotAcceptable)>,
    ),
)]
pub(in crate::http) async fn handle(
    State(http): State<Shared>,
    caller: Permitted<Read>,
    AccountPath(id): AccountPath,
    headers: HeaderMap,
    Query(wanted): Query<Wanted>,
) -> Result<Response, ApiError> {
    let csv = wants_csv(&headers)?;
    let account = reach::account(&http, &caller, id).await?;
    let now = http.clock.now();
    let mut tx = http.storage.read().await?;
    let period = wanted.period(&mut tx, caller.workspace_id, now).await?;
    let report = Report::open(&mut tx, caller.reach(), &period.buckets, now).await?;
    let totals = report.of_account(&mut tx, id, &account.status).await?;
    drop(tx);
    let buckets = ConnectionBucket::all(&period.buckets, &totals);
    if csv {
        let columns = [&["from", "to"], ConnectionFigures::COLUMNS].concat();
        return Ok(csv::answer(&columns, buckets.iter().map(ConnectionBucket::cells)));
    }
    let total: Totals = totals.iter().sum();
    let answer = AccountAnalytics {
        period: period.json(),
        account_id: id,
        display_name: account.display_name.as_str().to_owned(),
        total: (&total).into(),
        buckets,
    };
    Ok(([(header::VARY, "accept")], axum::Json(answer)).into_response())
}
