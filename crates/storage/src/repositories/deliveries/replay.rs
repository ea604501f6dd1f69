//! Sends events again after their delivery has ended.

use linekeeper_model::event::{EventType, Seq};
use linekeeper_model::id::{DeliveryId, WebhookId};
use linekeeper_model::webhook::DeliveryStatus;
use sqlx::AssertSqlSafe;

use super::Deliveries;
use crate::db::Value;
use crate::error::StorageError;
use crate::repositories::code::{Reader, millis};
use crate::repositories::events::{number, seq};

impl Deliveries<'_> {
    /// Schedules a delivery that has ended, so that its event is sent again. It does not wait for other events of the
    /// account. Returns false if the delivery has not ended or does not exist.
    pub async fn replay(&mut self, webhook: WebhookId, id: DeliveryId) -> Result<bool, StorageError> {
        const SQL: &str = "UPDATE webhook_deliveries
            SET status = 'pending', is_replay = 1, refusals = 0, next_try_at = NULL, updated_at = $3
            WHERE webhook_id = $1 AND id = $2 AND status <> 'pending'";
        let (webhook, id) = (webhook.to_string(), id.to_string());
        let now = millis(self.0.context.clock.now());
        let values = [webhook.as_str().into(), id.as_str().into(), now.into()];
        Ok(self.0.connection.execute(SQL, &values).await? > 0)
    }

    /// Schedules deliveries that have ended, so that their events are sent again. The events must come after `after` in
    /// the log, and not after `until`. Schedules only the first `limit` deliveries in the order of the log. Returns how
    /// many deliveries were scheduled, and the number of the last event among their events.
    pub async fn replay_range(
        &mut self,
        webhook: WebhookId,
        (after, until): (Seq, Seq),
        status: Option<DeliveryStatus>,
        types: &[EventType],
        limit: u32,
    ) -> Result<(u64, Option<Seq>), StorageError> {
        let webhook = webhook.to_string();
        let now = millis(self.0.context.clock.now());
        let mut values: Vec<Value<'_>> = vec![
            webhook.as_str().into(),
            number(after).into(),
            number(until).into(),
            now.into(),
            i64::from(limit).into(),
        ];
        let mut clauses = String::new();
        if let Some(status) = status {
            values.push(status.code().into());
            clauses += &format!(" AND status = ${}", values.len());
        }
        if !types.is_empty() {
            let mut places = Vec::new();
            for kind in types {
                values.push(kind.code().into());
                places.push(format!("${}", values.len()));
            }
            clauses += &format!(" AND events.type IN ({})", places.join(", "));
        }
        let sql = format!(
            "UPDATE webhook_deliveries
             SET status = 'pending', is_replay = 1, refusals = 0, next_try_at = NULL, updated_at = $4
             WHERE webhook_id = $1 AND event_seq IN (
                 SELECT event_seq FROM webhook_deliveries JOIN events ON events.seq = event_seq
                 WHERE webhook_id = $1 AND event_seq > $2 AND event_seq <= $3 AND status <> 'pending'{clauses}
                 ORDER BY event_seq LIMIT $5)
             RETURNING event_seq"
        );
        let rows = self.0.connection.fetch_all(AssertSqlSafe(sql), &values).await?;
        let mut last = None;
        for row in &rows {
            last = last.max(Some(seq(&Reader(row), "event_seq")?));
        }
        Ok((rows.len() as u64, last))
    }
}
