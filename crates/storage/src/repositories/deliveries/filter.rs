//! Which deliveries a list contains.

use linekeeper_model::event::{EventType, Seq};
use linekeeper_model::id::{AccountId, WebhookId};
use linekeeper_model::webhook::{Delivery, DeliveryStatus};
use sqlx::AssertSqlSafe;

use super::Deliveries;
use super::columns::{delivery, select};
use crate::db::Value;
use crate::error::StorageError;
use crate::repositories::code::Reader;
use crate::repositories::events::number;

/// Selects deliveries of an endpoint. The delivery with the newest event comes first.
#[derive(Debug, Clone, Copy, Default)]
pub struct DeliveryFilter {
    /// Only deliveries of events with a lower number.
    pub before: Option<Seq>,
    /// Only deliveries with this status.
    pub status: Option<DeliveryStatus>,
    /// Only deliveries of events of this type.
    pub event_type: Option<EventType>,
    /// Only deliveries of events that are about this account.
    pub account: Option<AccountId>,
    /// The maximum number of results.
    pub limit: u32,
}

impl Deliveries<'_> {
    /// One page of an endpoint's deliveries.
    pub async fn list(
        &mut self,
        webhook: WebhookId,
        filter: &DeliveryFilter,
    ) -> Result<Vec<Delivery>, StorageError> {
        let (webhook, account) = (webhook.to_string(), filter.account.map(|id| id.to_string()));
        let mut sql = select!("WHERE webhook_id = $1 AND event_seq < $2").to_owned();
        let mut values: Vec<Value<'_>> =
            vec![webhook.as_str().into(), filter.before.map_or(i64::MAX, number).into()];
        let clauses = [
            ("status", filter.status.map(|status| Value::from(status.code()))),
            ("events.type", filter.event_type.map(|kind| Value::from(kind.code()))),
            ("lane", account.as_deref().map(Value::from)),
        ];
        for (column, value) in clauses {
            let Some(value) = value else { continue };
            values.push(value);
            sql += &format!(" AND {column} = ${}", values.len());
        }
        values.push(i64::from(filter.limit).into());
        sql += &format!(" ORDER BY event_seq DESC LIMIT ${}", values.len());
        let rows = self.0.connection.fetch_all(AssertSqlSafe(sql), &values).await?;
        rows.iter().map(|row| delivery(&Reader(row), &self.0.context.cipher)).collect()
    }
}
