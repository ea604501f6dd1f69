//! `GET /api/v1/analytics/accounts`: how well the accounts that the caller can reach were connected, each by
//! itself and all together.

use axum::extract::State;
use axum::http::{HeaderMap, header};
use axum::response::{IntoResponse, Response};
use linekeeper_model::account::Account;
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
use crate::http::request::query::Query;
use crate::http::state::Shared;

/// Statistics about the connections of accounts in a period.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(in crate::http) struct AccountsAnalytics {
    period: PeriodJson,
    /// All accounts together, over the whole period.
    total: ConnectionFigures,
    /// All accounts together, for each hour, day or week, earliest first.
    buckets: Vec<ConnectionBucket>,
    /// Each account, over the whole period. The accounts are in the order in which they were created.
    data: Vec<AccountFigures>,
}

/// The figures of one account over the whole period.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
struct AccountFigures {
    #[schema(value_type = uuid::Uuid, example = "01890a5d-ac96-774b-bcce-b302099a8057")]
    account_id: AccountId,
    #[schema(example = "Shop")]
    display_name: String,
    figures: ConnectionFigures,
}

/// Analytics of accounts
///
/// Returns how well the accounts that you have access to were connected: each account over the whole period, and
/// all accounts together for each hour, day or week of the period. With `Accept: text/csv`, the answer is a table
/// with a row for each account. The figures are at most a few seconds behind and are kept for two years. If an
/// account is deleted, its figures are deleted too.
#[utoipa::path(
    get, path = "/api/v1/analytics/accounts", tag = "analytics", operation_id = "accountsAnalytics",
    security(("bearer" = ["whatsapp:read"]), ("apiKey" = ["whatsapp:read"])),
    params(Wanted),
    responses(
        (status = 200, description = "The figures of the accounts.", content(
            (AccountsAnalytics = "application/json"), (String = "text/csv"))),
        Refusals<NotAcceptable>,
    ),
)]
pub(in crate::http) async fn handle(
    State(http): State<Shared>,
    caller: Permitted<Read>,
    headers: HeaderMap,
    Query(wanted): Query<Wanted>,
) -> Result<Response, ApiError> {
    let csv = wants_csv(&headers)?;
    let now = http.clock.now();
    let mut tx = http.storage.read().await?;
    let period = wanted.period(&mut tx, caller.workspace_id, now).await?;
    let report = Report::open(&mut tx, caller.reach(), &period.buckets, now).await?;
    let (mut total, mut all) = (Totals::default(), vec![Totals::default(); period.buckets.len()]);
    let mut data = Vec::new();
    let visit = |account: Account, totals: Vec<Totals>| {
        for (sum, totals) in all.iter_mut().zip(&totals) {
            sum.merge(totals);
        }
        let own: Totals = totals.iter().sum();
        total.merge(&own);
        data.push(AccountFigures {
            account_id: account.id,
            display_name: account.display_name.as_str().to_owned(),
            figures: (&own).into(),
        });
    };
    report.of_accounts(&mut tx, caller.reach(), visit).await?;
    drop(tx);
    if csv {
        let columns = [&["accountId", "displayName"], ConnectionFigures::COLUMNS].concat();
        return Ok(csv::answer(&columns, data.iter().map(AccountFigures::cells)));
    }
    let buckets = ConnectionBucket::all(&period.buckets, &all);
    let answer = AccountsAnalytics { period: period.json(), total: (&total).into(), buckets, data };
    Ok(([(header::VARY, "accept")], axum::Json(answer)).into_response())
}

impl AccountFigures {
    fn cells(&self) -> Vec<String> {
        let mut cells = vec![self.account_id.to_string(), self.display_name.clone()];
        cells.extend(self.figures.cells());
        cells
    }
}
