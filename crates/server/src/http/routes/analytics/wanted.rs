//! The period that a caller asks for, and its division into buckets (hours, days or weeks). Buckets are always
//! whole. If a period begins or ends inside a bucket, the answer covers the whole bucket.

use axum::http::{HeaderMap, header};
use jiff::tz::TimeZone;
use jiff::{SignedDuration, Timestamp};
use linekeeper_model::analytics::{Bucket, Step, TooMany, cut};
use linekeeper_model::id::WorkspaceId;
use linekeeper_storage::Tx;
use serde::Serialize;
use utoipa::{IntoParams, ToSchema};

use super::csv::CSV;
use crate::http::answer::error::ApiError;
use crate::http::request::accept;
use crate::http::request::fields::{Fault, Fields, FromFields, parsed};
use crate::http::request::value::FromValue as _;

/// The maximum number of buckets in one answer: the hours of 31 days, or the days of two years.
const MOST: usize = 750;

/// The period, and its division into buckets.
#[derive(IntoParams)]
#[into_params(parameter_in = Query)]
pub(in crate::http) struct Wanted {
    /// Where the period begins. The default depends on `step`: one day before `to` for `hour`, 30 days for `day`,
    /// and 12 weeks for `week`.
    #[param(required = false, value_type = String, format = DateTime, example = "2026-06-01T00:00:00Z")]
    from: Option<Timestamp>,
    /// Where the period ends. The default is now.
    #[param(required = false, value_type = String, format = DateTime, example = "2026-07-01T00:00:00Z")]
    to: Option<Timestamp>,
    /// `hour`, `day` or `week`, in the time zone of the workspace. Weeks begin on Monday.
    #[param(required = false, value_type = String, pattern = "^(hour|day|week)$", example = "day")]
    step: Step,
}

impl FromFields for Wanted {
    fn read(fields: &mut Fields) -> Option<Self> {
        let from = fields.optional("from", Timestamp::read);
        let to = fields.optional("to", Timestamp::read);
        let step = fields.optional("step", parsed);
        let (from, to, step) = (from?, to?, step?.unwrap_or(Step::Day));
        if let (Some(from), Some(to)) = (from, to)
            && to <= from
        {
            fields.fail("to", Fault::new("invalid", "must be later than from"));
            return None;
        }
        Some(Self { from, to, step })
    }
}

/// The period of an answer, with its buckets.
pub(super) struct Period {
    step: Step,
    time_zone: String,
    pub(super) buckets: Vec<Bucket>,
}

/// The period that the figures are about, extended to whole hours, days or weeks.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = AnalyticsPeriod)]
pub(super) struct PeriodJson {
    #[schema(value_type = String, format = DateTime, example = "2026-06-01T00:00:00Z")]
    from: Timestamp,
    #[schema(value_type = String, format = DateTime, example = "2026-07-01T00:00:00Z")]
    to: Timestamp,
    /// The length of one step: `hour`, `day` or `week`.
    #[schema(value_type = String, example = "day")]
    step: &'static str,
    /// The time zone of the workspace. It decides when hours, days and weeks begin.
    #[schema(example = "Europe/Madrid")]
    time_zone: String,
}

impl Wanted {
    /// Divides the period into buckets, in the workspace's time zone.
    pub(super) async fn period(
        &self,
        tx: &mut Tx,
        workspace: WorkspaceId,
        now: Timestamp,
    ) -> Result<Period, ApiError> {
        let name = tx.workspaces().get(workspace).await?.map(|workspace| workspace.time_zone);
        let zone = name.as_deref().and_then(|name| TimeZone::get(name).ok()).unwrap_or(TimeZone::UTC);
        let to = self.to.unwrap_or(now);
        let from = self.from.or_else(|| to.checked_sub(usual(self.step)).ok()).unwrap_or(Timestamp::MIN);
        if to <= from {
            return Err(ApiError::field("from", "invalid", "must be earlier than now where to is not given"));
        }
        let buckets = cut(from, to, self.step, &zone, MOST).map_err(|TooMany| {
            let rule = format!(
                "must be longer, or from and to closer together: an answer has at most {MOST} buckets"
            );
            ApiError::field("step", "out_of_range", &rule)
        })?;
        let time_zone = zone.iana_name().unwrap_or("UTC").to_owned();
        Ok(Period { step: self.step, time_zone, buckets })
    }
}

impl Period {
    pub(super) fn json(&self) -> PeriodJson {
        PeriodJson {
            from: self.buckets.first().map_or(Timestamp::MIN, |bucket| bucket.from.begin()),
            to: self.buckets.last().map_or(Timestamp::MIN, |bucket| bucket.to.begin()),
            step: self.step.code(),
            time_zone: self.time_zone.clone(),
        }
    }
}

/// The default length of the period.
const fn usual(step: Step) -> SignedDuration {
    const DAY: i64 = 24;
    SignedDuration::from_hours(match step {
        Step::Hour => DAY,
        Step::Day => 30 * DAY,
        Step::Week => 12 * 7 * DAY,
    })
}

/// Whether the caller prefers CSV.
pub(super) fn wants_csv(headers: &HeaderMap) -> Result<bool, ApiError> {
    const OFFERED: &[&str] = &["application/json", CSV];
    let accepted = headers.get(header::ACCEPT).and_then(|value| value.to_str().ok());
    let chosen = accept::choose(accepted, OFFERED).ok_or(ApiError::NotAcceptable { offered: OFFERED })?;
    Ok(chosen == CSV)
}
