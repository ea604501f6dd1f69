//! How far each durable reader of the event log has come.

use linekeeper_model::event::Seq;

use super::code::{Reader, millis};
use super::events::{number, seq};
use crate::error::StorageError;
use crate::tx::Scope;

/// The `cursors` table.
pub struct Cursors<'t>(pub(crate) Scope<'t>);

impl Cursors<'_> {
    /// The last event that the reader is done with; the start where it never read.
    pub async fn get(&mut self, reader: &str) -> Result<Seq, StorageError> {
        const SQL: &str = "SELECT seq FROM cursors WHERE reader = $1";
        let row = self.0.connection.fetch_optional(SQL, &[reader.into()]).await?;
        row.map_or(Ok(Seq::START), |row| seq(&Reader(&row), "seq"))
    }

    /// Moves the reader on to `to`, never back.
    pub async fn put(&mut self, reader: &str, to: Seq) -> Result<(), StorageError> {
        const SQL: &str = "INSERT INTO cursors (reader, seq, updated_at) VALUES ($1, $2, $3)
            ON CONFLICT (reader) DO UPDATE SET seq = excluded.seq, updated_at = excluded.updated_at
            WHERE cursors.seq < excluded.seq";
        let now = millis(self.0.context.clock.now());
        self.0.connection.execute(SQL, &[reader.into(), number(to).into(), now.into()]).await?;
        Ok(())
    }
}
