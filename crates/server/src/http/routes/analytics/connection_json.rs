//! How well accounts were connected, in the JSON of the API.

use std::collections::BTreeMap;

use jiff::Timestamp;
use linekeeper_model::analytics::{Bucket, Figure, Standing, Totals};
use linekeeper_model::status::ConnectionStatus;
use serde::Serialize;
use utoipa::ToSchema;

use super::csv::number;

/// Statistics about the connection of one account, or of several accounts together.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(super) struct ConnectionFigures {
    /// The share of the time in which the account was connected, from 0 to 1. Time in the state `Disconnected`
    /// does not count. Null if the account was `Disconnected` all the time.
    #[schema(required = true, minimum = 0, maximum = 1, example = 0.9985)]
    uptime: Option<f64>,
    time: StateTimes,
    /// How often a connected account had to connect again, such as after a network error. Restarts of the server are
    /// not counted.
    #[schema(example = 3)]
    reconnects: u64,
    /// The number of reconnects for each reason, as in the status of an account. Reasons without reconnects are left
    /// out.
    #[schema(example = json!({ "network_lost": 3 }))]
    reconnects_by_reason: BTreeMap<&'static str, u64>,
    /// How often the state became `Failed`. If the reason changes while the state is `Failed`, this is counted as
    /// another failure.
    #[schema(example = 1)]
    failures: u64,
    /// The number of failures for each reason, as in the status of an account.
    #[schema(example = json!({ "device_removed": 1 }))]
    failures_by_reason: BTreeMap<&'static str, u64>,
    /// How often a phone was linked to the account.
    #[schema(example = 1)]
    links: u64,
    /// How often the account lost its link: somebody logged it out on this server or on the phone, or WhatsApp
    /// logged it out.
    #[schema(example = 1)]
    losses: u64,
    /// How often the account lost its link, for each reason, as in the status of an account.
    #[schema(example = json!({ "device_removed": 1 }))]
    losses_by_reason: BTreeMap<&'static str, u64>,
    webhooks: WebhookFigures,
}

/// The number of milliseconds that the account spent in each state.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
struct StateTimes {
    #[schema(example = 86_270_000)]
    connected_ms: u64,
    #[schema(example = 130_000)]
    connecting_ms: u64,
    #[schema(example = 0)]
    disconnected_ms: u64,
    #[schema(example = 0)]
    failed_ms: u64,
    /// Milliseconds in which the account should have been connected, but no server was running. Interruptions of less
    /// than 90 seconds do not count.
    #[schema(example = 0)]
    not_running_ms: u64,
}

/// What happened to the account's events that were sent to webhooks.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
struct WebhookFigures {
    /// The number of requests that the endpoint answered with a 2xx status.
    #[schema(example = 120)]
    taken: u64,
    /// The number of requests that failed. After most failed requests, the server sends the event again later.
    #[schema(example = 2)]
    failed: u64,
    /// The number of events that the server has stopped trying to deliver.
    #[schema(example = 0)]
    dead: u64,
    /// The share of the requests that succeeded, from 0 to 1. Null if the server sent no requests.
    #[schema(required = true, minimum = 0, maximum = 1, example = 0.9836)]
    success: Option<f64>,
}

/// The figures of one hour, day or week.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(super) struct ConnectionBucket {
    #[schema(value_type = String, format = DateTime, example = "2026-06-01T00:00:00Z")]
    from: Timestamp,
    #[schema(value_type = String, format = DateTime, example = "2026-06-02T00:00:00Z")]
    to: Timestamp,
    figures: ConnectionFigures,
}

impl ConnectionBucket {
    pub(super) fn all(buckets: &[Bucket], totals: &[Totals]) -> Vec<Self> {
        let of_one = |(bucket, totals): (&Bucket, &Totals)| Self {
            from: bucket.from.begin(),
            to: bucket.to.begin(),
            figures: totals.into(),
        };
        buckets.iter().zip(totals).map(of_one).collect()
    }

    /// One CSV row: where the bucket begins and ends, and the figures.
    pub(super) fn cells(&self) -> Vec<String> {
        let mut cells = vec![self.from.to_string(), self.to.to_string()];
        cells.extend(self.figures.cells());
        cells
    }
}

impl From<&Totals> for ConnectionFigures {
    fn from(totals: &Totals) -> Self {
        let reconnects_by_reason = totals.by_reason(Figure::Reconnect);
        let failures_by_reason = totals.by_reason(Figure::Failure);
        let losses_by_reason = totals.by_reason(Figure::Lost);
        let of_state = |state| totals.time(Standing::In(state));
        Self {
            uptime: totals.uptime().map(rounded),
            time: StateTimes {
                connected_ms: of_state(ConnectionStatus::Connected),
                connecting_ms: of_state(ConnectionStatus::Connecting),
                disconnected_ms: of_state(ConnectionStatus::Disconnected),
                failed_ms: of_state(ConnectionStatus::Failed),
                not_running_ms: totals.time(Standing::NotRunning),
            },
            reconnects: reconnects_by_reason.values().sum(),
            reconnects_by_reason,
            failures: failures_by_reason.values().sum(),
            failures_by_reason,
            links: totals.get(Figure::Linked),
            losses: losses_by_reason.values().sum(),
            losses_by_reason,
            webhooks: WebhookFigures {
                taken: totals.get(Figure::WebhookTaken),
                failed: totals.get(Figure::WebhookFailed),
                dead: totals.get(Figure::WebhookDead),
                success: totals.webhook_success().map(rounded),
            },
        }
    }
}

impl ConnectionFigures {
    /// The names of the columns of [`ConnectionFigures::cells`].
    pub(super) const COLUMNS: &[&str] = &[
        "uptime",
        "connectedMs",
        "connectingMs",
        "disconnectedMs",
        "failedMs",
        "notRunningMs",
        "reconnects",
        "reconnectsByReason",
        "failures",
        "failuresByReason",
        "links",
        "losses",
        "lossesByReason",
        "webhooksTaken",
        "webhooksFailed",
        "webhooksDead",
        "webhookSuccess",
    ];

    pub(super) fn cells(&self) -> Vec<String> {
        let (time, webhooks) = (&self.time, &self.webhooks);
        vec![
            number(self.uptime),
            time.connected_ms.to_string(),
            time.connecting_ms.to_string(),
            time.disconnected_ms.to_string(),
            time.failed_ms.to_string(),
            time.not_running_ms.to_string(),
            self.reconnects.to_string(),
            listed(&self.reconnects_by_reason),
            self.failures.to_string(),
            listed(&self.failures_by_reason),
            self.links.to_string(),
            self.losses.to_string(),
            listed(&self.losses_by_reason),
            webhooks.taken.to_string(),
            webhooks.failed.to_string(),
            webhooks.dead.to_string(),
            number(webhooks.success),
        ]
    }
}

/// Writes the number for each reason into one CSV cell, such as `network_lost:3 device_removed:1`.
pub(super) fn listed(numbers: &BTreeMap<&'static str, u64>) -> String {
    let each: Vec<String> = numbers.iter().map(|(reason, number)| format!("{reason}:{number}")).collect();
    each.join(" ")
}

/// Rounds to six decimal places. This is exact enough: a millionth of a year is half a minute.
fn rounded(share: f64) -> f64 {
    (share * 1e6).round() / 1e6
}
