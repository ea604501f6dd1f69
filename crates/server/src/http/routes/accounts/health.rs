//! `GET /api/v1/whatsapp/health/{accountId}`: the health level of one account, the reasons for it, and the numbers
//! that it depends on.

use axum::Json;
use axum::extract::State;
use jiff::Timestamp;
use linekeeper_model::account::{Capping, Restriction};
use linekeeper_model::health::{self, Finding, FindingCode, HealthStatus, Snapshot};
use linekeeper_model::status::{Action, ConnectionStatus, Status};
use serde::Serialize;
use utoipa::ToSchema;
use uuid::Uuid;

use super::reach;
use crate::http::answer::error::ApiError;
use crate::http::answer::error::named::*;
use crate::http::auth::{Permitted, Read};
use crate::http::document::Refusals;
use crate::http::document::schema;
use crate::http::request::path::AccountPath;
use crate::http::state::Shared;

/// The health of an account.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = Health)]
pub(in crate::http) struct HealthJson {
    #[schema(example = "01890a5d-ac96-774b-bcce-b302099a8057")]
    account_id: Uuid,
    /// The level of the first reason; `Healthy` if there is none.
    #[schema(schema_with = schema::health_status)]
    health_status: HealthStatus,
    /// The reasons for the level, worst first. No code is ever renamed. docs/API.md lists the codes with their
    /// levels.
    reasons: Vec<FindingJson>,
    #[schema(schema_with = schema::connection_status)]
    connection_status: ConnectionStatus,
    /// Whether the server runs a WhatsApp client for the account at the moment.
    client_active: bool,
    /// How long the account has been connected. Null if it is not connected.
    #[schema(required = true, example = 86_400)]
    uptime_seconds: Option<u64>,
    /// When the server last got a sign that the phone itself was online. Null if there was never such a sign.
    #[schema(required = true, value_type = Option<String>, format = DateTime)]
    phone_last_seen_at: Option<Timestamp>,
    restriction: RestrictionJson,
    #[schema(example = 12)]
    messages_sent_today: u32,
    #[schema(example = 34)]
    messages_received_today: u32,
    #[schema(example = 1000)]
    daily_limit: u32,
    /// The percentage of the daily limit that is used. It can be above 100 if the limit was lowered today.
    #[schema(example = 1.2)]
    usage_percentage: f64,
    /// The next midnight in the workspace's time zone. `messagesSentToday` and `messagesReceivedToday` then start again at 0.
    #[schema(value_type = String, format = DateTime, example = "2026-01-02T00:00:00Z")]
    limit_resets_at: Timestamp,
    /// The percentage of failed messages among all messages that the server tried to send in the last hour. Null if the
    /// server tried to send no messages.
    #[schema(required = true, example = 0.5)]
    failure_rate: Option<f64>,
    #[schema(required = true, value_type = Option<String>, format = DateTime)]
    last_connected_at: Option<Timestamp>,
    #[schema(required = true, value_type = Option<String>, format = DateTime)]
    last_disconnected_at: Option<Timestamp>,
}

/// One finding about an account's health.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = HealthReason)]
pub(in crate::http) struct FindingJson {
    /// The code of the finding: a reason of the account's status, or a code that exists only for health.
    #[schema(schema_with = schema::finding_code)]
    code: FindingCode,
    /// A sentence that explains the finding to people.
    #[schema(example = "The connection to WhatsApp was lost; trying again.")]
    message: String,
    /// What a person should do.
    #[schema(schema_with = schema::action)]
    action: Action,
}

/// The restrictions that WhatsApp puts on an account at the moment.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = Restriction)]
struct RestrictionJson {
    /// How close the account is to WhatsApp's cap on new chats.
    #[schema(schema_with = schema::capping)]
    capping: Capping,
    /// WhatsApp limits how many new chats an account may start in a period. This is the end of the current period. Null
    /// if WhatsApp gave no time.
    #[schema(required = true, value_type = Option<String>, format = DateTime)]
    capped_until: Option<Timestamp>,
    /// The time until which WhatsApp does not let the account write to strangers. Null if there is no such limit.
    #[schema(required = true, value_type = Option<String>, format = DateTime)]
    time_locked_until: Option<Timestamp>,
}

impl From<Restriction> for RestrictionJson {
    fn from(restriction: Restriction) -> Self {
        let Restriction { capping, capped_until, time_locked_until } = restriction;
        Self { capping, capped_until, time_locked_until }
    }
}

impl From<Finding> for FindingJson {
    fn from(finding: Finding) -> Self {
        Self { code: finding.code, message: finding.message, action: finding.action }
    }
}

/// Health of an account
///
/// Returns the account's health level, the reasons for it (the worst first), and the numbers that it depends on.
#[utoipa::path(
    get, path = "/api/v1/whatsapp/health/{accountId}", tag = "whatsapp", operation_id = "accountHealth",
    security(("bearer" = ["whatsapp:read"]), ("apiKey" = ["whatsapp:read"])),
    params(("accountId" = uuid::Uuid, Path, description = "The account's id.")),
    responses(
        (status = 200, description = "The level, the reasons and the numbers.", body = HealthJson),
        Refusals<AccountNotFound>,
    ),
)]
pub(in crate::http) async fn handle(
    State(http): State<Shared>,
    caller: Permitted<Read>,
    AccountPath(id): AccountPath,
) -> Result<Json<HealthJson>, ApiError> {
    let (account, calendar) = reach::account_and_calendar(&http, &caller, id).await?;
    let now = http.clock.now();
    let last_hour = http.accounts.last_hour(id, now);
    let snapshot = Snapshot::of(&account, last_hour);
    let assessment = health::assess(&snapshot, now);
    Ok(Json(HealthJson {
        account_id: id.as_uuid(),
        health_status: assessment.level,
        reasons: assessment.findings.into_iter().map(Into::into).collect(),
        connection_status: account.status.state,
        client_active: http.accounts.client_active(id),
        uptime_seconds: uptime(&account.status, now),
        phone_last_seen_at: account.phone_seen_at,
        restriction: snapshot.restriction_at(now).into(),
        messages_sent_today: account.usage.sent,
        messages_received_today: account.usage.received,
        daily_limit: account.daily_limit.get(),
        usage_percentage: account.usage.percentage(account.daily_limit),
        limit_resets_at: calendar.next_midnight(now),
        failure_rate: last_hour.failure_rate(),
        last_connected_at: account.last_connected_at,
        last_disconnected_at: account.last_disconnected_at,
    }))
}

/// Returns the seconds since the login, or `None` while the account is not online. If a clock was set back, the result
/// is zero and not negative.
fn uptime(status: &Status, now: Timestamp) -> Option<u64> {
    let online = status.state == ConnectionStatus::Connected;
    online.then(|| u64::try_from(now.duration_since(status.since).as_secs()).unwrap_or(0))
}

#[cfg(test)]
mod tests {
    use jiff::SignedDuration;
    use linekeeper_model::status::Reason;

    use super::*;

    #[test]
    fn uptime_counts_from_the_login_and_is_never_negative() {
        let login = Timestamp::constant(1_780_315_200, 0);
        let now = login + SignedDuration::from_millis(90_999);
        assert_eq!(uptime(&Status::of(Reason::Online, login), now), Some(90));
        let later = Status::of(Reason::Online, login + SignedDuration::from_hours(24));
        assert_eq!(uptime(&later, now), Some(0), "the clock was set back");
        assert_eq!(uptime(&Status::of(Reason::NetworkLost, login), now), None);
    }
}
