//! The periods in which a server was running. The reader of the event log regularly stores the current time as a sign
//! of life, which shows that the server is running.

use linekeeper_model::Timestamp;
use linekeeper_model::analytics::Outages;

use super::Analytics;
use crate::error::StorageError;
use crate::repositories::code::{Reader, millis};

impl Analytics<'_> {
    /// Notes that a server started. If there was no sign of life for a long time, a new period with a running server
    /// begins; otherwise the last period continues.
    pub async fn server_started(&mut self, now: Timestamp) -> Result<(), StorageError> {
        const LAST: &str = "SELECT MAX(seen_at) AS seen_at FROM server_runs";
        const BEGIN: &str =
            "INSERT INTO server_runs (began_at, seen_at) VALUES ($1, $1) ON CONFLICT (began_at) DO NOTHING";
        let last = Reader(&self.0.connection.fetch_one(LAST, &[]).await?).optional_time("seen_at")?;
        if last.is_some_and(|last| now.duration_since(last) < Outages::LEAST) {
            return self.server_lives(now).await;
        }
        self.0.connection.execute(BEGIN, &[millis(now).into()]).await?;
        Ok(())
    }

    /// Notes that the server is running.
    pub async fn server_lives(&mut self, now: Timestamp) -> Result<(), StorageError> {
        const SQL: &str = "UPDATE server_runs SET seen_at = CASE WHEN seen_at < $1 THEN $1 ELSE seen_at END
            WHERE began_at = (SELECT MAX(began_at) FROM server_runs)";
        self.0.connection.execute(SQL, &[millis(now).into()]).await?;
        Ok(())
    }

    /// The times in which no server was running.
    pub async fn outages(&mut self) -> Result<Outages, StorageError> {
        const SQL: &str = "SELECT began_at, seen_at FROM server_runs ORDER BY began_at";
        let rows = self.0.connection.fetch_all(SQL, &[]).await?;
        let runs: Result<Vec<_>, StorageError> = rows
            .iter()
            .map(|row| Ok((Reader(row).time("began_at")?, Reader(row).time("seen_at")?)))
            .collect();
        Ok(Outages::between(&runs?))
    }

    /// Removes periods with a running server that ended before `before`. The last period always stays.
    pub async fn prune_runs(&mut self, before: Timestamp) -> Result<(), StorageError> {
        const SQL: &str = "DELETE FROM server_runs
            WHERE seen_at < $1 AND began_at < (SELECT MAX(began_at) FROM server_runs)";
        self.0.connection.execute(SQL, &[millis(before).into()]).await?;
        Ok(())
    }
}
