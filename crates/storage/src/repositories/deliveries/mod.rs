//! Deliveries of events to webhook endpoints: those that wait, and those that ended. Events of the same account
//! wait in the same lane and are sent in their order. A row is deleted together with its event.

mod columns;
mod filter;
mod replay;
mod write;

pub use filter::DeliveryFilter;

use std::collections::BTreeSet;

use linekeeper_model::Timestamp;
use linekeeper_model::event::{Event, Seq};
use linekeeper_model::id::{AccountId, DeliveryId, WebhookId};
use linekeeper_model::webhook::Delivery;

use super::code::{Reader, millis};
use super::events::{number, seq};
use crate::db::Value;
use crate::error::StorageError;
use crate::tx::Scope;
use columns::{delivery, delivery_and_event, lane, select};

/// The `webhook_deliveries` table.
pub struct Deliveries<'t>(pub(crate) Scope<'t>);

/// A lane of an endpoint: the events about one account that wait for the endpoint in rows of this table.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct WaitingLane {
    /// The account of the lane. `None` is the lane of events that are about no account.
    pub account: Option<AccountId>,
    /// When the first event of the lane is sent again; `None` for at once.
    pub next_try_at: Option<Timestamp>,
    /// Since when the oldest event of the lane has been waiting.
    pub since: Option<Timestamp>,
}

impl Deliveries<'_> {
    /// The numbers of the events that have a row for this endpoint. Only events after `after` are included.
    pub async fn places_after(
        &mut self,
        webhook: WebhookId,
        after: Seq,
    ) -> Result<BTreeSet<Seq>, StorageError> {
        const SQL: &str = "SELECT event_seq FROM webhook_deliveries WHERE webhook_id = $1 AND event_seq > $2";
        let values = [Value::from(number(after))];
        let webhook = webhook.to_string();
        let rows = self.0.connection.fetch_all(SQL, &[webhook.as_str().into(), values[0]]).await?;
        rows.iter().map(|row| seq(&Reader(row), "event_seq")).collect()
    }

    /// The endpoint's lanes in which events wait.
    pub async fn lanes(&mut self, webhook: WebhookId) -> Result<Vec<WaitingLane>, StorageError> {
        const SQL: &str =
            "SELECT lane, MAX(next_try_at) AS next_try_at, MIN(created_at) AS since FROM webhook_deliveries
            WHERE webhook_id = $1 AND status = 'pending' AND is_replay = 0 GROUP BY lane";
        let rows = self.0.connection.fetch_all(SQL, &[webhook.to_string().as_str().into()]).await?;
        let waiting = |row| {
            let row = Reader(row);
            Ok(WaitingLane {
                account: lane(&row)?,
                next_try_at: row.optional_time("next_try_at")?,
                since: row.optional_time("since")?,
            })
        };
        rows.iter().map(waiting).collect()
    }

    /// The first events that wait in a lane.
    pub async fn waiting(
        &mut self,
        webhook: WebhookId,
        account: Option<AccountId>,
        limit: u32,
    ) -> Result<Vec<(Delivery, Event)>, StorageError> {
        const SQL: &str = select!(
            "WHERE webhook_id = $1 AND status = 'pending' AND is_replay = 0 AND lane = $2
             ORDER BY event_seq LIMIT $3"
        );
        let (webhook, lane) = (webhook.to_string(), columns::lane_text(account));
        let values = [webhook.as_str().into(), lane.as_str().into(), i64::from(limit).into()];
        let rows = self.0.connection.fetch_all(SQL, &values).await?;
        rows.iter().map(|row| delivery_and_event(&Reader(row), &self.0.context.cipher)).collect()
    }

    /// Events that somebody asked to send again, if they are due at `now`, in the order of the log.
    pub async fn replays(
        &mut self,
        webhook: WebhookId,
        now: Timestamp,
        limit: u32,
    ) -> Result<Vec<(Delivery, Event)>, StorageError> {
        const SQL: &str = select!(
            "WHERE webhook_id = $1 AND status = 'pending' AND is_replay = 1
                 AND (next_try_at IS NULL OR next_try_at <= $2)
             ORDER BY event_seq LIMIT $3"
        );
        let webhook = webhook.to_string();
        let values = [webhook.as_str().into(), millis(now).into(), i64::from(limit).into()];
        let rows = self.0.connection.fetch_all(SQL, &values).await?;
        rows.iter().map(|row| delivery_and_event(&Reader(row), &self.0.context.cipher)).collect()
    }

    /// When the next event that somebody asked to send again is due; `None` if there is no such event.
    pub async fn next_replay(&mut self, webhook: WebhookId) -> Result<Option<Timestamp>, StorageError> {
        const SQL: &str = "SELECT MIN(COALESCE(next_try_at, 0)) AS due FROM webhook_deliveries
            WHERE webhook_id = $1 AND status = 'pending' AND is_replay = 1";
        let row = self.0.connection.fetch_one(SQL, &[webhook.to_string().as_str().into()]).await?;
        Reader(&row).optional_time("due")
    }

    /// The number of the endpoint's rows with an event that waits. Counting stops at `most`, so the result is never
    /// greater.
    pub async fn count_waiting(&mut self, webhook: WebhookId, most: u32) -> Result<u32, StorageError> {
        const SQL: &str = "SELECT COUNT(*) AS number FROM (SELECT event_seq FROM webhook_deliveries
            WHERE webhook_id = $1 AND status = 'pending' LIMIT $2) AS waiting";
        let webhook = webhook.to_string();
        let row =
            self.0.connection.fetch_one(SQL, &[webhook.as_str().into(), i64::from(most).into()]).await?;
        Reader(&row).count("number")
    }

    /// One delivery of the endpoint.
    pub async fn get(
        &mut self,
        webhook: WebhookId,
        id: DeliveryId,
    ) -> Result<Option<Delivery>, StorageError> {
        const SQL: &str = select!("WHERE webhook_id = $1 AND webhook_deliveries.id = $2");
        let (webhook, id) = (webhook.to_string(), id.to_string());
        let row =
            self.0.connection.fetch_optional(SQL, &[webhook.as_str().into(), id.as_str().into()]).await?;
        row.map(|row| delivery(&Reader(&row), &self.0.context.cipher)).transpose()
    }
}
