//! Marks: the start times from which analytics measures durations. Only the reader of the event log writes them,
//! in the same transaction as its position in the log.

use std::collections::HashMap;

use linekeeper_model::Timestamp;
use linekeeper_model::analytics::{About, Mark, MarkKey, Marks};
use linekeeper_model::id::AccountId;

use super::Analytics;
use crate::db::{Row, Value};
use crate::error::StorageError;
use crate::repositories::Reach;
use crate::repositories::accounts::within_reach;
use crate::repositories::code::{Reader, millis};

/// The number of marks (start times) per query. It is constant, so that each connection prepares only one statement.
const AT_ONCE: usize = 32;

impl Analytics<'_> {
    /// Reads the start times whose keys are in `wanted`. Keys without a stored start time are left out.
    pub async fn marks(&mut self, wanted: &[MarkKey]) -> Result<Marks, StorageError> {
        const SQL: &str = "SELECT id, about, account_id, label, at FROM analytics_marks WHERE id IN
            ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, $19, $20, $21, $22, $23,
             $24, $25, $26, $27, $28, $29, $30, $31, $32)";
        let mut found = Vec::new();
        for piece in wanted.chunks(AT_ONCE) {
            let ids: Vec<String> = piece.iter().map(|(_, id)| id.to_string()).collect();
            // If there are fewer keys, the last one is repeated, because the statement has a fixed number of
            // parameters.
            let last = ids.last().into_iter().cycle();
            let values: Vec<Value<'_>> =
                ids.iter().chain(last).take(AT_ONCE).map(|id| Value::from(id.as_str())).collect();
            for row in self.0.connection.fetch_all(SQL, &values).await? {
                found.push(mark(&row)?);
            }
        }
        Ok(Marks::of(found))
    }

    /// Writes the start times that changed.
    pub async fn put_marks(&mut self, marks: &Marks) -> Result<(), StorageError> {
        const PUT: &str = "INSERT INTO analytics_marks (id, about, account_id, label, at)
            SELECT CAST($1 AS TEXT), CAST($2 AS TEXT), id, CAST($4 AS TEXT), CAST($5 AS BIGINT)
            FROM accounts WHERE id = $3
            ON CONFLICT (id) DO UPDATE SET label = excluded.label, at = excluded.at";
        const DELETE: &str = "DELETE FROM analytics_marks WHERE id = $1";
        for ((about, id), mark) in marks.changes() {
            let id = id.to_string();
            let Some(mark) = mark else {
                self.0.connection.execute(DELETE, &[id.as_str().into()]).await?;
                continue;
            };
            let account = mark.account.to_string();
            let values = [
                id.as_str().into(),
                about.code().into(),
                account.as_str().into(),
                mark.label.as_str().into(),
                millis(mark.at).into(),
            ];
            self.0.connection.execute(PUT, &values).await?;
        }
        Ok(())
    }

    /// For each account to which the caller has access: the account's state, and since when the account has this state.
    pub async fn states(&mut self, reach: Reach) -> Result<HashMap<AccountId, Mark>, StorageError> {
        const SQL: &str = concat!(
            "SELECT m.id AS id, about, account_id, label, at FROM analytics_marks m
             JOIN accounts ON accounts.id = m.account_id WHERE m.about = 'account' AND ",
            within_reach!()
        );
        let (workspace, user, key) = reach.columns();
        let values = [workspace.as_str().into(), user.as_deref().into(), key.as_deref().into()];
        let rows = self.0.connection.fetch_all(SQL, &values).await?;
        rows.iter().map(|row| mark(row).map(|(_, mark)| (mark.account, mark))).collect()
    }

    /// Removes up to `at_most` start times of chats and messages that are before `before`. Returns the number of
    /// removed rows.
    pub async fn prune_marks(&mut self, before: Timestamp, at_most: u32) -> Result<u64, StorageError> {
        const SQL: &str = "DELETE FROM analytics_marks WHERE id IN
            (SELECT id FROM analytics_marks WHERE about <> 'account' AND at < $1 LIMIT $2)";
        self.0
            .connection
            .execute(SQL, &[millis(before).into(), i64::from(at_most).into()])
            .await
            .map_err(Into::into)
    }
}

fn mark(row: &Row) -> Result<(MarkKey, Mark), StorageError> {
    let row = Reader(row);
    let code: String = row.get("about")?;
    let about = About::ALL.into_iter().find(|known| known.code() == code);
    let about = about.ok_or_else(|| StorageError::Refused("a mark is about nothing that is known".into()))?;
    let mark = Mark { account: row.parse("account_id")?, label: row.get("label")?, at: row.time("at")? };
    Ok(((about, row.parse("id")?), mark))
}
