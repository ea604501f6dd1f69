//! Writes many deliveries with one statement. Deliveries whose event or endpoint has been deleted in the meantime
//! are left out.

use std::sync::{Arc, LazyLock};

use linekeeper_model::webhook::Delivery;
use sqlx::AssertSqlSafe;

use super::Deliveries;
use super::columns::Columns;
use crate::db::Value;
use crate::error::StorageError;
use crate::repositories::code::millis;

/// How many rows one statement can have, the largest number first. There are only a few sizes, so that each
/// connection prepares few statements.
const SIZES: [usize; 3] = [32, 8, 1];
const COLUMNS: usize = 12;

impl Deliveries<'_> {
    /// Writes deliveries. Existing rows of the same event and endpoint are replaced. The same event must not occur
    /// twice.
    pub async fn put_all(&mut self, mut deliveries: &[Delivery]) -> Result<(), StorageError> {
        while let Some(size) = SIZES.into_iter().find(|size| *size <= deliveries.len()) {
            let (piece, rest) = deliveries.split_at(size);
            self.put_piece(piece).await?;
            deliveries = rest;
        }
        Ok(())
    }

    async fn put_piece(&mut self, deliveries: &[Delivery]) -> Result<(), StorageError> {
        let cipher = &self.0.context.cipher;
        let columns: Vec<Columns> = deliveries.iter().map(|delivery| Columns::of(delivery, cipher)).collect();
        let rows = deliveries.iter().zip(&columns);
        let values: Vec<Value<'_>> = rows.flat_map(|(delivery, columns)| values(delivery, columns)).collect();
        self.0.connection.execute(AssertSqlSafe(text_for(deliveries.len())), &values).await?;
        Ok(())
    }
}

fn values<'c>(delivery: &Delivery, columns: &'c Columns) -> [Value<'c>; COLUMNS] {
    [
        columns.id.as_str().into(),
        columns.webhook.as_str().into(),
        columns.seq.into(),
        columns.lane.as_str().into(),
        delivery.status.code().into(),
        i64::from(delivery.is_replay).into(),
        i64::from(delivery.tries).into(),
        i64::from(delivery.refusals).into(),
        columns.attempts.as_deref().into(),
        delivery.next_try_at.map(millis).into(),
        millis(delivery.created_at).into(),
        millis(delivery.updated_at).into(),
    ]
}

/// The statement for this number of rows. The number must be one of [`SIZES`].
fn text_for(rows: usize) -> Arc<str> {
    static TEXTS: LazyLock<[Arc<str>; 3]> = LazyLock::new(|| SIZES.map(build));
    let place = SIZES.iter().position(|size| *size == rows).expect("sizes come from SIZES");
    TEXTS[place].clone()
}

fn build(rows: usize) -> Arc<str> {
    let row = |row: usize| {
        let parameters: Vec<String> =
            (1..=COLUMNS).map(|column| format!("${}", row * COLUMNS + column)).collect();
        format!("({})", parameters.join(", "))
    };
    let rows: Vec<String> = (0..rows).map(row).collect();
    // Both databases use these names for the columns of `VALUES`.
    let given: Vec<String> = (1..=COLUMNS).map(|column| format!("given.column{column}")).collect();
    format!(
        "INSERT INTO webhook_deliveries (id, webhook_id, event_seq, lane, status, is_replay, tries, refusals, attempts,
             next_try_at, created_at, updated_at)
         SELECT {} FROM (VALUES {}) AS given
         WHERE EXISTS (SELECT 1 FROM events WHERE seq = given.column3)
             AND EXISTS (SELECT 1 FROM webhooks WHERE webhooks.id = given.column2)
         ON CONFLICT (webhook_id, event_seq) DO UPDATE SET status = excluded.status, is_replay = excluded.is_replay,
             tries = excluded.tries, refusals = excluded.refusals, attempts = excluded.attempts,
             next_try_at = excluded.next_try_at, updated_at = excluded.updated_at",
        given.join(", "),
        rows.join(", ")
    )
    .into()
}
