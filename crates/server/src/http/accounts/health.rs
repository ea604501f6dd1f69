//! `GET /api/v1/whatsapp/health/{accountId}`: how one account is doing, why, and the figures behind it.

use axum::Json;
use axum::extract::State;
use jiff::Timestamp;
use linekeeper_model::health::{self, Finding, HealthStatus};
use linekeeper_model::status::{Action, ConnectionStatus};
use serde::Serialize;
use utoipa::ToSchema;
use uuid::Uuid;

use super::reach;
use crate::http::auth::{Permitted, Read};
use crate::http::error::ApiError;
use crate::http::path::AccountPath;
use crate::http::schema;
use crate::http::state::Shared;

/// How an account is doing.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = Health)]
pub(in crate::http) struct HealthJson {
    #[schema(example = "01890a5d-ac96-774b-bcce-b302099a8057")]
    account_id: Uuid,
    /// The worst of the reasons; `Healthy` where there is none.
    #[schema(schema_with = schema::health_status)]
    health_status: HealthStatus,
    reasons: Vec<FindingJson>,
    #[schema(schema_with = schema::connection_status)]
    connection_status: ConnectionStatus,
    /// Whether a client of this account runs in the server.
    client_active: bool,
    #[schema(example = 12)]
    messages_sent_today: u32,
    #[schema(example = 34)]
    messages_received_today: u32,
    #[schema(example = 1000)]
    daily_limit: u32,
    /// Of the daily limit; above 100 where the limit was lowered.
    #[schema(example = 1.2)]
    usage_percentage: f64,
    #[schema(required = true, value_type = Option<String>, format = DateTime)]
    last_connected_at: Option<Timestamp>,
    #[schema(required = true, value_type = Option<String>, format = DateTime)]
    last_disconnected_at: Option<Timestamp>,
}

/// One finding about an account.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = HealthReason)]
struct FindingJson {
    /// A connection's reason, or `daily_limit_near`.
    #[schema(example = "network_lost")]
    code: String,
    /// A sentence for people.
    #[schema(example = "The connection to WhatsApp was lost; trying again.")]
    message: String,
    /// What a person should do.
    #[schema(schema_with = schema::action)]
    action: Action,
}

impl From<Finding> for FindingJson {
    fn from(finding: Finding) -> Self {
        Self { code: finding.code, message: finding.message, action: finding.action }
    }
}

/// Health of an account
#[utoipa::path(
    get, path = "/api/v1/whatsapp/health/{accountId}", tag = "whatsapp", operation_id = "accountHealth",
    security(("bearer" = ["whatsapp:read"]), ("apiKey" = ["whatsapp:read"])),
    params(("accountId" = uuid::Uuid, Path, description = "The account.")),
    responses(
        (status = 200, description = "Level, reasons and figures.", body = HealthJson),
        (status = 404, description = "`account_not_found`."),
    ),
)]
pub(in crate::http) async fn handle(
    State(http): State<Shared>,
    caller: Permitted<Read>,
    AccountPath(id): AccountPath,
) -> Result<Json<HealthJson>, ApiError> {
    let account = reach::account(&http, &caller, id).await?;
    let findings = health::findings(&account.status, account.usage, account.daily_limit);
    Ok(Json(HealthJson {
        account_id: id.as_uuid(),
        health_status: health::level(&findings),
        reasons: findings.into_iter().map(Into::into).collect(),
        connection_status: account.status.state,
        client_active: http.accounts.client_active(id),
        messages_sent_today: account.usage.sent,
        messages_received_today: account.usage.received,
        daily_limit: account.daily_limit.get(),
        usage_percentage: account.usage.percentage(account.daily_limit),
        last_connected_at: account.last_connected_at,
        last_disconnected_at: account.last_disconnected_at,
    }))
}
