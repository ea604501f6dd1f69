//! `GET /api/v1/analytics/messages`: what happened to messages, by hour, day or week.

use axum::extract::State;
use axum::http::{HeaderMap, header};
use axum::response::{IntoResponse, Response};
use linekeeper_model::analytics::Totals;
use linekeeper_model::id::AccountId;
use serde::Serialize;
use utoipa::{IntoParams, ToSchema};

use super::csv;
use super::message_json::{MessageBucket, MessageFigures};
use super::wanted::{PeriodJson, Wanted, wants_csv};
use crate::analytics::counted;
use crate::http::answer::error::ApiError;
use crate::http::answer::error::named::*;
use crate::http::auth::{Permitted, ReadMessages};
use crate::http::document::Refusals;
use crate::http::request::fields::{Fields, FromFields, parsed};
use crate::http::request::query::Query;
use crate::http::state::Shared;

/// Which messages to count.
#[derive(IntoParams)]
#[into_params(parameter_in = Query)]
pub(in crate::http) struct Asked {
    /// Only messages of this account. The default is all accounts that you have access to.
    #[param(required = false, rename = "accountId", value_type = uuid::Uuid)]
    account: Option<AccountId>,
    #[param(ignore)]
    wanted: Wanted,
}

impl FromFields for Asked {
    fn read(fields: &mut Fields) -> Option<Self> {
        let account = fields.optional("accountId", parsed);
        let wanted = Wanted::read(fields);
        Some(Self { account: account?, wanted: wanted? })
    }
}

/// What happened to messages in a period.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(in crate::http) struct MessagesAnalytics {
    period: PeriodJson,
    /// The figures for the whole period.
    total: MessageFigures,
    /// The figures for each hour, day or week of the period, earliest first.
    buckets: Vec<MessageBucket>,
}

/// Analytics of messages
///
/// Returns what happened to the messages of the accounts that you have access to: how many messages of each type
/// reached each status, how long delivery and reading took, and how long people waited for an answer. The answer
/// has these figures for the whole period and for each hour, day or week of the period. With `Accept: text/csv`,
/// it is a table. Each hour, day or week has a row for all messages and a row for each type. The figures are at
/// most a few seconds behind and are kept for two years.
#[utoipa::path(
    get, path = "/api/v1/analytics/messages", tag = "analytics", operation_id = "messagesAnalytics",
    security(("bearer" = ["messages:read"]), ("apiKey" = ["messages:read"])),
    params(Asked, Wanted),
    responses(
        (status = 200, description = "The figures about the messages.", content(
            (MessagesAnalytics = "application/json"), (String = "text/csv"))),
        Refusals<(AccountNotFound, NotAcceptable)>,
    ),
)]
pub(in crate::http) async fn handle(
    State(http): State<Shared>,
    caller: Permitted<ReadMessages>,
    headers: HeaderMap,
    Query(Asked { account, wanted }): Query<Asked>,
) -> Result<Response, ApiError> {
    let csv = wants_csv(&headers)?;
    let now = http.clock.now();
    let mut tx = http.storage.read().await?;
    let mut accounts = tx.accounts().ids(caller.reach()).await?;
    if let Some(account) = account {
        if !accounts.contains(&account) {
            return Err(ApiError::AccountNotFound);
        }
        accounts.retain(|id| *id == account);
    }
    let period = wanted.period(&mut tx, caller.workspace_id, now).await?;
    let mut all = vec![Totals::default(); period.buckets.len()];
    for account in accounts {
        for (sum, totals) in all.iter_mut().zip(counted(&mut tx, account, &period.buckets).await?) {
            sum.merge(&totals);
        }
    }
    drop(tx);
    let buckets = MessageBucket::all(&period.buckets, &all);
    if csv {
        return Ok(csv::answer(MessageBucket::COLUMNS, buckets.iter().flat_map(MessageBucket::rows)));
    }
    let total: Totals = all.iter().sum();
    let answer = MessagesAnalytics { period: period.json(), total: (&total).into(), buckets };
    Ok(([(header::VARY, "accept")], axum::Json(answer)).into_response())
}
