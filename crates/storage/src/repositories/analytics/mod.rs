//! The daily figures of accounts. Each row has only one writer. Figures are only numbers and identify no person, so
//! they are not encrypted.

mod marks;
mod runs;

use linekeeper_model::analytics::{Day, DayNumber, Runs};
use linekeeper_model::id::AccountId;

use super::code::Reader;
use crate::db::Value;
use crate::error::StorageError;
use crate::tx::Scope;

/// The tables `analytics_days`, `analytics_marks` and `server_runs`.
pub struct Analytics<'t>(pub(crate) Scope<'t>);

/// The writer of a row. Each writer has its own rows, so that two writers never change the same row.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum CountedFrom {
    /// The reader of the event log.
    Log,
    /// The code that delivers events to this webhook.
    Webhook(linekeeper_model::id::WebhookId),
}

impl CountedFrom {
    fn column(self) -> String {
        match self {
            Self::Log => String::new(),
            Self::Webhook(id) => id.to_string(),
        }
    }
}

impl Analytics<'_> {
    /// Adds figures to the row for this account, day and source. The same transaction must also write the cursor of
    /// this source. Only one process at a time may write the cursor, so no other process changes the row. Does nothing
    /// if the account was deleted.
    pub async fn add(
        &mut self,
        source: CountedFrom,
        account: AccountId,
        day: DayNumber,
        figures: &Day,
    ) -> Result<(), StorageError> {
        const FIND: &str =
            "SELECT figures FROM analytics_days WHERE account_id = $1 AND day = $2 AND source = $3";
        const PUT: &str = "INSERT INTO analytics_days (account_id, day, source, figures)
            SELECT id, CAST($2 AS BIGINT), CAST($3 AS TEXT), CAST($4 AS TEXT) FROM accounts WHERE id = $1
            ON CONFLICT (account_id, day, source) DO UPDATE SET figures = excluded.figures";
        let (account, source) = (account.to_string(), source.column());
        let key: [Value<'_>; 3] = [account.as_str().into(), day.into(), source.as_str().into()];
        let known = self.0.connection.fetch_optional(FIND, &key).await?;
        let mut sum: Day = known.map(|row| Reader(&row).json("figures")).transpose()?.unwrap_or_default();
        sum.merge(figures);
        let sum = serde_json::to_string(&sum).expect("a day is made of texts and numbers");
        let values = [key[0], key[1], key[2], sum.as_str().into()];
        self.0.connection.execute(PUT, &values).await?;
        Ok(())
    }

    /// The figures of an account for the days from `from` to `to`, including both. If several sources have figures for
    /// a day, the day occurs several times.
    pub async fn days(
        &mut self,
        account: AccountId,
        from: DayNumber,
        to: DayNumber,
    ) -> Result<Vec<(DayNumber, Runs)>, StorageError> {
        const SQL: &str = "SELECT day, figures FROM analytics_days
            WHERE account_id = $1 AND day >= $2 AND day <= $3 ORDER BY day, source";
        let account = account.to_string();
        let rows =
            self.0.connection.fetch_all(SQL, &[account.as_str().into(), from.into(), to.into()]).await?;
        rows.iter().map(|row| Ok((Reader(row).get("day")?, Reader(row).json("figures")?))).collect()
    }

    /// Removes up to `at_most` rows of days before `day`. Returns their number.
    pub async fn prune(&mut self, day: DayNumber, at_most: u32) -> Result<u64, StorageError> {
        const FIND: &str =
            "SELECT account_id, day, source FROM analytics_days WHERE day < $1 ORDER BY day LIMIT $2";
        const DELETE: &str = "DELETE FROM analytics_days WHERE account_id = $1 AND day = $2 AND source = $3";
        let rows = self.0.connection.fetch_all(FIND, &[day.into(), i64::from(at_most).into()]).await?;
        for row in &rows {
            let row = Reader(row);
            let (account, source): (String, String) = (row.get("account_id")?, row.get("source")?);
            let values = [account.as_str().into(), row.get::<i64>("day")?.into(), source.as_str().into()];
            self.0.connection.execute(DELETE, &values).await?;
        }
        Ok(rows.len() as u64)
    }
}
